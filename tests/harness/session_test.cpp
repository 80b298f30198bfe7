#include "harness/session.h"

#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using results::TrialState;

SessionOutcome outcome_of(std::initializer_list<std::pair<TrialState, std::int64_t>> trials) {
  SessionOutcome outcome;
  for (const auto& [state, time_to_ready_ns] : trials) {
    results::TrialRecord trial;
    trial.state = state;
    trial.time_to_ready_ns = time_to_ready_ns;
    outcome.record.trials.push_back(std::move(trial));
  }
  return outcome;
}

TEST(SessionExitCode, IsSuccessWhenEveryTrialIsOk) {
  EXPECT_EQ(exit_code_of(outcome_of({{TrialState::ok, 1}, {TrialState::ok, 1}})), ExitCode::success);
}

TEST(SessionExitCode, IsInvalidRunWhenAnyTrialFailedOrIsInvalid) {
  EXPECT_EQ(exit_code_of(outcome_of({{TrialState::ok, 1}, {TrialState::failed, 0}})), ExitCode::invalid_run);
  EXPECT_EQ(exit_code_of(outcome_of({{TrialState::ok, 1}, {TrialState::invalid, 1}})), ExitCode::invalid_run);
  EXPECT_EQ(exit_code_of(outcome_of({{TrialState::failed, 1}})), ExitCode::invalid_run);
}

TEST(SessionExitCode, AFailureThatAClaimExpectsIsAResult) {
  auto outcome = outcome_of({{TrialState::ok, 1}, {TrialState::failed, 1}});
  outcome.record.cases = {{.id = 1, .scenario = "s", .label = "", .parameters = {}}};
  outcome.record.scenarios = {{.name = "s"}};
  outcome.record.scenarios[0].claims = {
      {.id = "H7", .kind = results::Claim::Kind::shows, .cases = {{}}, .text = "drops"}};
  for (std::size_t i = 0; i < outcome.record.trials.size(); ++i) {
    outcome.record.trials[i].case_id = 1;
    outcome.record.trials[i].position = static_cast<int>(i);
  }
  outcome.record.trials[1].reason = "the server drops pipelined requests";
  EXPECT_EQ(exit_code_of(outcome), ExitCode::success);
  outcome.record.trials[1].reason = "something else";
  EXPECT_EQ(exit_code_of(outcome), ExitCode::invalid_run);
}

TEST(SessionExitCode, IsTargetNotReadyWhenNoTargetEverWas) {
  EXPECT_EQ(exit_code_of(outcome_of({{TrialState::failed, 0}, {TrialState::failed, 0}})), ExitCode::target_not_ready);
}

TEST(SessionExitCode, InterruptionOutranksTheStoreAndTheStoreOutranksTrials) {
  auto outcome = outcome_of({{TrialState::failed, 0}});
  outcome.store_error = Error{"disk full", ExitCode::store_failed};
  EXPECT_EQ(exit_code_of(outcome), ExitCode::store_failed);
  outcome.interrupted = true;
  EXPECT_EQ(exit_code_of(outcome), ExitCode::interrupted);
}

}  // namespace
}  // namespace hotlap::harness
