#include "results/rows.h"

namespace hotlap::results {

Result<void> insert_trial_row(Database& database, std::int64_t session_id, TrialRecord& trial) {
  auto inserted = database.run(
      "INSERT INTO trial(session_id, case_id, position, repetition, arm, pair, state, reason, excluded, attempt) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      session_id, trial.case_id, trial.position, trial.repetition, trial.arm, trial.pair, to_text(trial.state),
      trial.reason, trial.excluded ? 1 : 0, trial.attempt);
  if (inserted) trial.id = database.last_insert_id();
  return inserted;
}

Result<void> update_trial_row(Database& database, const TrialRecord& trial) {
  const auto counted = [&](auto which) -> std::optional<std::int64_t> {
    const std::optional<std::uint64_t> count =
        trial.target_counts ? which(*trial.target_counts) : std::optional<std::uint64_t>();
    return count ? std::optional(static_cast<std::int64_t>(*count)) : std::nullopt;
  };
  return database.run(
      "UPDATE trial SET state = ?, reason = ?, excluded = ?, started_at_us = ?, finished_at_us = ?, "
      "time_to_ready_ns = ?, target_command = ?, load_command = ?, target_log = ?, target_cpu_ns = ?, "
      "attempt = ?, crash_is_result = ?, time_to_first_response_ns = ?, harness_cpu_ns = ?, quiet_wait_ns = ?, "
      "busy_before = ?, "
      "target_requests = ?, target_store_calls = ?, target_syscalls = ?, database_calls = ? WHERE id = ?",
      to_text(trial.state), trial.reason, trial.excluded ? 1 : 0, trial.started_at_us, trial.finished_at_us,
      trial.time_to_ready_ns, trial.target_command, trial.load_command, trial.target_log, trial.target_cpu_ns,
      trial.attempt, trial.crash_is_result ? 1 : 0, trial.time_to_first_response_ns, trial.harness_cpu_ns,
      trial.quiet_wait_ns, trial.busy_before,
      counted([](const TargetCounts& counts) { return std::optional(counts.requests); }),
      counted([](const TargetCounts& counts) { return counts.store_calls; }),
      counted([](const TargetCounts& counts) { return counts.syscalls; }),
      trial.database_calls ? std::optional(static_cast<std::int64_t>(*trial.database_calls)) : std::nullopt, trial.id);
}

Result<void> read_trial_rows(Database& database, std::int64_t session_id, std::vector<TrialRecord>& trials) {
  auto read = database.query(
      "SELECT id, case_id, position, repetition, arm, pair, state, reason, excluded, started_at_us, finished_at_us, "
      "time_to_ready_ns, target_command, load_command, target_log, target_cpu_ns, attempt, crash_is_result, "
      "time_to_first_response_ns, harness_cpu_ns, quiet_wait_ns, busy_before, target_requests, target_store_calls, "
      "target_syscalls, database_calls "
      "FROM trial WHERE session_id = ? ORDER BY position, id",
      [&](const Statement& row) {
        TrialRecord trial;
        trial.id = row.integer(0);
        trial.case_id = row.integer(1);
        trial.position = row.small(2);
        trial.repetition = row.small(3);
        trial.arm = row.text(4);
        trial.pair = row.small(5);
        trial.state = parse_trial_state(row.text(6)).value_or(TrialState::failed);
        trial.reason = row.text(7);
        trial.excluded = row.integer(8) != 0;
        trial.started_at_us = row.integer(9);
        trial.finished_at_us = row.integer(10);
        trial.time_to_ready_ns = row.integer(11);
        trial.target_command = row.text(12);
        trial.load_command = row.text(13);
        trial.target_log = row.text(14);
        trial.target_cpu_ns = row.real(15);
        trial.attempt = row.small(16);
        trial.crash_is_result = row.integer(17) != 0;
        trial.time_to_first_response_ns = row.integer(18);
        trial.harness_cpu_ns = row.real(19);
        trial.quiet_wait_ns = row.integer(20);
        trial.busy_before = row.real(21);
        const auto maybe = [&](int column) {
          return row.is_null(column) ? std::nullopt : std::optional(row.count(column));
        };
        if (const auto requests = maybe(22))
          trial.target_counts = TargetCounts{.requests = *requests, .store_calls = maybe(23), .syscalls = maybe(24)};
        trial.database_calls = maybe(25);
        trials.push_back(std::move(trial));
        return Result<void>{};
      },
      session_id);
  if (!read) return read;
  if (auto services = read_service_rows(database, session_id, trials); !services) return services;
  if (auto resources = read_resource_rows(database, session_id, trials); !resources) return resources;
  return read_measurement_rows(database, session_id, trials);
}

}  // namespace hotlap::results
