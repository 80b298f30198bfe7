#include "harness/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kYaml =
    "name: s\nseed: 5\ntrials: 4\n"
    "target: {engine: \"{engine}\", store: \"{store}\"}\n"
    "load: {pipeline: \"{depth}\", duration: 2s, warm_up: 500ms}\n"
    "matrix: {engine: [blocking, epoll], depth: [1, 24], store: [none, tuplestore]}\n";

CpuSet cpus(const char* text) {
  return CpuSet::parse(text).value();
}

Plan plan_of(std::string_view yaml, PlanOptions options = {}) {
  auto scenario = scenario_from_yaml(yaml, "s.yaml");
  EXPECT_TRUE(scenario) << scenario.error().message;
  auto plan = make_plan({std::move(*scenario)}, options);
  EXPECT_TRUE(plan) << plan.error().message;
  return std::move(*plan);
}

std::vector<std::size_t> order(const Plan& plan) {
  std::vector<std::size_t> cases;
  for (const auto& trial : plan.trials) cases.push_back(trial.case_index);
  return cases;
}

TEST(Plan, SameSeedSameOrder) {
  EXPECT_EQ(order(plan_of(kYaml)), order(plan_of(kYaml)));
  EXPECT_EQ(order(plan_of(kYaml, {.seed = 9})), order(plan_of(kYaml, {.seed = 9})));
  EXPECT_NE(order(plan_of(kYaml, {.seed = 9})), order(plan_of(kYaml)));
  EXPECT_EQ(plan_of(kYaml).seed, 5U);
  EXPECT_EQ(plan_of(kYaml, {.seed = 9}).seed, 9U);
}

TEST(Plan, EveryBlockHoldsEveryCaseOnceInAnOrderOfItsOwn) {
  const auto plan = plan_of(kYaml);
  ASSERT_EQ(plan.cases.size(), 8U);
  ASSERT_EQ(plan.trials.size(), 32U);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t block = 0; block < 4; ++block) {
    std::vector<std::size_t> cases;
    for (std::size_t i = 8 * block; i < 8 * (block + 1); ++i) {
      EXPECT_EQ(plan.trials[i].repetition, static_cast<int>(block));
      cases.push_back(plan.trials[i].case_index);
    }
    orders.insert(cases);
    std::ranges::sort(cases);
    EXPECT_THAT(cases, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  }
  EXPECT_THAT(orders, SizeIs(4));
}

TEST(Plan, ScenariosWithMoreTrialsGoOnInLaterBlocks) {
  const auto few = scenario_from_yaml("name: few\ntrials: 1\n", "few.yaml");
  const auto many = scenario_from_yaml("name: many\ntrials: 3\n", "many.yaml");
  const auto plan = make_plan({*few, *many}, {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->trials, SizeIs(4));
  EXPECT_EQ(plan->trials[2].case_index, 1U);
  EXPECT_EQ(plan->trials[3].case_index, 1U);
  EXPECT_THAT(make_plan({*few, *few}, {}).error().message, HasSubstr("are both named 'few'"));
}

TEST(Plan, FillsInEveryCase) {
  const auto plan = plan_of(kYaml);
  const auto& last = plan.cases.back();
  EXPECT_EQ(last.label, "engine=epoll depth=24 store=tuplestore");
  EXPECT_EQ(last.target.engine, "epoll");
  EXPECT_EQ(last.load.pipeline_depth, 24);
  EXPECT_THAT(last.services, ElementsAre("tuplestore"));
  EXPECT_THAT(plan.cases.front().services, IsEmpty());
}

TEST(Plan, TakesWarmUpWindowAndTheTimeAroundForEachTrial) {
  const auto plan = plan_of(kYaml);
  EXPECT_EQ(estimated_time(plan), 32 * (std::chrono::milliseconds(2500) + kTimeAroundTrial));
  EXPECT_EQ(estimated_time(plan, 31), std::chrono::milliseconds(2500) + kTimeAroundTrial);
  EXPECT_EQ(estimated_time(plan, 32), Nanos{0});
}

TEST(Plan, AFilterKeepsCasesAndRefusesToKeepNone) {
  EXPECT_THAT(plan_of(kYaml, {.filters = {"engine=epoll,depth=1"}}).cases, SizeIs(2));
  const auto scenario = scenario_from_yaml(kYaml, "s.yaml");
  const auto none = make_plan({*scenario}, {.filters = {"engine=uring"}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ExitCode::usage);
}

TEST(Plan, TrialsFromTheCommandLineWin) {
  EXPECT_THAT(plan_of(kYaml, {.trials = 1}).trials, SizeIs(8));
}

TEST(CpuAssignment, TargetGetsTheFirstAndLoadTheLastProcessors) {
  PlannedCase planned;
  assign_cpus(planned, cpus("0-1"));
  EXPECT_EQ(planned.target.cpus.text(), "0");
  EXPECT_EQ(planned.load.cpus.text(), "1");
  EXPECT_FALSE(planned.shares_cpus());
}

TEST(CpuAssignment, WorkersAndThreadsGetOneEachUpToHalfTheMachine) {
  PlannedCase planned;
  planned.target.workers = 3;
  planned.load.threads = 16;
  assign_cpus(planned, cpus("0-7"));
  EXPECT_EQ(planned.target.cpus.text(), "0-2");
  EXPECT_EQ(planned.load.cpus.text(), "4-7");
}

TEST(CpuAssignment, WhatTheScenarioSaysStays) {
  PlannedCase planned;
  planned.target.cpus = cpus("3");
  assign_cpus(planned, cpus("0-3"));
  EXPECT_EQ(planned.target.cpus.text(), "3");
  EXPECT_EQ(planned.load.cpus.text(), "3");
  EXPECT_TRUE(planned.shares_cpus());
}

TEST(CpuAssignment, OneProcessorIsSharedWithAWarning) {
  const auto plan = plan_of(kYaml, {.machine = cpus("0")});
  EXPECT_TRUE(plan.cases[0].target.cpus.empty());
  ASSERT_THAT(plan.warnings, SizeIs(1));
  EXPECT_THAT(plan.warnings[0], HasSubstr("share processors"));
  EXPECT_THAT(plan_of(kYaml, {.machine = cpus("0-1")}).warnings, IsEmpty());
}

TEST(CpuAssignment, AnEmptySetIsEveryProcessorAndSharesWithAny) {
  PlannedCase planned;
  planned.target.cpus = cpus("0");
  assign_cpus(planned, cpus("0"));
  EXPECT_TRUE(planned.load.cpus.empty());
  EXPECT_TRUE(planned.shares_cpus());
}

TEST(CpuAssignment, ProcessorsThatAreNotThereAreRefused) {
  const auto scenario = scenario_from_yaml("name: s\nload: {cpus: \"9\"}\n", "s.yaml");
  const auto plan = make_plan({*scenario}, {.machine = cpus("0-1")});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ExitCode::bad_config);
  EXPECT_THAT(plan.error().message, HasSubstr("cpus '9' cannot be used here; this process may use 0-1"));
}

TEST(Plan, RefusesATransportThatTheTargetsUrlDoesNotGoWith) {
  const auto message = [](const std::string& url, const std::string& load) {
    const auto scenario = scenario_from_yaml("name: a\ntarget:\n  url: " + url + "\nload:\n  " + load + "\n", "a.yaml");
    const auto plan = make_plan({*scenario}, {});
    return plan ? std::string() : plan.error().message;
  };
  EXPECT_EQ(message("http://127.0.0.1:1", "tls_resume: true"),
            "a.yaml:5:15: load.tls_resume is about https://, and the target speaks http");
  EXPECT_EQ(message("https://127.0.0.1:1", "transport: uring"),
            "a.yaml:5:14: load.transport: https is spoken over epoll only; leave it out");
  EXPECT_EQ(message("https://127.0.0.1:1", "tls_resume: true"), "");
  EXPECT_EQ(message("http://127.0.0.1:1", "transport: uring"), "");
}

TEST(SessionRecord, HoldsTheWholePlanAsPlannedTrials) {
  const auto plan = plan_of(kYaml);
  const auto record = session_record(plan);
  EXPECT_EQ(record.seed, 5U);
  ASSERT_EQ(record.trials.size(), plan.trials.size());
  for (std::size_t i = 0; i < record.trials.size(); ++i) {
    EXPECT_EQ(record.trials[i].state, results::TrialState::planned);
    EXPECT_EQ(record.trials[i].position, static_cast<int>(i));
    EXPECT_EQ(record.cases[static_cast<std::size_t>(record.trials[i].case_id) - 1].label,
              plan.cases[plan.trials[i].case_index].label);
  }
  EXPECT_THAT(record.scenarios.at(0).resolved_yaml, HasSubstr("engine"));
}

}  // namespace
}  // namespace hotlap::harness
