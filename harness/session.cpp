#include "harness/session.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "harness/preparation.h"
#include "harness/provenance.h"
#include "harness/runner.h"
#include "harness/series.h"
#include "harness/trial.h"
#include "results/claim_verdict.h"
#include "results/environment.h"

namespace hotlap::harness {

using results::TrialState;

bool SessionOutcome::complete() const noexcept {
  return std::ranges::none_of(record.trials, [](const auto& trial) { return trial.state == TrialState::planned; });
}

ExitCode exit_code_of(const SessionOutcome& outcome) {
  if (outcome.interrupted) return ExitCode::interrupted;
  if (outcome.store_error) return ExitCode::store_failed;
  if (!outcome.gave_up.empty()) return ExitCode::target_not_ready;
  const auto& trials = outcome.record.trials;
  const auto expected = results::expected_failures(outcome.record);
  const auto is_bad = [&](const auto& trial) {
    return ((trial.state == TrialState::failed && !trial.crash_is_result) || trial.state == TrialState::invalid) &&
           !expected.contains(trial.position);
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

// A trial that was stopped in the middle has not happened: it is planned again.
void plan_again(results::TrialRecord& trial) {
  trial.state = TrialState::planned;
  trial.reason.clear();
  ++trial.attempt;
  trial.measurement.reset();
}

// The target of this trial never got ready, nor did it in any other trial of its case.
bool never_gets_ready(const std::vector<results::TrialRecord>& trials, const results::TrialRecord& trial) {
  if (trial.state != TrialState::failed) return false;
  return std::ranges::none_of(
      trials, [&](const auto& other) { return other.case_id == trial.case_id && other.time_to_ready_ns > 0; });
}

void carry_out(const Plan& plan, const Preparation& prepared, results::Store& store, const Programs& programs,
               SessionWatcher& watcher, const StopSignals& stop, SessionOutcome& outcome) {
  auto& record = outcome.record;
  std::vector<CaseMemory> memories(plan.cases.size());
  watcher.session_begins(plan, record);
  for (std::size_t i = 0; i < plan.trials.size(); ++i) {
    auto& trial = record.trials[i];
    if (trial.state != TrialState::planned) continue;
    if (stop.any() || outcome.store_error || !outcome.gave_up.empty()) break;
    const auto& planned = plan.cases[plan.trials[i].case_index];
    if (auto reason = series_ended_before(plan, record.trials, i)) {
      trial.state = TrialState::skipped;
      trial.reason = std::move(*reason);
    } else if (const auto& why_not = prepared.why_not(plan.trials[i].case_index); !why_not.empty()) {
      trial.state = TrialState::skipped;
      trial.reason = why_not;
    } else {
      watcher.trial_begins(plan, i);
      trial.started_at_us = wall_clock_us();
      if (auto started = store.start_trial(trial); !started) {
        outcome.store_error = started.error();
        break;
      }
      trial.state = TrialState::ok;
      run_trial(planned, plan.scenarios[planned.scenario], prepared.ground(plan.trials[i].case_index), programs,
                stop.now, memories[plan.trials[i].case_index], watcher, trial);
    }
    const bool undone = stop.now && trial.state == TrialState::skipped;
    if (undone) {
      watcher.trial_ends(plan, i, trial);
      plan_again(trial);
    }
    if (auto kept = keep(store, trial); !kept) outcome.store_error = kept.error();
    if (!undone) watcher.trial_ends(plan, i, trial);  // what is told to be finished is in the store
    if (!record.keep_going && never_gets_ready(record.trials, trial))
      outcome.gave_up = fmt::format("case '{}': {}", printable(planned.label), trial.reason);
  }
  outcome.interrupted = stop.now || (stop.after_trial && !outcome.complete());
  const auto code = exit_code_of(outcome);
  record.status = outcome.interrupted ? "interrupted" : code == ExitCode::success ? "done" : "failed";
  record.finished_at_us = wall_clock_us();
  if (auto closed = close_session(store, outcome); !closed) outcome.store_error = closed.error();
  watcher.session_ends(record, exit_code_of(outcome));
}

std::string working_folder() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

Result<void> may_go_on(const results::SessionRecord& record, const ResumeOptions& options) {
  if (still_runs(record.runner))
    return fail(fmt::format("session {} is being carried out by process {}; wait for it, or stop it first", record.id,
                            pid_of(record.runner)),
                ExitCode::usage);
  if (!options.force && working_folder() != record.folder)
    return fail(fmt::format("session {} was started in {}, where its relative paths begin; resume it there, or with "
                            "--force here",
                            record.id, record.folder.empty() ? "an unknown folder" : record.folder),
                ExitCode::usage);
  return {};
}

Result<Preparation> prepare(const Plan& plan, const Programs& programs, bool strict_needs, SessionWatcher& watcher,
                            const StopSignals& stop) {
  Machine machine;
  return Preparation::make(
      plan, programs, machine, stop.now,
      {.strict_needs = strict_needs, .say = [&](std::string_view what) { watcher.preparing(what); }});
}

results::Facts environment_of(const Plan& plan, const Programs& programs, const Preparation& prepared) {
  auto facts = describe_environment(plan, programs);
  facts.insert(facts.end(), prepared.facts().begin(), prepared.facts().end());
  return facts;
}

}  // namespace

Result<SessionOutcome> run_session(const Plan& plan, results::Store& store, const Programs& programs,
                                   const SessionOptions& options, SessionWatcher& watcher, const StopSignals& stop) {
  const auto prepared = prepare(plan, programs, options.strict_needs, watcher, stop);
  if (!prepared) return std::unexpected(prepared.error());
  SessionOutcome outcome{.record = session_record(plan), .store_error = std::nullopt, .gave_up = {}};
  auto& record = outcome.record;
  record.started_at_us = wall_clock_us();
  record.command_line = options.command_line;
  record.folder = working_folder();
  record.runner = runner_of(::getpid());
  record.keep_going = options.keep_going;
  record.claim_policy = options.claims;
  record.tool_version = HOTLAP_VERSION;
  record.environment = environment_of(plan, programs, *prepared);
  if (auto begun = store.begin_session(record); !begun) return std::unexpected(begun.error());
  carry_out(plan, *prepared, store, programs, watcher, stop, outcome);
  return outcome;
}

Result<SessionOutcome> resume_session(const Plan& plan, results::SessionRecord record, results::Store& store,
                                      const Programs& programs, const ResumeOptions& options, SessionWatcher& watcher,
                                      const StopSignals& stop) {
  if (auto free = may_go_on(record, options); !free) return std::unexpected(free.error());
  const auto prepared = prepare(plan, programs, record.kind == "check", watcher, stop);
  if (!prepared) return std::unexpected(prepared.error());
  const auto changed =
      results::to_text(results::environment_differences(record.environment, environment_of(plan, programs, *prepared)));
  if (!changed.empty() && !options.force)
    return fail(fmt::format("session {} would mix what cannot be compared: {}; run the scenario anew, or go on with "
                            "--force, and the report will say so",
                            record.id, changed),
                ExitCode::invalid_run);
  SessionOutcome outcome{.record = std::move(record), .store_error = std::nullopt, .gave_up = {}};
  outcome.record.runner = runner_of(::getpid());
  outcome.record.keep_going |= options.keep_going;
  if (auto taken = store.take_over(outcome.record, options.failed_too); !taken) return std::unexpected(taken.error());
  if (!changed.empty()) {
    const results::SessionNote note{wall_clock_us(),
                                    "resumed although something had changed, so figures of before and after are not "
                                    "alike: " +
                                        changed};
    if (auto noted = store.add_note(outcome.record, note); !noted) return std::unexpected(noted.error());
  }
  carry_out(plan, *prepared, store, programs, watcher, stop, outcome);
  return outcome;
}

Result<void> close_session(results::Store& store, SessionOutcome& outcome) {
  if (outcome.store_error) return {};
  return store.finish_session(outcome.record);
}

}  // namespace hotlap::harness
