#include "harness/resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/check.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

CpuSet two_cpus() {
  return CpuSet::parse("0-1").value();
}

Plan plan_of(const PlanOptions& options = {}, const ScenarioChoices& choices = {}) {
  const std::string yaml =
      "name: s\nseed: 5\ntrials: 3\ntarget: {engine: \"{engine}\"}\nload: {pipeline: \"{depth}\", duration: 2s}\n"
      "matrix: {engine: [blocking, epoll], depth: [1, 8, 24], exclude: [{engine: blocking, depth: 8}],\n"
      "  include: [{engine: pipelined, depth: 16}]}\n"
      "profiles: {smoke: {trials: 2, matrix: {depth: [1, 24]}}}\n";
  auto with_machine = options;
  with_machine.machine = two_cpus();
  return make_plan({scenario_from_yaml(yaml, "dir/s.yaml", choices).value()}, with_machine).value();
}

// As the store hands it out: its own ids.
results::SessionRecord stored(const Plan& plan) {
  auto session = session_record(plan);
  session.id = 3;
  for (auto& one : session.cases) one.id += 100;
  for (auto& trial : session.trials) trial.case_id += 100;
  return session;
}

TEST(PlanOfSession, IsThePlanThatTheSessionBeganWith) {
  const PlanOptions plain;
  const PlanOptions chosen{.filters = {"engine=epoll,pipelined"}, .seed = 77, .trials = 4, .machine = {}};
  for (const auto& [options, profile] : {std::pair(plain, ""), std::pair(chosen, "smoke")}) {
    const auto plan = plan_of(options, {.profile = profile});
    const auto again = plan_of_session(stored(plan), two_cpus());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->seed, plan.seed);
    EXPECT_EQ(again->scenarios[0].file, "dir/s.yaml");
    ASSERT_EQ(again->cases.size(), plan.cases.size());
    for (std::size_t i = 0; i < plan.cases.size(); ++i) {
      EXPECT_EQ(again->cases[i].target, plan.cases[i].target);
      EXPECT_EQ(again->cases[i].load.pipeline_depth, plan.cases[i].load.pipeline_depth);
      EXPECT_EQ(again->cases[i].load.cpus, plan.cases[i].load.cpus);
    }
    ASSERT_EQ(again->trials.size(), plan.trials.size());
    for (std::size_t i = 0; i < plan.trials.size(); ++i)
      EXPECT_EQ(again->trials[i].case_index, plan.trials[i].case_index);
  }
}

TEST(PlanOfSession, OfACheckHasItsPairsAndItsPolicy) {
  CheckOptions options;
  options.base_text = "engine=epoll";
  options.new_text = "engine=pipelined,gather_responses=1";
  options.load.url = {.host = "127.0.0.1", .port = 0, .target = "/ugly"};
  options.load.pipeline_depth = 24;
  options.load.warm_up = std::chrono::milliseconds(300);
  options.pairs = 8;
  options.seed = 42;
  options.policy.min_effect = 0.1;
  options.machine = two_cpus();
  const auto plan = make_check_plan(options).value();
  const auto again = plan_of_session(stored(plan), two_cpus());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->kind, "check");
  EXPECT_EQ(again->cases[1].target, plan.cases[1].target);
  EXPECT_EQ(again->cases[0].load.warm_up, plan.cases[0].load.warm_up);
  EXPECT_EQ(again->cases[0].load.url.target, "/ugly");
  EXPECT_DOUBLE_EQ(again->comparison_policy.min_effect, 0.1);
  ASSERT_EQ(again->trials.size(), 16U);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(again->trials[i].arm, plan.trials[i].arm);
}

TEST(PlanOfSession, IsRefusedWhenItWouldBeAnother) {
  auto session = stored(plan_of());
  std::swap(session.trials[0].case_id, session.trials[1].case_id);
  const auto again = plan_of_session(session, two_cpus());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ExitCode::bad_config);
  EXPECT_THAT(again.error().message, HasSubstr("trial 1 is of another case or repetition"));

  session = stored(plan_of());
  session.cases[0].parameters[0].second = "uring";
  EXPECT_THAT(plan_of_session(session, two_cpus()).error().message, HasSubstr("instead of"));
  session = stored(plan_of());
  session.trials.pop_back();
  EXPECT_THAT(plan_of_session(session, two_cpus()).error().message, HasSubstr("18 trials instead of 17"));
  session = stored(plan_of());
  session.scenarios[0].resolved_yaml = "name: s\nunknown_key: 1\n";
  EXPECT_THAT(plan_of_session(session, two_cpus()).error().message, HasSubstr("key 'unknown_key' is unknown"));
}

}  // namespace
}  // namespace hotlap::harness
