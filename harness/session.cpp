#include "harness/session.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/clock.h"
#include "base/host.h"
#include "harness/trial.h"

namespace hotlap::harness {

using results::TrialState;

ExitCode exit_code_of(const SessionOutcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  if (outcome.store_error) return ExitCode::store_failed;
  const auto& trials = outcome.record.trials;
  const auto is_bad = [](const auto& trial) {
    return trial.state == TrialState::failed || trial.state == TrialState::invalid;
  };
  if (std::ranges::none_of(trials, is_bad)) return ExitCode::success;
  const bool any_ready = std::ranges::any_of(trials, [](const auto& trial) { return trial.time_to_ready_ns > 0; });
  return any_ready ? ExitCode::invalid_run : ExitCode::target_not_ready;
}

namespace {

// Keeps a finished trial. Figures that do not add up are the trial's fault, not the store's: it is kept as failed,
// without them.
Result<void> keep(results::Store& store, results::TrialRecord& trial) {
  auto kept = store.finish_trial(trial);
  if (kept || kept.error().code != ExitCode::invalid_run) return kept;
  trial.state = TrialState::failed;
  trial.reason = kept.error().message;
  trial.measurement.reset();
  return store.finish_trial(trial);
}

}  // namespace

Result<SessionOutcome> run_session(const Plan& plan, results::Store& store, const Programs& programs,
                                   const std::string& command_line, Progress& progress, const StopFlag& stop) {
  if (auto found = require_programs(plan, programs); !found) return std::unexpected(found.error());
  SessionOutcome outcome{.record = session_record(plan), .interrupted = false, .store_error = std::nullopt};
  auto& record = outcome.record;
  record.started_at_us = wall_clock_us();
  record.command_line = command_line;
  record.tool_version = HOTLAP_VERSION;
  record.environment = describe_host();
  if (auto begun = store.begin_session(record); !begun) return std::unexpected(begun.error());

  std::vector<CaseMemory> memories(plan.cases.size());
  for (std::size_t i = 0; i < plan.trials.size() && !stop && !outcome.store_error; ++i) {
    auto& trial = record.trials[i];
    const auto& planned = plan.cases[plan.trials[i].case_index];
    progress.begin_trial(plan, i);
    trial.started_at_us = wall_clock_us();
    if (auto started = store.start_trial(trial); !started) {
      outcome.store_error = started.error();
      break;
    }
    trial.state = TrialState::ok;
    run_trial(planned, plan.scenarios[planned.scenario].file, programs, stop, memories[plan.trials[i].case_index],
              trial);
    if (auto kept = keep(store, trial); !kept) outcome.store_error = kept.error();
    progress.end_trial(plan, i, trial);
  }
  progress.clear();
  outcome.interrupted = stop;
  record.status = outcome.interrupted ? "interrupted" : exit_code_of(outcome) == ExitCode::success ? "done" : "failed";
  record.finished_at_us = wall_clock_us();
  if (auto closed = close_session(store, outcome); !closed) outcome.store_error = closed.error();
  return outcome;
}

Result<void> close_session(results::Store& store, SessionOutcome& outcome) {
  if (outcome.store_error) return {};
  return store.finish_session(outcome.record);
}

}  // namespace hotlap::harness
