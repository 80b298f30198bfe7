// Does the comparison err as seldom as it says? Seeded sessions without any difference, and with a known one. Bounds
// are four standard deviations of the binomial around the exact level of the discrete test, in both directions.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "results/comparison.h"
#include "results/statistics.h"

namespace hotlap::results {
namespace {

constexpr int kSessions = 6000;
constexpr int kPairs = 10;
// P(T+ ≤ 10) and P(T+ ≤ 8) of ten pairs: 43 and 25 of 1024 sign patterns.
constexpr double kExactAlpha = 43.0 / 1024;
constexpr double kExactCoverage = 1 - 2 * 25.0 / 1024;
constexpr ComparisonPolicy kPolicy{.alpha = 0.05, .min_effect = 0};

enum class Order { coin_flip, all_of_one_first };

// Figures of a machine that drifts: AR(1) of 3 % with 1 % white noise on top, log scale.
struct DriftingMachine {
  std::mt19937_64 random;
  std::normal_distribution<double> normal{0, 1};
  double level = 0;

  explicit DriftingMachine(std::uint64_t seed) : random(seed) { level = 0.03 * normal(random); }
  double figure(double ratio) {
    constexpr double kMemory = 0.9;
    level = kMemory * level + 0.03 * std::sqrt(1 - kMemory * kMemory) * normal(random);
    return 1000 * ratio * std::exp(level + 0.01 * normal(random));
  }
};

Comparison session(std::uint64_t seed, double ratio, Order order) {
  DriftingMachine machine(seed);
  std::vector<double> baseline(kPairs), candidate(kPairs);
  if (order == Order::all_of_one_first) {
    for (auto& figure : baseline) figure = machine.figure(1);
    for (auto& figure : candidate) figure = machine.figure(ratio);
  } else {
    for (std::size_t i = 0; i < kPairs; ++i) {
      const bool baseline_first = machine.random() >> 63 == 0;
      if (baseline_first) baseline[i] = machine.figure(1);
      candidate[i] = machine.figure(ratio);
      if (!baseline_first) baseline[i] = machine.figure(1);
    }
  }
  return compare_pairs(baseline, candidate, kPolicy);
}

int count_of(Order order, double ratio, bool (*holds)(const Comparison&, double)) {
  int count = 0;
  for (int i = 0; i < kSessions; ++i)
    if (holds(session(static_cast<std::uint64_t>(i) + 1, ratio, order), ratio)) ++count;
  return count;
}

bool regressed(const Comparison& found, double) {
  return found.outcome == Outcome::regressed;
}
bool covers(const Comparison& found, double ratio) {
  return found.ratio_low <= ratio && ratio <= found.ratio_high;
}

void expect_binomial(int count, double chance) {
  const double expected = chance * kSessions;
  const double margin = 4 * std::sqrt(chance * (1 - chance) * kSessions);
  EXPECT_NEAR(count, expected, margin);
}

TEST(Calibration, FalseAlarmsInDriftComeAtTheExactLevel) {
  expect_binomial(count_of(Order::coin_flip, 1, regressed), kExactAlpha);
}

TEST(Calibration, IntervalCoversTheTrueRatioAtTheExactLevel) {
  expect_binomial(count_of(Order::coin_flip, 0.93, covers), kExactCoverage);
}

TEST(Calibration, WithoutRandomOrderTheSameDriftWouldAlarmFarTooOften) {
  EXPECT_GT(count_of(Order::all_of_one_first, 1, regressed), kSessions / 5);
}

}  // namespace
}  // namespace hotlap::results
