#include "results/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hotlap::results {
namespace {

// Pairs whose candidate is `ratio` times the baseline, give or take ±`noise` in turn.
struct Pairs {
  std::vector<double> baseline, candidate;
  Pairs(int count, double ratio, double noise) {
    for (int i = 0; i < count; ++i) {
      baseline.push_back(1000 + 10.0 * i);
      const double jitter = noise * (i % 2 == 0 ? 1 : -1) * (1 + 0.1 * i);
      candidate.push_back(baseline.back() * ratio * std::exp(jitter));
    }
  }
  [[nodiscard]] Comparison compare(const ComparisonPolicy& policy = {}) const {
    return compare_pairs(baseline, candidate, policy);
  }
};

TEST(ComparePairs, ACertainSlowDownHasRegressed) {
  const auto found = Pairs(10, 0.90, 0.002).compare();
  EXPECT_EQ(found.outcome, Outcome::regressed);
  EXPECT_NEAR(found.ratio, 0.90, 0.003);
  EXPECT_LT(found.ratio_low, 0.90);
  EXPECT_GT(found.ratio_high, 0.90);
  EXPECT_DOUBLE_EQ(found.p_value, 1.0 / 1024);
  EXPECT_NE(found.sentence.find("a slow-down of 10."), std::string::npos) << found.sentence;
}

TEST(ComparePairs, ACertainButSmallSlowDownIsTheSame) {
  const auto found = Pairs(10, 0.99, 0.0005).compare();
  EXPECT_LE(found.p_value, 0.01);
  EXPECT_EQ(found.outcome, Outcome::same);
}

TEST(ComparePairs, WhatCannotRuleOutHarmIsInconclusive) {
  const auto found = Pairs(10, 0.99, 0.08).compare();
  EXPECT_EQ(found.outcome, Outcome::inconclusive);
  EXPECT_GT(found.smallest_visible_effect, 0.05);
  EXPECT_NE(found.sentence.find("run more pairs"), std::string::npos) << found.sentence;
}

TEST(ComparePairs, TooFewPairsNeverConclude) {
  EXPECT_EQ(Pairs(5, 1, 0.0001).compare().outcome, Outcome::inconclusive);   // no exact interval below six
  EXPECT_EQ(Pairs(6, 0.5, 0.001).compare().outcome, Outcome::inconclusive);  // 1/64 is above alpha
  EXPECT_EQ(Pairs(7, 0.5, 0.001).compare().outcome, Outcome::regressed);
  EXPECT_EQ(Pairs(0, 1, 0).compare().outcome, Outcome::inconclusive);
}

TEST(ComparePairs, IdenticalFiguresAreTheSame) {
  const auto found = Pairs(8, 1, 0).compare();
  EXPECT_EQ(found.outcome, Outcome::same);
  EXPECT_DOUBLE_EQ(found.ratio, 1);
}

TEST(ComparePairs, AnImprovementIsSymmetricToARegression) {
  EXPECT_EQ(Pairs(10, 1 / 0.90, 0.002).compare().outcome, Outcome::improved);
  EXPECT_EQ(Pairs(10, 1.01, 0.0005).compare().outcome, Outcome::same);
}

TEST(ComparePairs, EveryVerdictSaysOnceWhatThesePairsCouldHaveShown) {
  const auto times_said = [](const std::string& sentence, std::string_view words) {
    int times = 0;
    for (auto at = sentence.find(words); at != std::string::npos; at = sentence.find(words, at + 1)) ++times;
    return times;
  };
  for (const double ratio : {0.90, 0.999, 1 / 0.90}) {
    const auto found = Pairs(10, ratio, 0.002).compare();
    ASSERT_NE(found.outcome, Outcome::inconclusive);
    EXPECT_EQ(times_said(found.sentence, " or more would have been seen"), 1) << found.sentence;
  }
  const auto open = Pairs(10, 0.99, 0.08).compare();
  EXPECT_EQ(times_said(open.sentence, "would have been seen"), 0) << open.sentence;
  EXPECT_EQ(times_said(open.sentence, " or more would show"), 1) << open.sentence;
}

TEST(ComparePairs, LowerIsBetterTurnsTheVerdictNotTheRatio) {
  const auto found = Pairs(10, 1.10, 0.002).compare({.higher_is_better = false});
  EXPECT_EQ(found.outcome, Outcome::regressed);
  EXPECT_NEAR(found.ratio, 1.10, 0.003);
  EXPECT_LT(found.ratio_low, found.ratio);
  EXPECT_GT(found.ratio_high, found.ratio);
  EXPECT_EQ(Pairs(10, 0.90, 0.002).compare({.higher_is_better = false}).outcome, Outcome::improved);
}

TEST(ComparePairs, SmallestVisibleEffectFollowsTheFormula) {
  // Differences ±0.02 in turn: sd = 0.02·√(10/9); 1.023·(2.821438 + 1.833113)·sd/√10.
  std::vector<double> baseline(10, 1000), candidate;
  for (int i = 0; i < 10; ++i) candidate.push_back(1000 * std::exp(i % 2 == 0 ? 0.02 : -0.02));
  const double shift = 1.023 * (2.821438 + 1.833113) * 0.02 * std::sqrt(10.0 / 9) / std::sqrt(10.0);
  EXPECT_NEAR(compare_pairs(baseline, candidate, {}).smallest_visible_effect, 1 - std::exp(-shift), 1e-8);
}

TEST(ComparePairs, AFigureThatIsNotAboveZeroIsNamed) {
  const auto found = compare_pairs(std::vector{1.0, 1.0}, std::vector{1.0, 0.0}, {});
  EXPECT_EQ(found.outcome, Outcome::inconclusive);
  EXPECT_NE(found.sentence.find("pair 2"), std::string::npos) << found.sentence;
}

}  // namespace
}  // namespace hotlap::results
