// The values of one placeholder as one worker draws them, in constant time each. Sequences and lists are dealt out:
// worker w of W takes the values w, w + W, …, so no two workers send the same one until all have been sent; then they
// begin again. Uniform, zipf and uuid come from a generator of this worker and placeholder: the same seed, name and
// number of workers give the same values. Never allocates after construction; a list stays the caller's. Not
// thread-safe. Sources: zipf by rejection-inversion, Hörmann and Derflinger 1996; uuid version 4, RFC 9562 §5.4.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

// Ranks 1 to `ranks`, rank k with a probability in proportion to k^-exponent.
class Zipf {
 public:
  Zipf(std::uint64_t ranks, double exponent) noexcept;
  [[nodiscard]] std::uint64_t draw(Random& random) const noexcept;

 private:
  [[nodiscard]] double height(double x) const noexcept;        // x^-exponent
  [[nodiscard]] double area(double x) const noexcept;          // its integral from 1
  [[nodiscard]] double area_inverse(double y) const noexcept;  // where the integral is y

  std::uint64_t ranks_;
  double exponent_;
  double area_from_;
  double area_to_;
  double sure_distance_;  // so near below a rank, x belongs to it without looking further
};

// A generator for one purpose of one worker, independent of those for other names and workers.
[[nodiscard]] Random random_for(std::uint64_t seed, std::string_view purpose, int worker) noexcept;

class ValueStream {
 public:
  // `source` outlives the stream and has passed validate().
  ValueStream(const load::ValueSource& source, std::uint64_t seed, int worker, int workers) noexcept;

  [[nodiscard]] std::string_view next() noexcept;  // until the next call

 private:
  [[nodiscard]] std::uint64_t deal() noexcept;  // place in the range, dealt out
  [[nodiscard]] std::string_view written(std::uint64_t offset) noexcept;
  [[nodiscard]] std::string_view uuid() noexcept;

  const load::ValueSource* source_;
  std::uint64_t count_;  // of different values; 0: 2^64
  std::uint64_t place_;
  std::uint64_t step_;
  Random random_;
  Zipf zipf_;
  std::array<char, 40> text_{};
};

}  // namespace hotlap::loadgen
