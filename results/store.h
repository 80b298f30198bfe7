// Sessions in one SQLite file: planned rows first, then one transaction per trial, so that a kill at any moment loses
// at most the trial that was running. WAL; one writer. SQLite stays behind sqlite.h. Not thread-safe. Errors name the
// file, SQLite's reason and the remedy, with ExitCode::store_failed; a session that is asked for and not there is
// ExitCode::usage, a trial whose counters do not add up ExitCode::invalid_run. After an error nothing of the failed
// call is in the file, everything before it is.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "results/record.h"

namespace hotlap::results {

struct StoreOptions {
  bool create = true;                            // false: a missing file is an error, for commands that only read
  std::chrono::milliseconds busy_timeout{5000};  // how long another writer is waited for
};

class Store {
 public:
  // Creates the file (never its folder) or brings an older schema up to date; refuses a newer one.
  [[nodiscard]] static Result<Store> open(const std::string& path, const StoreOptions& options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Writes the session, its scenarios, cases and all planned trials in one transaction; fills in the ids, and the uuid
  // when it is empty. Before the call a trial names its case by the id that the caller gave the case, or, while cases
  // have no distinct ids (all 0), by the case's index; afterwards both hold the store's ids.
  [[nodiscard]] Result<void> begin_session(SessionRecord& session);
  // A trial that is about to start: state running.
  [[nodiscard]] Result<void> start_trial(TrialRecord& trial);
  // Everything about a finished trial in one transaction, in place of what is kept of it (one that was broken off is
  // planned again). Checks the counters' partition first.
  [[nodiscard]] Result<void> finish_trial(const TrialRecord& trial);
  // A trial that the plan did not foresee (another pair of a check); fills in its id.
  [[nodiscard]] Result<void> add_trial(std::int64_t session_id, TrialRecord& trial);
  [[nodiscard]] Result<void> finish_session(const SessionRecord& session);
  // A session that died or was stopped goes on, carried out by `session.runner`: trials that were running are planned
  // again as another attempt, and with `failed_too` those that failed or were passed over; their figures go.
  [[nodiscard]] Result<void> take_over(SessionRecord& session, bool failed_too);
  [[nodiscard]] Result<void> add_note(SessionRecord& session, SessionNote note);

  // Newest first, without trials' measurements: what `hotlap list` shows.
  struct SessionSummary {
    std::int64_t id = 0;
    std::string uuid, kind, status, scenarios, verdict, runner;
    std::int64_t started_at_us = 0;
    int trials_ok = 0, trials_planned = 0, trials_bad = 0;
  };
  [[nodiscard]] Result<std::vector<SessionSummary>> list_sessions();
  // One good trial of a scenario's case: what earlier ones say of how much the next will vary.
  struct CaseThroughput {
    std::int64_t session_id = 0;
    std::string label;  // of the case
    std::int64_t window_ns = 0;
    double throughput_per_s = 0;
  };
  // Trials that are in summaries, of the scenario of this name, newest session first; not those of checks.
  [[nodiscard]] Result<std::vector<CaseThroughput>> throughputs_of(const std::string& scenario);
  // Whole, with histograms. `which`: an id, a uuid prefix, or "last". Error names what there is instead.
  [[nodiscard]] Result<SessionRecord> load_session(const std::string& which);

 private:
  struct Connection;
  explicit Store(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace hotlap::results
