// One session: the plan carried out trial by trial, each written to the store before the next begins.
// Ends early, keeping everything finished, when the stop flag rises or the store can no longer be written.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/progress.h"
#include "harness/stop_flag.h"
#include "results/store.h"

namespace hotlap::harness {

struct SessionOutcome {
  results::SessionRecord record;
  bool interrupted = false;
  std::optional<Error> store_error;  // the session ran on paper only from here
};

// What a session of this record ends in, in this order: interrupted, store_failed, target_not_ready (no target at all),
// invalid_run (any trial that failed or is invalid), success. Pure.
[[nodiscard]] ExitCode exit_code_of(const SessionOutcome& outcome);

// Error only when the session could not even begin (the store, a missing program).
[[nodiscard]] Result<SessionOutcome> run_session(const Plan& plan, results::Store& store, const Programs& programs,
                                                 const std::string& command_line, Progress& progress,
                                                 const StopFlag& stop);
// After a verdict has been added to a finished session (check).
[[nodiscard]] Result<void> close_session(results::Store& store, SessionOutcome& outcome);

}  // namespace hotlap::harness
