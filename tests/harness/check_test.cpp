#include "harness/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using results::TrialState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(CheckTarget, IsSettingsACommandOrAPath) {
  const auto settings = parse_check_target("engine=pipelined,workers=2,gather_responses=1", "--base");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->engine, "pipelined");
  EXPECT_EQ(settings->workers, 2);
  EXPECT_EQ(settings->gather_responses, 1U);

  const auto command = parse_check_target("./my server --port {port} 'a b'", "--base");
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_THAT(command->command, ElementsAre("./my", "server", "--port", "{port}", "a b"));

  const auto path = parse_check_target("./build/bin/hotlap-target", "--new");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(path->program, "./build/bin/hotlap-target");
  EXPECT_EQ(path->engine, "pipelined");

  const auto build = parse_check_target("program=/other/hotlap-target,engine=epoll", "--new");
  ASSERT_TRUE(build) << build.error().message;
  EXPECT_EQ(build->program, "/other/hotlap-target");
}

TEST(CheckTarget, ACommandMayHoldEqualsSignsBeforeItsPort) {
  const auto command = parse_check_target("env A=b ./x --port={port}", "--base");
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_THAT(command->command, ElementsAre("env", "A=b", "./x", "--port={port}"));
}

TEST(CheckTarget, ATermWithoutEqualsContinuesTheValueBeforeIt) {
  const auto target = parse_check_target("engine=epoll,cpus=0,2-3,workers=2", "--base");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->cpus.text(), "0,2-3");
  EXPECT_EQ(target->workers, 2);
}

TEST(CheckTarget, ThatMakesNoSenseIsAUsageErrorThatNamesTheFlag) {
  for (const char* text : {"", "./x --port 80", "engine=epol", "enigne=epoll", "engine=epoll,workers",
                           "engine=epoll,cpus=0,x", "./x {port} 'a"}) {
    const auto target = parse_check_target(text, "--base");
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ExitCode::usage) << text;
    EXPECT_THAT(target.error().message, StartsWith("--base: ")) << text;
  }
  EXPECT_THAT(parse_check_target("enigne=epoll", "--base").error().message, HasSubstr("did you mean 'engine'?"));
}

TEST(Percent, HasItsSign) {
  EXPECT_DOUBLE_EQ(parse_percent("2%").value(), 0.02);
  EXPECT_DOUBLE_EQ(parse_percent("0.5%").value(), 0.005);
  for (const char* text : {"2", "", "%", "0%", "100%", "-1%", "x%", "nan%"}) EXPECT_FALSE(parse_percent(text)) << text;
}

CheckOptions options(int pairs) {
  CheckOptions made;
  made.base_text = "engine=epoll";
  made.new_text = "engine=pipelined";
  made.pairs = pairs;
  made.seed = 3;
  made.machine = CpuSet::parse("0-1").value();
  return made;
}

TEST(CheckPlan, HoldsPairsOfBothSidesInAnOrderThatTheSeedDecides) {
  const auto plan = make_check_plan(options(40));
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->trials.size(), 80U);
  int new_first = 0;
  for (std::size_t pair = 0; pair < 40; ++pair) {
    const auto& first = plan->trials[2 * pair];
    const auto& second = plan->trials[2 * pair + 1];
    EXPECT_EQ(first.pair, static_cast<int>(pair));
    EXPECT_EQ(second.pair, static_cast<int>(pair));
    EXPECT_NE(first.arm, second.arm);
    EXPECT_EQ(first.case_index, first.arm == "base" ? 0U : 1U);
    new_first += first.arm == "new" ? 1 : 0;
  }
  EXPECT_GT(new_first, 8);
  EXPECT_LT(new_first, 32);
  const auto again = make_check_plan(options(40));
  for (std::size_t i = 0; i < 80; ++i) EXPECT_EQ(plan->trials[i].arm, again->trials[i].arm);
}

TEST(CheckPlan, WarnsWhenTheSidesGetDifferentProcessors) {
  auto different = options(7);
  different.machine = CpuSet::parse("0-7").value();
  different.new_text = "engine=epoll,workers=2";
  const auto plan = make_check_plan(different);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->warnings, testing::Contains(HasSubstr("base runs on processors 0 and new on 0-1")));
}

TEST(CheckPlan, RefusesPairsThatCannotDecideAnything) {
  const auto plan = make_check_plan(options(6));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ExitCode::usage);
  EXPECT_EQ(plan.error().message,
            "--pairs: 6 pairs can only be INCONCLUSIVE, whatever they show: an exact p of 0.01 needs at least 7");
}

TEST(CheckPlan, ThePolicyGoesIntoTheSession) {
  auto lenient = options(7);
  lenient.policy = {.alpha = 0.01, .min_effect = 0.2, .fail_effect = 0.2};
  const auto record = session_record(make_check_plan(lenient).value());
  EXPECT_DOUBLE_EQ(record.comparison_policy.min_effect, 0.2);
  EXPECT_DOUBLE_EQ(record.comparison_policy.fail_effect, 0.2);
}

TEST(CheckPlan, TheRecordHoldsBothTargetsAndTheLoad) {
  const auto yaml = session_record(make_check_plan(options(7)).value()).scenarios.at(0).resolved_yaml;
  EXPECT_THAT(yaml, StartsWith("# targets: base engine=epoll; new engine=pipelined\n"));
  EXPECT_THAT(yaml, HasSubstr("timeout: 2s\n"));
  EXPECT_THAT(yaml, testing::Not(HasSubstr("target:")));
}

results::SessionRecord session(const std::vector<std::pair<double, double>>& pairs, int invalid = 0) {
  results::SessionRecord record;
  int number = 0;
  for (const auto& [base, candidate] : pairs) {
    for (const auto& [arm, figure] : {std::pair("base", base), std::pair("new", candidate)}) {
      results::TrialRecord trial;
      trial.arm = arm;
      trial.pair = number;
      trial.state = number < invalid ? TrialState::failed : TrialState::ok;
      trial.measurement.emplace().throughput_per_s = figure;
      record.trials.push_back(std::move(trial));
    }
    ++number;
  }
  return record;
}

std::vector<std::pair<double, double>> pairs_with_ratio(double ratio, double jitter) {
  std::vector<std::pair<double, double>> pairs;
  for (int i = 0; i < 16; ++i)
    pairs.emplace_back(1000 + i, (1000 + i) * ratio * (1 + jitter * (i % 2 == 0 ? 1 : -1) * (1 + i % 5)));
  return pairs;
}

TEST(JudgeCheck, ASlowCandidateHasRegressed) {
  const auto verdict = judge_check(session(pairs_with_ratio(0.9, 0.001)));
  EXPECT_EQ(verdict.word, "REGRESSED");
  EXPECT_EQ(verdict.code, ExitCode::regressed);
  EXPECT_THAT(verdict.sentence, StartsWith("REGRESSED: throughput "));
  EXPECT_THAT(verdict.sentence, HasSubstr("16 pairs"));
}

TEST(JudgeCheck, AnEqualCandidateIsTheSameAndAFasterOnePasses) {
  EXPECT_EQ(judge_check(session(pairs_with_ratio(1, 0.001))).word, "SAME");
  EXPECT_EQ(judge_check(session(pairs_with_ratio(1, 0.001))).code, ExitCode::success);
  EXPECT_EQ(judge_check(session(pairs_with_ratio(1.2, 0.001))).code, ExitCode::success);
}

TEST(JudgeCheck, ThePolicyOfTheSessionDecides) {
  auto record = session(pairs_with_ratio(0.9, 0.001));
  record.comparison_policy = {.min_effect = 0.2, .fail_effect = 0.2};
  EXPECT_EQ(judge_check(record).word, "SAME");
}

TEST(JudgeCheck, NoiseIsInconclusive) {
  const auto verdict = judge_check(session(pairs_with_ratio(0.98, 0.06)));
  EXPECT_EQ(verdict.word, "INCONCLUSIVE");
  EXPECT_EQ(verdict.code, ExitCode::inconclusive);
}

TEST(JudgeCheck, AFewInvalidPairsAreLeftOutAndTold) {
  const auto verdict = judge_check(session(pairs_with_ratio(0.9, 0.001), 3));
  EXPECT_EQ(verdict.code, ExitCode::regressed);
  EXPECT_EQ(verdict.comparison.pairs, 13);
  EXPECT_THAT(verdict.sentence, HasSubstr("3 of 16 pairs left out"));
}

TEST(JudgeCheck, MoreThanAFifthOfInvalidPairsIsNoVerdict) {
  const auto verdict = judge_check(session(pairs_with_ratio(0.9, 0.001), 4));
  EXPECT_EQ(verdict.word, "INVALID");
  EXPECT_EQ(verdict.code, ExitCode::invalid_run);
}

}  // namespace
}  // namespace hotlap::harness
