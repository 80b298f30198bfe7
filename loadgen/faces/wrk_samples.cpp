#include "loadgen/faces/wrk_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hotlap::loadgen::wrk {

Samples::Samples(std::vector<Sample> samples) {
  std::ranges::sort(samples, {}, &Sample::value);
  for (const auto& sample : samples) {
    if (sample.count == 0) continue;
    count_ += sample.count;
    if (!rising_.empty() && rising_.back().value == sample.value)
      rising_.back().count += sample.count;
    else
      rising_.push_back(sample);
  }
}

Samples Samples::microseconds(const Histogram& histogram) {
  std::vector<Sample> samples;
  for (const auto& bucket : histogram.buckets()) {
    auto ns = bucket.lowest_ns + (bucket.highest_ns - bucket.lowest_ns) / 2;
    // The ends are known exactly.
    if (bucket.lowest_ns <= histogram.min().count()) ns = histogram.min().count();
    if (bucket.highest_ns >= histogram.max().count()) ns = histogram.max().count();
    samples.push_back({static_cast<std::uint64_t>(ns / 1000), bucket.count});
  }
  return Samples(std::move(samples));
}

long double Samples::mean() const noexcept {
  if (empty()) return 0;
  long double sum = 0;
  for (const auto& sample : rising_)
    sum += static_cast<long double>(sample.value) * static_cast<long double>(sample.count);
  return sum / static_cast<long double>(count_);
}

long double Samples::deviation() const noexcept {
  if (count_ < 2) return 0;
  const auto middle = mean();
  long double sum = 0;
  for (const auto& sample : rising_) {
    const auto distance = static_cast<long double>(sample.value) - middle;
    sum += distance * distance * static_cast<long double>(sample.count);
  }
  return std::sqrt(sum / static_cast<long double>(count_ - 1));
}

long double Samples::near_mean_percent() const noexcept {
  // The sign is what an x86 processor answers to 0/0.
  if (empty()) return -std::numeric_limits<long double>::quiet_NaN();
  const auto middle = mean();
  const auto reach = deviation();
  std::uint64_t near = 0;
  for (const auto& sample : rising_) {
    const auto value = static_cast<long double>(sample.value);
    if (value >= middle - reach && value <= middle + reach) near += sample.count;
  }
  return static_cast<long double>(near) / static_cast<long double>(count_) * 100;
}

std::uint64_t Samples::at_rank(std::uint64_t rank) const noexcept {
  std::uint64_t seen = 0;
  for (const auto& sample : rising_) {
    seen += sample.count;
    if (seen >= rank) return sample.value;
  }
  return 0;
}

std::uint64_t Samples::percentile(long double percent) const noexcept {
  if (empty() || !(percent > 0)) return min();
  const auto exact = percent / 100 * static_cast<long double>(count_);
  const auto rank = static_cast<std::uint64_t>(std::ceil(exact - 1e-9L));  // 99.9 is not exact in binary
  return at_rank(std::clamp<std::uint64_t>(rank, 1, count_));
}

std::uint64_t Samples::percentile_as_wrk(long double percent) const noexcept {
  const auto rank = std::round(static_cast<double>(percent / 100 * static_cast<long double>(count_) + 0.5L));
  return at_rank(rank > 0 ? static_cast<std::uint64_t>(rank) : 0);
}

}  // namespace hotlap::loadgen::wrk
