// Counts of durations from 1 ns to 1 h with three significant digits: every recorded value lies within 0.1 % of what is
// read back. Log-linear buckets, as in HdrHistogram (hdrhistogram.org), so that its readers open what encode() writes.
// Recording is O(1) and never fails: values above one hour are counted as one hour (`clamped()` tells
// how many), below 1 ns as 1 ns. One owner; not thread-safe: each worker has its own, merge() after the join is exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace hotlap {

class Histogram {
 public:
  static constexpr std::int64_t kLowestNs = 1;
  static constexpr std::int64_t kHighestNs = 3'600'000'000'000;
  static constexpr int kSignificantDigits = 3;

  // Holds no memory (260 kB) until something is recorded; reserve() beforehand where that must not allocate.
  void reserve() {
    if (counts_.empty()) counts_.resize(index_of(kHighestNs) + 1);
  }

  void record(Nanos value, std::uint64_t count = 1) {
    if (counts_.empty()) [[unlikely]]
      reserve();
    std::int64_t ns = value.count();
    if (ns < kLowestNs) ns = kLowestNs;
    if (ns > kHighestNs) {
      ns = kHighestNs;
      clamped_ += count;
    }
    counts_[index_of(ns)] += count;
    count_ += count;
    sum_ns_ += static_cast<double>(ns) * static_cast<double>(count);
    if (ns < min_ns_) min_ns_ = ns;
    if (ns > max_ns_) max_ns_ = ns;
  }
  void merge(const Histogram& other);
  // What is left when `part`, which was merged into this, is taken away; never less than nothing. min and max come back
  // as bucket bounds.
  [[nodiscard]] Histogram without(const Histogram& part) const;
  // Only the buckets that hold something: {index, count}, in rising order. What a second of a long run is kept as.
  using Sparse = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  [[nodiscard]] Sparse drain();  // leaves this empty
  void add(const Sparse& sparse);
  void clear() noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t clamped() const noexcept { return clamped_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  // 0 when empty.
  [[nodiscard]] Nanos min() const noexcept { return Nanos(count_ ? min_ns_ : 0); }
  [[nodiscard]] Nanos max() const noexcept { return Nanos(count_ ? max_ns_ : 0); }
  [[nodiscard]] Nanos mean() const noexcept;
  [[nodiscard]] Nanos standard_deviation() const noexcept;
  // The smallest recorded value such that a share of at least `q` (0…1) lies at or below it; the bucket's upper end,
  // never above max(). 0 when empty.
  [[nodiscard]] Nanos quantile(double q) const noexcept;

  // Buckets that hold something, in rising order.
  struct Bucket {
    std::int64_t lowest_ns;
    std::int64_t highest_ns;
    std::uint64_t count;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;

  bool operator==(const Histogram& other) const noexcept;  // same counts per bucket: resolution equality

  // HdrHistogram V2: zigzag LEB128 counts with runs of zeros, zlib-compressed. Binary.
  [[nodiscard]] std::string encode() const;
  // Accepts any V2 compressed histogram with 1 to 5 significant digits; its values are re-recorded here, so foreign
  // resolutions lose nothing beyond ours. min and max come back as bucket bounds.
  [[nodiscard]] static Result<Histogram> decode(std::string_view bytes);
  // The same in base64, as it stands in .hlog files and in JSON.
  [[nodiscard]] std::string encode_base64() const;
  [[nodiscard]] static Result<Histogram> decode_base64(std::string_view text);

 private:
  // 2048 sub-buckets of which the upper half is used in every bucket but the first: 3 significant digits.
  static constexpr int kSubBucketBits = 11;
  static constexpr std::size_t kHalf = std::size_t{1} << (kSubBucketBits - 1);

  [[nodiscard]] static std::size_t index_of(std::int64_t ns) noexcept {
    const auto value = static_cast<std::uint64_t>(ns);
    const int bucket = 64 - kSubBucketBits - __builtin_clzll(value | ((1U << kSubBucketBits) - 1));
    const auto sub_bucket = static_cast<std::size_t>(value >> bucket);
    return (static_cast<std::size_t>(bucket) << (kSubBucketBits - 1)) + sub_bucket;
  }
  [[nodiscard]] static std::int64_t lowest_at(std::size_t index) noexcept;
  [[nodiscard]] static std::int64_t highest_at(std::size_t index) noexcept;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t clamped_ = 0;
  std::int64_t min_ns_ = kHighestNs;
  std::int64_t max_ns_ = 0;
  double sum_ns_ = 0;
};

}  // namespace hotlap
