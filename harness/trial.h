// One trial: start services and target, verify the page, load it, stop everything, say what it came to.
// Whatever goes wrong is a state and a reason of this trial, never of the session.
#pragma once

#include <optional>
#include <string>

#include "base/process.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/rig.h"
#include "harness/session_watcher.h"
#include "harness/stop_flag.h"
#include "results/record.h"

namespace hotlap::harness {

// What was seen, for judge_trial.
struct TrialFacts {
  bool interrupted = false;
  std::string ended_early;               // "the target ended in mid-trial: killed by signal 11 …"; empty: nothing did
  bool target_ended = false;             // it was the target
  bool overdue = false;                  // the load had to be stopped because it did not end
  std::optional<ProcessExit> load_exit;  // none: never started
  std::string load_complaint;
  std::string unreadable;  // why a line of the load's output was not understood
  const load::Measurement* measurement = nullptr;
};

struct TrialJudgement {
  results::TrialState state = results::TrialState::ok;
  std::string reason;
};

// Pure. Interrupted → skipped; anything that ended early or went unmeasured → failed; figures not to be believed →
// invalid.
[[nodiscard]] TrialJudgement judge_trial(const TrialFacts& facts);

// Adds to a measurement what only the harness can know: whether both sides shared processors, and whether the target
// counted as many requests as the load (`verified`: those that the harness itself sent). Pure.
void cross_check(load::Measurement& measurement, bool shares_cpus,
                 const std::optional<results::TargetCounts>& counted_by_target, std::uint64_t verified);

// What the trials of one case know of their target from the first of them.
struct CaseMemory {
  bool pipelining_asked = false;
  std::string unfit;  // why no trial of this case can be measured; empty: none was found
};

// Carries it out and fills in `record`: state, reason, times, commands, log, CPU, measurement. The scenario tells where
// services' scripts are, and whether a crash is a result.
void run_trial(const PlannedCase& planned, const Scenario& scenario, const CaseGround& ground, const Programs& programs,
               const StopFlag& stop, CaseMemory& memory, SessionWatcher& watcher, results::TrialRecord& record);

}  // namespace hotlap::harness
