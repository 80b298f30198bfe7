#include "results/statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace hotlap::results {
namespace {

// Expected values: Python 3.11's statistics module; signed ranks by enumerating all 2^n sign patterns in Python with
// fractions; the depression data and its figures are Hollander & Wolfe's, as R prints them.

TEST(Median, IsTheMeanOfTheMiddleTwoForEvenCounts) {
  EXPECT_DOUBLE_EQ(median(std::array{4.0, 1.0, 3.0, 2.0}), 2.5);
  EXPECT_DOUBLE_EQ(median(std::array{9.0, 1.0, 3.0}), 3);
  EXPECT_DOUBLE_EQ(median({}), 0);
}

TEST(StandardDeviation, DividesByOneLessThanTheCount) {
  EXPECT_DOUBLE_EQ(sample_standard_deviation(std::array{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}), std::sqrt(32.0 / 7));
  EXPECT_DOUBLE_EQ(sample_standard_deviation(std::array{3.0}), 0);
  EXPECT_DOUBLE_EQ(mean(std::array{1.0, 2.0, 6.0}), 3);
}

TEST(MedianGrouped, OfTenDistinctRunsIsTheUpperMiddleLessHalf) {
  // Japronto published 1214440.2 for ten runs whose upper middle is 1214440.7.
  const std::array runs = {1219440.9, 1204310.2, 1206977.9, 1221127.5, 1211404.6,
                           1213902.3, 1214440.7, 1209951.1, 1216618.8, 1218035.4};
  EXPECT_DOUBLE_EQ(median_grouped(runs), 1214440.2);
}

TEST(MedianGrouped, AgreesWithPython) {
  EXPECT_DOUBLE_EQ(median_grouped(std::array{1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0}), 3.7);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{1.0, 3.0, 3.0, 5.0, 7.0}), 3.25);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{1.0, 3.0, 3.0, 5.0, 7.0}, 2), 3.5);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{52.0, 52.0, 53.0, 54.0}), 52.5);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{1.0, 2.0}), 1.5);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{3.0, 3.0, 3.0, 3.0}), 3.0);
  EXPECT_DOUBLE_EQ(median_grouped(std::array{7.25}), 7.25);
}

TEST(SignedRank, AgreesWithEnumerationWithoutTies) {
  const auto test = signed_rank_test(std::array{-1.5, -2.0, -0.5, -3.0, -2.5, -1.0, -4.0, 0.75});
  EXPECT_EQ(test.n, 8);
  EXPECT_DOUBLE_EQ(test.rank_sum, 2);
  EXPECT_DOUBLE_EQ(test.p_less, 0.01171875);
  EXPECT_DOUBLE_EQ(test.p_greater, 0.9921875);
}

TEST(SignedRank, GivesTiesTheirMeanRankAndDropsZeros) {
  const auto test = signed_rank_test(std::array{1.0, -1.0, 2.0, 2.0, -3.0, 0.0, 4.0, 5.0, -5.0, 6.0});
  EXPECT_EQ(test.n, 9);
  EXPECT_DOUBLE_EQ(test.rank_sum, 31);
  EXPECT_DOUBLE_EQ(test.p_less, 0.849609375);
  EXPECT_DOUBLE_EQ(test.p_greater, 0.177734375);
}

TEST(SignedRank, CountsWhollyTiedDifferencesExactly) {
  const std::vector<double> down(8, -1.0);
  EXPECT_DOUBLE_EQ(signed_rank_test(down).p_less, 1.0 / 256);
  EXPECT_DOUBLE_EQ(signed_rank_test(down).p_greater, 1);
}

TEST(SignedRank, ReproducesThePublishedDepressionExample) {
  const std::array differences = {0.878 - 1.83, 0.647 - 0.50, 0.598 - 1.62, 2.05 - 2.48, 1.06 - 1.68,
                                  1.29 - 1.88,  1.06 - 1.55,  3.14 - 3.06,  1.29 - 1.30};
  EXPECT_DOUBLE_EQ(signed_rank_test(differences).rank_sum, 5);
  EXPECT_DOUBLE_EQ(signed_rank_test(differences).p_less, 0.01953125);
  const auto shift = hodges_lehmann(differences);
  EXPECT_NEAR(shift.estimate, -0.46, 1e-12);
  EXPECT_NEAR(shift.low, -0.786, 1e-12);
  EXPECT_NEAR(shift.high, -0.010, 1e-12);
  EXPECT_TRUE(shift.exact);
}

TEST(SignedRank, OfNothingSaysNothing) {
  EXPECT_EQ(signed_rank_test(std::array{0.0, 0.0}).n, 0);
  EXPECT_DOUBLE_EQ(signed_rank_test({}).p_less, 1);
}

TEST(SignedRank, TableOfCriticalValuesHolds) {
  // Largest T with P(T+ ≤ T) ≤ 0.025, from any printed table.
  const std::vector<std::pair<int, int>> table = {{6, 0}, {8, 3}, {10, 8}, {12, 13}, {16, 29}, {20, 52}, {24, 81}};
  for (const auto& row : table) {
    const auto [pairs, critical] = row;
    const auto p_at = [n = row.first](int rank_sum) {  // greedy: positive ranks that sum to rank_sum
      std::vector<double> differences;
      for (int rank = n; rank >= 1; --rank) {
        differences.push_back(rank <= rank_sum ? rank : -rank);
        if (rank <= rank_sum) rank_sum -= rank;
      }
      return signed_rank_test(differences).p_less;
    };
    EXPECT_LE(p_at(critical), 0.025) << pairs;
    EXPECT_GT(p_at(critical + 1), 0.025) << pairs;
  }
}

TEST(HodgesLehmann, IntervalIsTheInvertedTest) {
  const auto eight = hodges_lehmann(std::array{1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 11.0, 13.0});
  EXPECT_DOUBLE_EQ(eight.estimate, 5.25);
  EXPECT_DOUBLE_EQ(eight.low, 2);
  EXPECT_DOUBLE_EQ(eight.high, 10);
  const auto ten = hodges_lehmann(std::array{.5, 1.5, 2.5, -1.0, .25, 3.0, 2.0, 1.0, -.75, .1}, 0.99);
  EXPECT_DOUBLE_EQ(ten.estimate, 0.875);
  EXPECT_DOUBLE_EQ(ten.low, -0.45);
  EXPECT_DOUBLE_EQ(ten.high, 2.5);
}

TEST(HodgesLehmann, TooFewValuesGiveAllThatWasSeenAndSaySo) {
  const auto five = hodges_lehmann(std::array{1.0, 2.0, 3.0, 4.0, 5.0});
  EXPECT_DOUBLE_EQ(five.estimate, 3);
  EXPECT_DOUBLE_EQ(five.low, 1);
  EXPECT_DOUBLE_EQ(five.high, 5);
  EXPECT_FALSE(five.exact);
  EXPECT_TRUE(hodges_lehmann(std::array{2.0, 1.0, 4.0, 3.0, 6.0, 9.0}).exact);
}

TEST(StudentT, AgreesWithPrintedTables) {
  EXPECT_NEAR(student_t_quantile(0.975, 1), 12.706205, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.95, 2), 2.919986, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.975, 3), 3.182446, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.99, 9), 2.821438, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.95, 9), 1.833113, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.975, 30), 2.042272, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.05, 9), -1.833113, 1e-6);
  EXPECT_NEAR(student_t_quantile(0.5, 7), 0, 1e-12);
}

TEST(WelchInterval, TakesUnequalVariancesAndWholeDegreesOfFreedom) {
  const std::array one = {1.0, 2.0, 3.0, 4.0};
  const std::array other = {2.0, 4.0, 6.0, 8.0, 10.0};
  const auto found = welch_interval(std::vector<WeightedSample>{{1, one}, {-1, other}});
  EXPECT_DOUBLE_EQ(found.estimate, -3.5);
  // Standard error 1.5546 with 5.52 degrees of freedom, of which five count: t = 2.570582.
  EXPECT_NEAR(found.low, -3.5 - 2.570582 * 1.554563, 1e-5);
  EXPECT_NEAR(found.high, -3.5 + 2.570582 * 1.554563, 1e-5);
}

TEST(WelchInterval, EqualValuesLeaveNoDoubt) {
  const std::array same = {2.0, 2.0};
  const auto found = welch_interval(std::vector<WeightedSample>{{3, same}});
  EXPECT_DOUBLE_EQ(found.low, 6);
  EXPECT_DOUBLE_EQ(found.high, 6);
}

}  // namespace
}  // namespace hotlap::results
