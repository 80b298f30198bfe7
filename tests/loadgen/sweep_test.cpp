#include "loadgen/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loadgen/simulated_target.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> values(std::string_view text) {
  const auto plan = SweepPlan::parse(text);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? plan->values : std::vector<double>();
}

TEST(Sweep, StepsRiseByTheSameFactorOrDifference) {
  EXPECT_THAT(values("rate=1k/s..8k/s:4"),
              ElementsAre(1000, ::testing::DoubleNear(2000, 1e-6), ::testing::DoubleNear(4000, 1e-6), 8000));
  EXPECT_THAT(values("rate=1k/s..4k/s:4,linear"), ElementsAre(1000, 2000, 3000, 4000));
  EXPECT_THAT(values("connections=1..1000:4"), ElementsAre(1, 10, 100, 1000));
  EXPECT_THAT(values("connections=1..4:8"), ElementsAre(1, 2, 3, 4));  // none twice
}

TEST(Sweep, RefusesWithASentence) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "is not like"},
      {"rate=1k/s..2k/s", "is not like"},
      {"rate=1k/s-2k/s:8", "is not like"},
      {"depth=1..8:8", "neither rate nor connections"},
      {"rate=1..2k/s:8", "rate '1'"},
      {"rate=2k/s..1k/s:8", "does not rise"},
      {"rate=1k/s..1k/s:8", "does not rise"},
      {"rate=1k/s..2k/s:1", "2 to 1000 steps"},
      {"rate=1k/s..2k/s:8,cubic", "2 to 1000 steps"},
      {"connections=0..10:2", "'0' is not 1 to"},
      {"connections=1k/s..10:2", "count '1k/s'"},
  };
  for (const auto& [text, part] : wrong) {
    const auto plan = SweepPlan::parse(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_THAT(plan.error().message, HasSubstr(part)) << text;
    EXPECT_EQ(plan.error().code, ExitCode::usage);
  }
}

TEST(Sweep, TheKneeIsTheLastStepBeforeTheTimeLeavesTheLine) {
  // Flat, then a wall.
  EXPECT_EQ(knee_of({{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 100}}), 3U);
  // Flat, then a backlog that grows with the load.
  EXPECT_EQ(knee_of({{1, 1}, {2, 1}, {3, 1}, {4, 50}, {5, 100}, {6, 150}}), 2U);
  // Times in proportion to connections, once there are more than the target has room for.
  EXPECT_EQ(knee_of({{1, 10}, {100, 10}, {200, 10}, {400, 20}, {800, 40}, {1000, 50}}), 2U);
  // A queue with one server at 10 % … 99 % load.
  std::vector<CurvePoint> queue;
  for (const double load : {0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99}) queue.push_back({load, 1 / (1 - load)});
  EXPECT_EQ(queue[knee_of(queue).value()].load, 0.9);
}

TEST(Sweep, ALineHasNoKnee) {
  EXPECT_EQ(knee_of({}), std::nullopt);
  EXPECT_EQ(knee_of({{1, 1}, {2, 1}, {3, 100}}), std::nullopt);                      // too few points
  EXPECT_EQ(knee_of({{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}), std::nullopt);        // a straight line
  EXPECT_EQ(knee_of({{1, 1.5}, {2, 1}, {3, 1.2}, {4, 1}, {5, 1.9}}), std::nullopt);  // noise
  EXPECT_EQ(knee_of({{1, 1}, {2, 50}, {3, 80}, {4, 95}, {5, 100}}), std::nullopt);   // it bends the other way
}

TEST(Sweep, AFailureEndsTheSeriesAndKeepsIt) {
  SimulatedTarget target({});
  const auto plan = SweepPlan::parse("rate=1k/s..20k/s:8,linear").value();
  const auto result = sweep(plan, {.duration = 10s}, [&](const load::LoadSpec& spec) -> Result<load::Measurement> {
    if (spec.rate->first().per_second > 12'000) return fail("gone", ExitCode::target_not_ready);
    return target(spec);
  });
  EXPECT_TRUE(result.error);
  ASSERT_EQ(result.steps.size(), 5U);
  // 1.0, 3.7, 6.4, 9.1, 11.9 thousand on a target that serves ten.
  EXPECT_EQ(result.knee, 3U);
}

}  // namespace
}  // namespace hotlap::loadgen
