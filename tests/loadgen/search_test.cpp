#include "loadgen/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/loadgen/simulated_target.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr double kLimitNs = 5e6;
constexpr double kResolution = 0.02;

const load::LoadSpec kSpec = {.duration = 10s};

SearchPlan plan(double start = 1000) {
  return {.objective = Objective::parse("p99<5ms,errors<0.1%").value(),
          .start = start,
          .lowest = 110,
          .resolution = kResolution,
          .most_windows = 200};
}

SearchResult search(SimulatedTarget& target, const SearchPlan& how = plan()) {
  return find_highest(how, kSpec, [&](const load::LoadSpec& spec) { return target(spec); });
}

int windows_at(const SearchResult& result, double value, SearchStep::Purpose purpose, bool met) {
  return static_cast<int>(std::ranges::count_if(result.steps, [&](const SearchStep& step) {
    return step.value == value && step.purpose == purpose && step.judged.met == met;
  }));
}

TEST(Search, WithoutNoiseTheIntervalHoldsTheEdgeAndIsAsNarrowAsAskedFor) {
  for (const double capacity : {300.0, 1234.0, 7000.0, 99'999.0, 1e6})
    for (const double start : {150.0, 1000.0, 50'000.0}) {
      SimulatedTarget target({.capacity = capacity});
      const auto result = search(target, plan(start));
      ASSERT_TRUE(result.low && result.high) << capacity << " from " << start;
      EXPECT_LT(*result.low, target.edge(kLimitNs));
      EXPECT_GE(*result.high, target.edge(kLimitNs));
      EXPECT_LE(*result.high / *result.low, 1 + kResolution + 1e-6);
      EXPECT_FALSE(result.out_of_windows);
    }
}

TEST(Search, BothEndsAreConfirmedByThreeFreshWindows) {
  SimulatedTarget target({});
  const auto result = search(target);
  EXPECT_EQ(windows_at(result, result.low.value(), SearchStep::Purpose::confirm_met, true), 3);
  EXPECT_EQ(windows_at(result, result.high.value(), SearchStep::Purpose::confirm_missed, false), 3);
}

TEST(Search, FindsANoisyTargetsEdgeForEverySeed) {
  int held = 0;
  constexpr int kSeeds = 100;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    // 4 % of noise in p99 is 1 % in the rate here.
    SimulatedTarget target({.capacity = 9000 + 37 * static_cast<double>(seed), .noise = 0.04, .seed = seed});
    const double edge = target.edge(kLimitNs);
    const auto result = search(target);
    ASSERT_TRUE(result.low && result.high) << seed;
    EXPECT_NEAR(*result.low / edge, 1, 2.5 * kResolution) << seed;
    EXPECT_NEAR(*result.high / edge, 1, 2.5 * kResolution) << seed;
    EXPECT_LT(*result.low, *result.high) << seed;
    if (*result.low <= edge && edge <= *result.high) ++held;
  }
  EXPECT_GE(held, 90);
}

TEST(Search, OneLuckyWindowDoesNotMoveTheResult) {
  SimulatedTarget honest({});
  const double edge = honest.edge(kLimitNs);
  ASSERT_TRUE(search(honest).low);
  for (int window = 0; window < honest.windows(); ++window) {
    SimulatedTarget target({});
    target.make_lucky(window);
    const auto result = search(target);
    ASSERT_TRUE(result.low) << window;
    EXPECT_LT(*result.low, edge) << window;
    EXPECT_GT(*result.low, edge * (1 - kResolution)) << window;
  }
}

TEST(Search, OneUnluckyWindowCostsAtMostAStep) {
  SimulatedTarget honest({});
  const double edge = honest.edge(kLimitNs);
  ASSERT_TRUE(search(honest).low);
  for (int window = 0; window < honest.windows(); ++window) {
    SimulatedTarget target({});
    target.make_unlucky(window);
    const auto result = search(target);
    ASSERT_TRUE(result.low && result.high) << window;
    EXPECT_LT(*result.low, edge) << window;
    EXPECT_GT(*result.low, edge * (1 - 2 * kResolution)) << window;
    EXPECT_LT(*result.high, edge * (1 + kResolution)) << window;
  }
}

constexpr double kWide = 1.0825;  // four resolutions

// Where confirming begins, nothing but bad luck for a while: the lower end flees from it.
TEST(Search, ARunOfUnluckyWindowsLeavesNoWideInterval) {
  SimulatedTarget honest({});
  const auto calm = search(honest);
  const auto confirming = std::ranges::find(calm.steps, SearchStep::Purpose::confirm_met, &SearchStep::purpose);
  const auto first = static_cast<int>(confirming - calm.steps.begin());
  const double edge = honest.edge(kLimitNs);
  for (int length = 1; length <= 8; ++length) {
    SimulatedTarget target({});
    for (int window = first; window < first + length; ++window) target.make_unlucky(window);
    const auto result = search(target);
    ASSERT_TRUE(result.low && result.high) << length;
    EXPECT_LT(*result.low, edge) << length;
    EXPECT_GE(*result.high, edge) << length;
    EXPECT_LE(*result.high / *result.low, kWide) << length;
    EXPECT_FALSE(result.out_of_windows);
  }
}

TEST(Search, WindowsThatAreOftenUnluckySeldomLeaveAWideInterval) {
  int wide = 0;
  int closed_in = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SimulatedTarget target({.unlucky_share = 0.15, .seed = seed});
    const auto result = search(target);
    ASSERT_TRUE(result.low) << seed;
    EXPECT_LT(*result.low, target.edge(kLimitNs)) << "no bad luck makes a rate good that is not: " << seed;
    const auto again = std::ranges::count(result.steps, SearchStep::Purpose::close_in, &SearchStep::purpose);
    EXPECT_LE(again, 30 + 5) << "bounded: " << seed;
    if (again > 0) ++closed_in;
    if (!result.high || *result.high / *result.low > kWide) ++wide;
  }
  EXPECT_GT(closed_in, 10);
  EXPECT_LE(wide, 10);
}

TEST(Search, ATargetThatIsUnevenOverAWideStretchEndsTheSearchToo) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    // p99 varies by a factor of two: over a wide stretch of rates it depends on the window.
    SimulatedTarget target({.base_p99_ns = 3e6, .noise = 0.7, .seed = seed});
    const auto result = search(target);
    EXPECT_LE(target.windows(), plan().most_windows);
    if (!result.low || !result.high) continue;
    EXPECT_LT(*result.low, *result.high) << seed;
  }
}

TEST(Search, NeverAnswersWithARateThatOnlyLuckyWindowsReach) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SimulatedTarget target({.lucky_share = 0.1, .seed = seed});
    const auto result = search(target);
    ASSERT_TRUE(result.low) << seed;
    EXPECT_LT(*result.low, target.edge(kLimitNs)) << seed;
    EXPECT_GT(*result.low, target.edge(kLimitNs) * (1 - 2 * kResolution)) << seed;
  }
}

TEST(Search, NothingMetIsNoResult) {
  SimulatedTarget target({.base_p99_ns = 6e6});
  const auto result = search(target);
  EXPECT_FALSE(result.low);
  EXPECT_FALSE(result.high);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.steps.back().value, 110);
}

TEST(Search, StopsAtTheHighestAllowedAndSaysSo) {
  SimulatedTarget target({.capacity = 1e9});
  auto how = plan();
  how.highest = 5000;
  const auto result = search(target, how);
  EXPECT_EQ(result.low, 5000);
  EXPECT_FALSE(result.high);
  EXPECT_TRUE(result.reached_highest);
}

TEST(Search, NeverTakesMoreWindowsThanAllowed) {
  for (const int most : {15, 16, 20, 25}) {
    SimulatedTarget target({.noise = 0.2});
    auto how = plan();
    how.most_windows = most;
    const auto result = search(target, how);
    EXPECT_LE(target.windows(), most);
    EXPECT_TRUE(result.out_of_windows) << most;
    EXPECT_EQ(result.steps.size(), static_cast<std::size_t>(target.windows()));
  }
}

TEST(Search, AFailureKeepsTheStepsBeforeIt) {
  SimulatedTarget target({});
  int left = 4;
  const auto result = find_highest(plan(), kSpec, [&](const load::LoadSpec& spec) -> Result<load::Measurement> {
    if (left-- == 0) return fail("gone", ExitCode::target_not_ready);
    return target(spec);
  });
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, ExitCode::target_not_ready);
  EXPECT_EQ(result.steps.size(), 4U);
  EXPECT_FALSE(result.low);
}

// The A1 rule: more connections than the target takes are refused.
SearchResult most_connections(int accepted, int start, int lowest = 1) {
  const SearchPlan how = {.variable = Variable::connections,
                          .objective = Objective::parse("errors<=0%").value(),
                          .start = static_cast<double>(start),
                          .lowest = static_cast<double>(lowest),
                          .highest = 20'000,
                          .resolution = 0.001,
                          .most_windows = 200};
  return find_highest(how, kSpec, [&](const load::LoadSpec& spec) -> Result<load::Measurement> {
    load::Measurement m;
    m.requests = m.total = {.sent = 5000, .answered = 5000, .good = 5000};
    m.good_in_window = 5000;
    const auto there = static_cast<std::uint64_t>(std::min(spec.connections, accepted));
    m.connections = {.requested = static_cast<std::uint64_t>(spec.connections), .established = there, .served = there};
    return m;
  });
}

TEST(Search, MostConnectionsAreExactWhereTheResolutionAllows) {
  for (const int accepted : {1, 2, 3, 15, 16, 17, 100, 511, 512, 513, 999}) {
    const auto result = most_connections(accepted, 16);
    EXPECT_EQ(result.low, accepted);
    EXPECT_EQ(result.high, accepted + 1);
  }
  EXPECT_FALSE(most_connections(3, 16, 4).low);
  EXPECT_TRUE(most_connections(50'000, 16).reached_highest);
}

}  // namespace
}  // namespace hotlap::loadgen
