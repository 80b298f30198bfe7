#include "base/histogram.h"

#include <algorithm>
#include <cmath>

namespace hotlap {

std::int64_t Histogram::lowest_at(std::size_t index) noexcept {
  const std::size_t bucket = index < 2 * kHalf ? 0 : index / kHalf - 1;
  return static_cast<std::int64_t>((index - bucket * kHalf) << bucket);
}

std::int64_t Histogram::highest_at(std::size_t index) noexcept {
  return lowest_at(index + 1) - 1;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  reserve();
  const std::size_t last = index_of(other.max_ns_);
  for (std::size_t i = index_of(other.min_ns_); i <= last; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  clamped_ += other.clamped_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Histogram Histogram::without(const Histogram& part) const {
  Histogram rest;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint64_t taken = part.counts_.empty() ? 0 : part.counts_[i];
    if (counts_[i] > taken) rest.record(Nanos(highest_at(i)), counts_[i] - taken);
  }
  return rest;
}

Histogram::Sparse Histogram::drain() {
  Sparse moved;
  if (count_ == 0) return moved;
  const std::size_t last = index_of(max_ns_);
  for (std::size_t i = index_of(min_ns_); i <= last; ++i)
    if (counts_[i] > 0) moved.emplace_back(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(counts_[i]));
  clear();
  return moved;
}

void Histogram::add(const Sparse& sparse) {
  for (const auto& [index, count] : sparse)
    if (index <= index_of(kHighestNs)) record(Nanos(highest_at(index)), count);
}

void Histogram::clear() noexcept {
  if (count_ > 0)
    std::fill(counts_.begin() + static_cast<std::ptrdiff_t>(index_of(min_ns_)),
              counts_.begin() + static_cast<std::ptrdiff_t>(index_of(max_ns_)) + 1, 0);
  count_ = clamped_ = 0;
  min_ns_ = kHighestNs;
  max_ns_ = 0;
  sum_ns_ = 0;
}

Nanos Histogram::mean() const noexcept {
  return Nanos(count_ ? std::llround(sum_ns_ / static_cast<double>(count_)) : 0);
}

Nanos Histogram::standard_deviation() const noexcept {
  if (count_ == 0) return Nanos::zero();
  const double average = sum_ns_ / static_cast<double>(count_);
  double squares = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double middle = static_cast<double>(lowest_at(i) + highest_at(i)) / 2;
    squares += (middle - average) * (middle - average) * static_cast<double>(counts_[i]);
  }
  return Nanos(std::llround(std::sqrt(squares / static_cast<double>(count_))));
}

Nanos Histogram::quantile(double q) const noexcept {
  if (count_ == 0) return Nanos::zero();
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(wanted)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return Nanos(std::clamp(highest_at(i), min_ns_, max_ns_));
  }
  return max();
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] > 0) filled.push_back({lowest_at(i), highest_at(i), counts_[i]});
  return filled;
}

bool Histogram::operator==(const Histogram& other) const noexcept {
  if (counts_.empty() || other.counts_.empty()) return count_ == other.count_;
  return counts_ == other.counts_;
}

}  // namespace hotlap
