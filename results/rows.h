// Records as rows: how each value of record.h is written and read back. Callers hold the transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/record.h"
#include "results/sqlite.h"

namespace hotlap::results {

// The session's own row with its environment, scenarios and cases; fills in their ids. Trials are not written.
[[nodiscard]] Result<void> write_session_rows(Database& database, SessionRecord& session);
[[nodiscard]] Result<void> read_session_rows(Database& database, std::int64_t id, SessionRecord& session);

// A trial's plan; fills in its id.
[[nodiscard]] Result<void> insert_trial_row(Database& database, std::int64_t session_id, TrialRecord& trial);
// What became of it.
[[nodiscard]] Result<void> update_trial_row(Database& database, const TrialRecord& trial);
// What it measured, if anything: counters, histograms, errors, series and derived metrics.
[[nodiscard]] Result<void> write_measurement_rows(Database& database, const TrialRecord& trial);
// What was used while it was measured.
[[nodiscard]] Result<void> write_resource_rows(Database& database, const TrialRecord& trial);
[[nodiscard]] Result<void> read_resource_rows(Database& database, std::int64_t session_id,
                                              std::vector<TrialRecord>& trials);
// Services and fronts as they ran.
[[nodiscard]] Result<void> write_service_rows(Database& database, const TrialRecord& trial);
[[nodiscard]] Result<void> read_service_rows(Database& database, std::int64_t session_id,
                                             std::vector<TrialRecord>& trials);
// The trial is planned again: what an earlier attempt measured goes.
[[nodiscard]] Result<void> erase_measurement_rows(Database& database, std::int64_t trial_id);
// Both of them.
[[nodiscard]] Result<void> read_trial_rows(Database& database, std::int64_t session_id,
                                           std::vector<TrialRecord>& trials);
// Fills in what the session's trials measured.
[[nodiscard]] Result<void> read_measurement_rows(Database& database, std::int64_t session_id,
                                                 std::vector<TrialRecord>& trials);

}  // namespace hotlap::results
