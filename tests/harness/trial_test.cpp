#include "harness/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using results::TrialState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ProcessExit exit_with(int status) {
  ProcessExit exit;
  exit.status = status;
  return exit;
}

TEST(JudgeTrial, AGoodMeasurementIsOk) {
  const load::Measurement measurement;
  TrialFacts facts;
  facts.load_exit = exit_with(0);
  facts.measurement = &measurement;
  EXPECT_EQ(judge_trial(facts).state, TrialState::ok);
  EXPECT_THAT(judge_trial(facts).reason, IsEmpty());
}

TEST(JudgeTrial, AnInvalidVerdictIsInvalidWithItsReasons) {
  load::Measurement measurement;
  measurement.verdict.raise(load::VerdictLevel::invalid, "half of the responses were 404");
  TrialFacts facts;
  facts.load_exit = exit_with(20);
  facts.measurement = &measurement;
  EXPECT_EQ(judge_trial(facts).state, TrialState::invalid);
  EXPECT_EQ(judge_trial(facts).reason, "half of the responses were 404");
}

TEST(JudgeTrial, ASuspectVerdictIsStillOk) {
  load::Measurement measurement;
  measurement.verdict.raise(load::VerdictLevel::suspect, "short window");
  TrialFacts facts;
  facts.load_exit = exit_with(0);
  facts.measurement = &measurement;
  EXPECT_EQ(judge_trial(facts).state, TrialState::ok);
}

TEST(JudgeTrial, ATargetThatEndedIsAFailureEvenWithAMeasurement) {
  const load::Measurement measurement;
  TrialFacts facts;
  facts.load_exit = exit_with(0);
  facts.measurement = &measurement;
  facts.ended_early = "the target ended in mid-trial: exit code 3";
  EXPECT_EQ(judge_trial(facts).state, TrialState::failed);
  EXPECT_EQ(judge_trial(facts).reason, facts.ended_early);
}

TEST(JudgeTrial, ALoadWithoutMeasurementIsAFailureWithItsLastWords) {
  TrialFacts facts;
  facts.load_exit = exit_with(21);
  facts.load_complaint = "connect to 127.0.0.1:1: Connection refused";
  EXPECT_EQ(judge_trial(facts).state, TrialState::failed);
  EXPECT_EQ(
      judge_trial(facts).reason,
      "hotlap-load ended without a measurement: exit code 21; it said: connect to 127.0.0.1:1: Connection refused");
  facts.load_exit = exit_with(0);
  EXPECT_EQ(judge_trial(facts).state, TrialState::failed);
}

TEST(JudgeTrial, AnUnusualExitIsAFailureWhateverWasMeasured) {
  const load::Measurement measurement;
  TrialFacts facts;
  facts.load_exit = exit_with(139);
  facts.measurement = &measurement;
  EXPECT_EQ(judge_trial(facts).state, TrialState::failed);
}

TEST(JudgeTrial, AnInterruptionSkipsTheTrial) {
  TrialFacts facts;
  facts.interrupted = true;
  facts.ended_early = "the target ended in mid-trial: killed by signal 15";
  EXPECT_EQ(judge_trial(facts).state, TrialState::skipped);
}

TEST(CrossCheck, DifferentCountsAreSuspect) {
  load::Measurement measurement;
  measurement.total.sent = measurement.total.answered = 100;
  cross_check(measurement, false, results::TargetCounts{.requests = 101}, 1);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::valid);
  cross_check(measurement, false, results::TargetCounts{.requests = 100}, 1);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::suspect);
  ASSERT_THAT(measurement.verdict.reasons, SizeIs(1));
  EXPECT_THAT(measurement.verdict.reasons[0], HasSubstr("counted 100 requests, but load and verification had 101"));
}

TEST(CrossCheck, CountsAreNotComparedWhenRequestsWereLost) {
  load::Measurement measurement;
  measurement.total.sent = 100;
  measurement.total.answered = 98;
  measurement.total.in_flight_at_end = 2;
  cross_check(measurement, false, results::TargetCounts{.requests = 101}, 1);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::valid);
}

TEST(CrossCheck, SharedProcessorsAreSuspect) {
  load::Measurement measurement;
  cross_check(measurement, true, std::nullopt, 1);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::suspect);
}

}  // namespace
}  // namespace hotlap::harness
