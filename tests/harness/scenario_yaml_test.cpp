#include "harness/scenario_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/matrix.h"
#include "harness/plan.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

// Loading and planning: some mistakes only show once a case is built.
std::string refusal(std::string_view yaml) {
  auto scenario = scenario_from_yaml(yaml, "s.yaml");
  if (!scenario) {
    EXPECT_EQ(scenario.error().code, ExitCode::bad_config);
    return scenario.error().message;
  }
  const auto plan = make_plan({std::move(*scenario)}, {});
  if (plan) return "accepted";
  EXPECT_EQ(plan.error().code, ExitCode::bad_config);
  return plan.error().message;
}

struct Mistake {
  const char* name;
  const char* yaml;
  const char* message;
};

class ScenarioMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ScenarioMistakes, AreRefusedAtTheirPlace) {
  EXPECT_EQ(refusal(GetParam().yaml), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    ScenarioYaml, ScenarioMistakes,
    testing::Values(
        Mistake{"UnknownKey", "name: a\ntrails: 3\n",
                "s.yaml:2:1: key 'trails' is unknown in the scenario; did you mean 'trials'?"},
        Mistake{"UnknownTargetKey", "name: a\ntarget:\n  enigne: epoll\n",
                "s.yaml:3:3: key 'enigne' is unknown in target; did you mean 'engine'?"},
        Mistake{"UnknownLoadKey", "name: a\nload:\n  conections: 3\n",
                "s.yaml:3:3: key 'conections' is unknown in load; did you mean 'connections'?"},
        Mistake{"DuplicateKey", "name: a\nload:\n  path: /\n  path: /x\n",
                "s.yaml:4:3: key 'path' stands twice; the first is in line 3"},
        Mistake{"WrongUnit", "name: a\nload:\n  duration: 3x\n",
                "s.yaml:3:13: load.duration: duration '3x' is not a number followed by ns, us, ms, s, m or h"},
        Mistake{"BareNumber", "name: a\nload:\n  duration: 3\n",
                "s.yaml:3:13: load.duration: duration '3' is not a number followed by ns, us, ms, s, m or h"},
        Mistake{"BareRate", "name: a\nload:\n  rate: 2000\n",
                "s.yaml:3:9: load.rate: rate '2000' is not a number above 0 followed by /s, k/s or M/s"},
        Mistake{"BareLength", "name: a\nload:\n  expect: {length: 4}\n",
                "s.yaml:3:20: load.expect.length: size '4' is not a number followed by B, kB, MB, GB, KiB, MiB or GiB"},
        Mistake{"WrongType", "name: a\nload:\n  path: [/a, /b]\n",
                "s.yaml:3:9: load.path is a list, but a single value is expected"},
        Mistake{"WrongSectionType", "name: a\nload: fast\n",
                "s.yaml:2:7: load is a single value, but a mapping is expected"},
        Mistake{"NoName", "title: a\n",
                "s.yaml:1:1: key 'name' is missing; every scenario has one, like 'name: quick'"},
        Mistake{"NotAMapping", "- a\n", "s.yaml:1:1: the scenario is a list, but a mapping is expected"},
        Mistake{"BadName", "name: a/b\n", "s.yaml:1:7: name 'a/b' may hold letters, digits, '_', '-' and '.' only"},
        Mistake{"NoTrials", "name: a\ntrials: 0\n", "s.yaml:2:9: trials: 0 is not between 1 and 10000"},
        Mistake{"Estimator", "name: a\nestimator: mean\n",
                "s.yaml:2:12: estimator 'mean' is unknown; did you mean 'median'?"},
        Mistake{"Service", "name: a\nservices: [tarantol]\n",
                "s.yaml:2:12: service 'tarantol' is unknown; did you mean 'tarantool'?"},
        Mistake{"Engine", "name: a\ntarget: {engine: epol}\n",
                "s.yaml:2:18: target.engine: engine 'epol' is unknown; did you mean 'epoll'?"},
        Mistake{"Pool", "name: a\ntarget: {store_connections: \"pool:0\"}\n",
                "s.yaml:2:29: target.store_connections: 'pool:0' is not one, per-request or pool:N"},
        Mistake{"Workers", "name: a\ntarget: {workers: 257}\n",
                "s.yaml:2:19: target.workers: 257 is not between 1 and 256"},
        Mistake{"GatherBytes", "name: a\ntarget: {gather_bytes: 17MiB}\n",
                "s.yaml:2:24: target.gather_bytes: 17MiB is not between 1B and 16MiB"},
        Mistake{"GatherResponses", "name: a\ntarget: {gather_responses: 100001}\n",
                "s.yaml:2:28: target.gather_responses: 100001 is not between 1 and 100000"},
        Mistake{"Pipeline", "name: a\nload: {pipeline: 4097}\n",
                "s.yaml:2:18: load.pipeline: 4097 is not between 1 and 4096"},
        Mistake{"CommandWithoutPort", "name: a\ntarget: {command: [./x]}\n",
                "s.yaml:2:20: target.command has no {port}; the server has to listen where it is told, like "
                "'--port={port}', or at the unix socket {socket}; target.environment may say it too"},
        Mistake{"CommandAndEngine", "name: a\ntarget: {command: [./x, \"{port}\"], engine: epoll}\n",
                "s.yaml:2:44: target.engine is for hotlap-target; with target.command put it into the command"},
        Mistake{"HeaderWithLineBreak", "name: a\nload:\n  headers: {A: \"b\\nc\"}\n",
                "s.yaml:3:16: load.header A: 'A: b\\nc' holds a line break"},
        Mistake{"MoreThreadsThanConnections", "name: a\nload:\n  threads: 4\n  connections: 2\n",
                "s.yaml:4:16: load.connections: 2 cannot be spread over 4 threads; give each thread at least one"},
        Mistake{"ValueOfAnAxis", "name: a\nload: {pipeline: \"{depth}\"}\nmatrix:\n  depth: [1, x]\n",
                "s.yaml:4:14: load.pipeline: count 'x' is not a whole number, or one followed by k or M"},
        Mistake{"UnknownPlaceholder",
                "name: a\nload: {pipeline: \"{deep}\", path: \"/{depth}\"}\nmatrix: {depth: [1]}\n",
                "s.yaml:2:18: {deep} is no axis of this scenario; expected depth"},
        Mistake{"UnusedAxis", "name: a\nmatrix:\n  depth: [1, 2]\n",
                "s.yaml:3:3: axis 'depth' is used nowhere; write \"{depth}\" as the value in target or load that it "
                "varies"},
        Mistake{"EmptyAxis", "name: a\nmatrix:\n  depth: []\n",
                "s.yaml:3:10: axis 'depth' is an empty list; it needs at least one value"},
        Mistake{"RepeatedValue", "name: a\nmatrix:\n  depth: [1, 2, 1]\n", "s.yaml:3:17: axis 'depth' holds '1' twice"},
        Mistake{
            "AxisName", "name: a\nmatrix:\n  port: [1]\n",
            "s.yaml:3:3: axis name 'port' must be lower-case letters, digits and '_', and none of port, "
            "socket, ready_fd, source, work_dir, here, tuplestore, tarantool, postgres, include, exclude, overrides"},
        Mistake{"ExcludeUnknownAxis", "name: a\nmatrix:\n  depth: [1]\n  exclude: [{dept: 1}]\n",
                "s.yaml:4:14: axis 'dept' is unknown in matrix.exclude; did you mean 'depth'?"},
        Mistake{"ExcludeUnknownValue", "name: a\nmatrix:\n  depth: [1]\n  exclude: [{depth: 24}]\n",
                "s.yaml:4:21: axis 'depth' has no value '24', named in matrix.exclude; expected 1"},
        Mistake{"IncompleteInclude", "name: a\nmatrix:\n  a: [1]\n  b: [1]\n  include: [{a: 2}]\n",
                "s.yaml:5:13: an included case needs a value for axis 'b' too"},
        Mistake{"IncludeOfACase", "name: a\nload: {pipeline: \"{a}\"}\nmatrix:\n  a: [1]\n  include: [{a: 1}]\n",
                "s.yaml:5:13: the matrix has case 'a=1' already"},
        Mistake{"NothingLeft", "name: a\nload: {pipeline: \"{a}\"}\nmatrix:\n  a: [1]\n  exclude: [{a: 1}]\n",
                "s.yaml:4:3: matrix.exclude leaves no case; remove one of its items"},
        Mistake{"ProfileKey", "name: a\nprofiles:\n  p: {trial: 1}\n",
                "s.yaml:3:7: key 'trial' is unknown in profile 'p'; did you mean 'trials'?"},
        Mistake{"ProfileAxis", "name: a\nprofiles:\n  p: {matrix: {x: [1]}}\n",
                "s.yaml:3:16: axis 'x' is unknown in profile 'p'"},
        Mistake{"FigureNotANumber", "name: a\npublished:\n  figures:\n    - {value: many}\n",
                "s.yaml:4:15: value 'many' is not a number above 0"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(ScenarioYaml, AMatrixOfAHundredThousandCasesIsRefusedBeforeItIsExpanded) {
  std::string yaml = "name: a\nload: {path: \"/{a}{b}{c}{d}{e}\"}\nmatrix:\n";
  for (const char axis : {'a', 'b', 'c', 'd', 'e'})
    yaml += std::string("  ") + axis + ": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
  EXPECT_EQ(
      refusal(yaml),
      "s.yaml:4:3: the matrix has 100000 cases (10 a × 10 b × 10 c × 10 d × 10 e), more than 1000; give its axes fewer "
      "values, split the scenario, or allow more with --most-cases");
}

TEST(ScenarioYaml, ASingleAxisOfAHundredThousandValuesIsRefusedToo) {
  std::string yaml = "name: a\nload: {path: \"/{a}\"}\nmatrix:\n  a: [0";
  for (int i = 1; i < 100'000; ++i) yaml += "," + std::to_string(i);
  EXPECT_THAT(refusal(yaml + "]\n"), HasSubstr("the matrix has 100000 cases (100000 a), more than 1000"));
}

TEST(ScenarioYaml, ProductsThatOverflowAreRefused) {
  std::string yaml = "name: a\nmatrix:\n";
  for (int axis = 0; axis < 70; ++axis) yaml += "  a" + std::to_string(axis) + ": [0, 1]\n";
  yaml += "load: {path: \"/";
  for (int axis = 0; axis < 70; ++axis) yaml += "{a" + std::to_string(axis) + "}";
  EXPECT_THAT(refusal(yaml + "\"}\n"), HasSubstr("more than 1000"));
}

TEST(ScenarioYaml, DefaultsHoldWhereNothingIsSaid) {
  const auto scenario = scenario_from_yaml("name: a\n", "s.yaml");
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->trials, 3);
  EXPECT_EQ(scenario->estimator, "median");
  EXPECT_EQ(scenario->seed, 1U);
}

TEST(ScenarioYaml, AProfileReplacesTrialsTimesAndAxes) {
  const auto scenario = scenario_from_yaml(
      "name: a\ntrials: 5\nload: {pipeline: \"{depth}\", duration: 9s}\nmatrix: {depth: [1, 2, 4]}\n"
      "profiles: {smoke: {trials: 1, duration: 200ms, warm_up: 50ms, matrix: {depth: [8]}}}\n",
      "s.yaml", {.profile = "smoke"});
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto plan = make_plan({*scenario}, {});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->cases.size(), 1U);
  EXPECT_EQ(plan->trials.size(), 1U);
  EXPECT_EQ(plan->cases[0].load.duration, std::chrono::milliseconds(200));
  EXPECT_EQ(plan->cases[0].load.warm_up, std::chrono::milliseconds(50));
  EXPECT_EQ(plan->cases[0].load.pipeline_depth, 8);
}

TEST(ScenarioYaml, AnUnknownProfileIsRefusedWithTheNamesThereAre) {
  EXPECT_EQ(
      scenario_from_yaml("name: a\nprofiles: {smoke: {trials: 1}}\n", "s.yaml", {.profile = "smok"}).error().message,
      "s.yaml: profile 'smok' is unknown; did you mean 'smoke'?");
}

TEST(ScenarioYaml, WhatIsWrittenForTheRecordIsReadBackToTheSamePlan) {
  for (const char* name : {"quick", "hello_japronto", "ugly_pipeline_depth", "stickers_postgres"}) {
    const auto original = load_scenario(std::string(HOTLAP_SOURCE_DIR "/scenarios/") + name + ".yaml");
    ASSERT_TRUE(original) << original.error().message;
    const auto yaml = to_yaml(*original);
    const auto again = scenario_from_yaml(yaml, original->file);
    ASSERT_TRUE(again) << again.error().message << "\n" << yaml;
    EXPECT_EQ(to_yaml(*again), yaml);
    const auto plan = make_plan({*original}, {});
    const auto plan_again = make_plan({*again}, {});
    ASSERT_TRUE(plan && plan_again);
    ASSERT_EQ(plan->cases.size(), plan_again->cases.size());
    for (std::size_t i = 0; i < plan->cases.size(); ++i) {
      EXPECT_EQ(plan->cases[i].label, plan_again->cases[i].label);
      EXPECT_EQ(plan->cases[i].target, plan_again->cases[i].target);
      EXPECT_EQ(plan->cases[i].load.expect, plan_again->cases[i].load.expect);
    }
    EXPECT_EQ(original->claims, again->claims);
  }
}

// The plan of a scenario's options, and the plan of the text that is kept of it.
std::pair<Plan, Plan> plan_and_plan_of_its_record(std::string_view yaml, const PlanOptions& options,
                                                  const ScenarioChoices& choices = {}) {
  auto scenario = scenario_from_yaml(yaml, "s.yaml", choices);
  EXPECT_TRUE(scenario) << scenario.error().message;
  auto plan = make_plan({std::move(*scenario)}, options);
  EXPECT_TRUE(plan) << plan.error().message;
  const auto record = session_record(*plan).scenarios.at(0).resolved_yaml;
  auto again = scenario_from_yaml(record, "record.yaml");
  EXPECT_TRUE(again) << again.error().message << "\n" << record;
  auto plan_again = make_plan({std::move(*again)}, {});
  EXPECT_TRUE(plan_again) << plan_again.error().message << "\n" << record;
  return {std::move(*plan), std::move(*plan_again)};
}

void expect_same_plan(const Plan& plan, const Plan& again) {
  ASSERT_EQ(plan.cases.size(), again.cases.size());
  for (std::size_t i = 0; i < plan.cases.size(); ++i) {
    EXPECT_EQ(plan.cases[i].parameters, again.cases[i].parameters);
    EXPECT_EQ(plan.cases[i].target, again.cases[i].target);
    EXPECT_EQ(plan.cases[i].services, again.cases[i].services);
    EXPECT_EQ(plan.cases[i].load.url.target, again.cases[i].load.url.target);
    EXPECT_EQ(plan.cases[i].load.headers, again.cases[i].load.headers);
    EXPECT_EQ(plan.cases[i].load.duration, again.cases[i].load.duration);
    EXPECT_EQ(plan.cases[i].load.expect, again.cases[i].load.expect);
  }
  EXPECT_EQ(plan.seed, again.seed);
  ASSERT_EQ(plan.trials.size(), again.trials.size());
  for (std::size_t i = 0; i < plan.trials.size(); ++i) EXPECT_EQ(plan.trials[i].case_index, again.trials[i].case_index);
}

constexpr const char* kVaried =
    "name: a\ntrials: 2\ntarget: {engine: \"{engine}\"}\n"
    "load: {path: \"/{page}\", pipeline: \"{depth}\", expect: {body: \"\"}, headers: {X-A: \"\"}}\n"
    "matrix:\n  engine: [epoll, blocking, pipelined]\n  page: [ugly, \"\"]\n  depth: [1, 2, 24]\n"
    "  exclude: [{engine: blocking, depth: [2, 24]}, {page: \"\", depth: 2}]\n"
    "  include: [{engine: epoll, page: \"\", depth: 7}, {engine: pipelined, page: x, depth: 9}]\n"
    "profiles: {smoke: {duration: 200ms, matrix: {depth: [1, 24]}}}\n"
    "claims:\n"
    "  - {id: H1, statement: a, ratio: {of: {depth: 2}, to: {depth: 1}}, published: 2}\n"
    "  - {id: H2, statement: b, ratio: {of: {depth: 24}, to: {depth: 1}}, published: 3}\n"
    "  - {id: H3, statement: c, ratio: {of: {page: x}, to: {depth: 1}}, published: 4}\n";

TEST(ScenarioRecord, IsReadBackToTheSamePlanWhateverTheCommandLineChose) {
  for (const char* profile : {"", "smoke"})
    for (const auto& options :
         std::vector<PlanOptions>{{},
                                  {.filters = {"engine=epoll,pipelined,depth=24"}},
                                  {.filters = {"depth=7"}},
                                  {.filters = {"engine=epoll,blocking", "engine=epoll,pipelined"}},
                                  {.filters = {"engine=blocking", "page=ugly"}, .seed = 9, .trials = 4}}) {
      SCOPED_TRACE(profile + (" " + (options.filters.empty() ? "" : options.filters[0])));
      const auto [plan, again] = plan_and_plan_of_its_record(kVaried, options, {.profile = profile});
      expect_same_plan(plan, again);
    }
}

TEST(ScenarioRecord, ShowsDefaultsProfileAndFilter) {
  const auto scenario = scenario_from_yaml(kVaried, "s.yaml", {.profile = "smoke", .sets = {"load.timeout=3s"}});
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto plan = make_plan({*scenario}, {.filters = {"engine=epoll"}});
  ASSERT_TRUE(plan) << plan.error().message;
  const auto record = session_record(*plan).scenarios.at(0);
  for (const char* line :
       {"# with --profile smoke --set load.timeout=3s --filter engine=epoll\n", "workers: 1\n", "store: none\n",
        "duration: 200ms\n", "timeout: 3s\n", "method: GET\n", "connections: 10\n", "status: \"200-299\"\n"})
    EXPECT_THAT(record.resolved_yaml, HasSubstr(line));
  EXPECT_EQ(record.claims.size(), 3U);  // those without cases are told as not testable
}

TEST(ScenarioRecord, OfAnotherServerHoldsOnlyItsDefaults) {
  const auto [plan, again] = plan_and_plan_of_its_record("name: a\ntarget: {command: [./x, \"{port}\", \"\"]}\n", {});
  expect_same_plan(plan, again);
  EXPECT_EQ(plan.cases[0].target.ready, "/");
}

TEST(ScenarioYaml, TextThatLooksLikeNothingOrHoldsQuotesSurvivesTheRecord) {
  Scenario scenario;
  scenario.file = "s.yaml";
  scenario.name = "a";
  scenario.question = "~ \"quoted\" & *not an alias*: #1\n{x}";
  scenario.target = {{"command", "./x", {}}, {"command", "--p={port}", {}}, {"command", "null", {}}};
  scenario.load = {{"expect.body", "null", {}}, {"header X-A", "- b", {}}};
  const auto again = scenario_from_yaml(to_yaml(scenario), "s.yaml");
  ASSERT_TRUE(again) << again.error().message << to_yaml(scenario);
  EXPECT_EQ(again->question, scenario.question);
  ASSERT_EQ(again->target.size(), 3U);
  EXPECT_EQ(again->target[2].text, "null");
  ASSERT_EQ(again->load.size(), 2U);
  EXPECT_EQ(again->load[0].text, "null");
  EXPECT_EQ(again->load[1].key, "header X-A");
}

TEST(QuickScenario, RunsInUnderTwoMinutesWithoutRepeatingThePageThatNeedsNoDatabase) {
  const auto scenario = load_scenario(HOTLAP_SOURCE_DIR "/scenarios/quick.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto plan = make_plan({*scenario}, {});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->cases.size(), 18U);
  EXPECT_LT(estimated_time(*plan), std::chrono::minutes(2));
}

TEST(LoadScenario, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(load_scenario("/nowhere/x.yaml").error().message,
            "scenario /nowhere/x.yaml cannot be read: No such file or directory; check its name, or make one with "
            "'hotlap init'");
  EXPECT_EQ(load_scenario("/nowhere/x.yaml").error().code, ExitCode::bad_config);
  EXPECT_EQ(load_scenario("/").error().code, ExitCode::bad_config);
}

}  // namespace
}  // namespace hotlap::harness
