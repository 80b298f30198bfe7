// Whole numbers with their counts, in rising order: what wrk's statistics are computed from (microseconds, or requests
// per second). One owner; not thread-safe. The formulas are wrk's (src/stats.c), except that a percentile is the
// smallest value with that share at or below it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/histogram.h"

namespace hotlap::loadgen::wrk {

struct Sample {
  std::uint64_t value;
  std::uint64_t count;
  bool operator==(const Sample&) const = default;
};

class Samples {
 public:
  Samples() = default;
  // In any order, several times the same value.
  explicit Samples(std::vector<Sample> samples);
  // Whole microseconds, rounded down.
  [[nodiscard]] static Samples microseconds(const Histogram& histogram);

  [[nodiscard]] const std::vector<Sample>& rising() const noexcept { return rising_; }  // distinct values
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  // 0 when empty.
  [[nodiscard]] std::uint64_t min() const noexcept { return empty() ? 0 : rising_.front().value; }
  [[nodiscard]] std::uint64_t max() const noexcept { return empty() ? 0 : rising_.back().value; }
  [[nodiscard]] long double mean() const noexcept;
  [[nodiscard]] long double deviation() const noexcept;  // of a sample: divided by count − 1; 0 below two
  // Share in percent that lies within one deviation of the mean; not a number when empty, and printed so ("-nan%").
  [[nodiscard]] long double near_mean_percent() const noexcept;
  // `percent`: 0 to 100.
  [[nodiscard]] std::uint64_t percentile(long double percent) const noexcept;
  // wrk's rank is one half too high: above the last sample, for 100 per cent, it answers 0.
  [[nodiscard]] std::uint64_t percentile_as_wrk(long double percent) const noexcept;

 private:
  [[nodiscard]] std::uint64_t at_rank(std::uint64_t rank) const noexcept;  // from 1; 0 when there is none

  std::vector<Sample> rising_;
  std::uint64_t count_ = 0;
};

}  // namespace hotlap::loadgen::wrk
