// One session: the plan carried out trial by trial, each written to the store before the next begins.
// Ends early, keeping everything finished, when it is asked to stop, when the store can no longer be written, and,
// unless told to keep going, when the target of a case never gets ready. What did not run stays planned, for resume.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/session_watcher.h"
#include "harness/stop_flag.h"
#include "results/store.h"

namespace hotlap::harness {

struct SessionOptions {
  std::string command_line;
  bool keep_going = false;
  bool strict_needs = false;  // a case that lacks a program is an error, not skipped
  results::ClaimPolicy claims = results::ClaimPolicy::report;
};

struct ResumeOptions {
  bool keep_going = false;  // also when the session did not say so
  bool failed_too = false;  // run the trials that failed once more
  bool force = false;       // although the machine or a program has changed; the session keeps a note of it
};

struct SessionOutcome {
  results::SessionRecord record;
  bool interrupted = false;
  std::optional<Error> store_error;              // the session ran on paper only from here
  std::string gave_up;                           // why it ended before its plan did, when nobody stopped it
  [[nodiscard]] bool complete() const noexcept;  // no trial is left planned
};

// What a session of this record ends in, in this order: interrupted, store_failed, target_not_ready (it gave up on a
// target, or none got ready at all), invalid_run (any trial that failed or is invalid), success. A crash that is a
// result is no failure, nor is one that a claim expects. Pure.
[[nodiscard]] ExitCode exit_code_of(const SessionOutcome& outcome);

// Error only when the session could not even begin (the store, a revision that cannot be built, a missing program of
// ours). A case that lacks another program is skipped, or with `strict_needs` an error too.
[[nodiscard]] Result<SessionOutcome> run_session(const Plan& plan, results::Store& store, const Programs& programs,
                                                 const SessionOptions& options, SessionWatcher& watcher,
                                                 const StopSignals& stop);
// Goes on with a session that did not come to its end; `plan` is plan_of_session(record). Error when another process
// carries it out, when the folder is another one, and when the machine or a program is not what it was (see force).
[[nodiscard]] Result<SessionOutcome> resume_session(const Plan& plan, results::SessionRecord record,
                                                    results::Store& store, const Programs& programs,
                                                    const ResumeOptions& options, SessionWatcher& watcher,
                                                    const StopSignals& stop);
// After a verdict has been added to a finished session (check).
[[nodiscard]] Result<void> close_session(results::Store& store, SessionOutcome& outcome);

}  // namespace hotlap::harness
