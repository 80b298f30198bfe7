#include "loadgen/steady.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace hotlap::loadgen {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The normal approximation with its correction for continuity; ties make it a little too careful.
bool has_trend(std::span<const double> values) {
  constexpr double kTwoSided5Percent = 1.959964;
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j) sum += (values[j] > values[i]) - (values[j] < values[i]);
  const auto n = static_cast<double>(values.size());
  const double deviation = std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  return std::max(std::abs(sum) - 1, 0.0) / deviation > kTwoSided5Percent;
}

// The median of the slopes between any two of them.
double slope(std::span<const double> values) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::ranges::nth_element(slopes, middle);
  return *middle;
}

}  // namespace

bool is_steady(std::span<const double> slices) {
  if (slices.size() < kSteadySlices) return false;
  const auto last = slices.last(kSteadySlices);
  const double whole = mean(last);
  if (whole <= 0) return false;
  const double difference = mean(last.last(kSteadySlices / 2)) - mean(last.first(kSteadySlices / 2));
  if (std::abs(difference) > kMostDifference * whole) return false;
  const double drift = std::abs(slope(last)) * static_cast<double>(kSteadySlices);
  return drift < kHarmlessDrift * whole || !has_trend(last);
}

}  // namespace hotlap::loadgen
