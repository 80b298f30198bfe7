#include "results/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace hotlap::results {
namespace {

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::ranges::sort(copy);
  return copy;
}

double middle(const std::vector<double>& in_order) {
  const std::size_t n = in_order.size();
  if (n == 0) return 0;
  return n % 2 == 1 ? in_order[n / 2] : (in_order[n / 2 - 1] + in_order[n / 2]) / 2;
}

// chance[s]: that the signed ranks marked positive by fair coins sum to s. Ranks are whole numbers here (doubled where
// ties make halves).
std::vector<double> rank_sum_chances(std::span<const std::size_t> ranks) {
  std::vector<double> chance{1};
  for (const std::size_t rank : ranks) {
    std::vector<double> next(chance.size() + rank, 0);
    for (std::size_t sum = 0; sum < chance.size(); ++sum) {
      next[sum] += chance[sum] / 2;
      next[sum + rank] += chance[sum] / 2;
    }
    chance = std::move(next);
  }
  return chance;
}

// P(|T| ≤ t), t ≥ 0. Abramowitz & Stegun 26.7.3 (odd) and 26.7.4 (even).
double student_t_within(double t, int degrees_of_freedom) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees_of_freedom)));
  const double cosine = std::cos(angle);
  const bool odd = degrees_of_freedom % 2 == 1;
  double term = odd ? cosine : 1;
  double sum = degrees_of_freedom == 1 ? 0 : term;
  for (int k = odd ? 2 : 1; k <= degrees_of_freedom - 3; k += 2) {
    term *= static_cast<double>(k) / (k + 1) * cosine * cosine;
    sum += term;
  }
  return odd ? 2 / std::numbers::pi * (angle + std::sin(angle) * sum) : std::sin(angle) * sum;
}

}  // namespace

double median(std::span<const double> values) {
  return middle(sorted(values));
}

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double sample_standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double median_grouped(std::span<const double> values, double interval) {
  if (values.empty()) return 0;
  if (values.size() == 1) return values.front();
  const auto in_order = sorted(values);
  const double upper_middle = in_order[in_order.size() / 2];
  const auto group = std::ranges::equal_range(in_order, upper_middle);
  const auto below = static_cast<double>(std::distance(in_order.begin(), group.begin()));
  const auto within = static_cast<double>(group.size());
  return upper_middle - interval / 2 + interval * (static_cast<double>(in_order.size()) / 2 - below) / within;
}

SignedRank signed_rank_test(std::span<const double> differences) {
  std::vector<double> kept;
  std::ranges::copy_if(differences, std::back_inserter(kept), [](double d) { return d != 0; });
  std::ranges::sort(kept, {}, [](double d) { return std::abs(d); });

  std::vector<std::size_t> doubled_ranks(kept.size());
  std::size_t doubled_sum = 0;
  for (std::size_t first = 0; first < kept.size();) {
    std::size_t end = first + 1;
    while (end < kept.size() && std::abs(kept[end]) == std::abs(kept[first])) ++end;
    for (std::size_t i = first; i < end; ++i) {
      doubled_ranks[i] = first + 1 + end;  // twice the mean of the ranks first + 1 … end
      if (kept[i] > 0) doubled_sum += doubled_ranks[i];
    }
    first = end;
  }

  SignedRank result;
  result.n = static_cast<int>(kept.size());
  if (kept.empty()) return result;
  result.rank_sum = static_cast<double>(doubled_sum) / 2;
  const auto chance = rank_sum_chances(doubled_ranks);
  double less = 0;
  double greater = 0;
  for (std::size_t sum = 0; sum < chance.size(); ++sum) {
    if (sum <= doubled_sum) less += chance[sum];
    if (sum >= doubled_sum) greater += chance[sum];
  }
  result.p_less = std::min(less, 1.0);
  result.p_greater = std::min(greater, 1.0);
  return result;
}

ShiftEstimate hodges_lehmann(std::span<const double> differences, double level) {
  const std::size_t n = differences.size();
  if (n == 0) return {};
  std::vector<double> walsh_averages;
  walsh_averages.reserve(n * (n + 1) / 2);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i; j < n; ++j) walsh_averages.push_back((differences[i] + differences[j]) / 2);
  std::ranges::sort(walsh_averages);

  ShiftEstimate result{middle(walsh_averages), walsh_averages.front(), walsh_averages.back(), false};
  std::vector<std::size_t> ranks(n);
  for (std::size_t i = 0; i < n; ++i) ranks[i] = i + 1;
  const double tail = (1 - level) / 2;
  double below = 0;
  std::size_t cut = 0;  // how many rank sums fit into the tail
  for (const double chance : rank_sum_chances(ranks)) {
    below += chance;
    if (below > tail) break;
    ++cut;
  }
  if (cut == 0) return result;
  result.low = walsh_averages[cut - 1];
  result.high = walsh_averages[walsh_averages.size() - cut];
  result.exact = true;
  return result;
}

double student_t_quantile(double probability, int degrees_of_freedom) {
  check(probability > 0 && probability < 1 && degrees_of_freedom >= 1,
        "a quantile of Student's t needs a probability between 0 and 1 and at least one degree of freedom");
  if (probability < 0.5) return -student_t_quantile(1 - probability, degrees_of_freedom);
  const double within = 2 * probability - 1;
  double low = 0;
  double high = 1;
  while (student_t_within(high, degrees_of_freedom) < within && high < 1e12) high *= 2;
  for (int step = 0; step < 200 && low < high; ++step) {
    const double guess = (low + high) / 2;
    if (guess == low || guess == high) break;
    (student_t_within(guess, degrees_of_freedom) < within ? low : high) = guess;
  }
  return (low + high) / 2;
}

Interval welch_interval(std::span<const WeightedSample> samples, double level) {
  double estimate = 0;
  double variance = 0;
  double divisor = 0;
  for (const auto& sample : samples) {
    const auto n = static_cast<double>(sample.values.size());
    check(n >= 2, "an interval needs at least two values of each sample");
    const double spread = sample_standard_deviation(sample.values);
    const double part = sample.weight * sample.weight * spread * spread / n;
    estimate += sample.weight * mean(sample.values);
    variance += part;
    divisor += part * part / (n - 1);
  }
  if (!(divisor > 0)) return {estimate, estimate, estimate};
  const auto degrees_of_freedom = static_cast<int>(std::clamp(variance * variance / divisor, 1.0, 1e6));
  const double half = student_t_quantile((1 + level) / 2, degrees_of_freedom) * std::sqrt(variance);
  return {estimate, estimate - half, estimate + half};
}

}  // namespace hotlap::results
