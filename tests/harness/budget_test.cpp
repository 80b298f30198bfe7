#include "harness/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Two cases of ten trials of 5.5 s: 110 s.
Plan two_minutes(const std::string& load = "duration: 5s") {
  auto scenario = scenario_from_yaml(
      "name: s\nseed: 3\ntrials: 10\ntarget: {engine: \"{e}\"}\nload: {" + load + "}\nmatrix: {e: [epoll, blocking]}\n",
      "s.yaml");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return make_plan({std::move(*scenario)}, {}).value();
}

TEST(Budget, WhatFitsStaysAsItIs) {
  const auto fit = plan_within(two_minutes(), seconds(110), {});
  ASSERT_TRUE(fit);
  EXPECT_THAT(fit->said, IsEmpty());
  EXPECT_EQ(fit->plan.trials.size(), 20U);
}

TEST(Budget, FewerTrialsComeFirst) {
  const auto fit = plan_within(two_minutes(), seconds(60), {});
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_EQ(fit->plan.trials.size(), 10U);  // five of each: 55 s
  EXPECT_EQ(fit->plan.cases[0].load.duration, seconds(5));
  EXPECT_THAT(fit->said, AllOf(HasSubstr("5 trials of each case instead of 10"), Not(HasSubstr("windows"))));
  EXPECT_EQ(fit->plan.seed, 3U);
  EXPECT_THAT(session_record(fit->plan).scenarios[0].resolved_yaml, HasSubstr("to fit into"));
}

TEST(Budget, ThenWindowsGetShorter) {
  const auto fit = plan_within(two_minutes(), seconds(20), {});
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_EQ(fit->plan.trials.size(), 6U);
  EXPECT_LE(estimated_time(fit->plan), seconds(20));
  EXPECT_GT(estimated_time(fit->plan), seconds(19));
  EXPECT_THAT(fit->said, AllOf(HasSubstr("3 trials of each case instead of 10"), HasSubstr("windows of")));
}

TEST(Budget, ButNotBelowWhatStatisticsNeed) {
  const auto fit = plan_within(two_minutes(), seconds(8), {});
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, ExitCode::usage);
  EXPECT_THAT(fit.error().message, HasSubstr("about 9.00 s"));  // six trials of a second and a half
}

TEST(Budget, WindowsThatAnAxisVariesStay) {
  auto scenario =
      scenario_from_yaml("name: s\ntrials: 3\nload: {duration: \"{d}\"}\nmatrix: {d: [4s, 8s]}\n", "s.yaml");
  ASSERT_TRUE(scenario);
  EXPECT_FALSE(plan_within(make_plan({std::move(*scenario)}, {}).value(), seconds(20), {}));
}

TEST(Budget, AFittedPlanIsPlannedAlikeFromItsRecord) {
  const auto fit = plan_within(two_minutes(), seconds(20), {});
  ASSERT_TRUE(fit);
  const auto record = session_record(fit->plan).scenarios[0].resolved_yaml;
  const auto again = make_plan({scenario_from_yaml(record, "s.yaml").value()}, {.seed = fit->plan.seed}).value();
  ASSERT_EQ(again.trials.size(), fit->plan.trials.size());
  EXPECT_EQ(again.cases[0].load.duration, fit->plan.cases[0].load.duration);
}

}  // namespace
}  // namespace hotlap::harness
