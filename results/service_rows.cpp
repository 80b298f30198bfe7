#include <map>

#include "results/rows.h"

namespace hotlap::results {

Result<void> write_service_rows(Database& database, const TrialRecord& trial) {
  Steps steps(database);
  int position = 0;
  for (const auto& one : trial.services)
    steps.run(
        "INSERT INTO trial_service(trial_id, position, name, front, command, configuration_sha256) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        trial.id, position++, one.name, one.front ? 1 : 0, one.command, one.configuration_sha256);
  return steps.result();
}

Result<void> read_service_rows(Database& database, std::int64_t session_id, std::vector<TrialRecord>& trials) {
  std::map<std::int64_t, TrialRecord*> by_id;
  for (auto& trial : trials) by_id[trial.id] = &trial;
  return database.query(
      "SELECT x.trial_id, x.name, x.front, x.command, x.configuration_sha256 "
      "FROM trial_service x JOIN trial t ON t.id = x.trial_id WHERE t.session_id = ? ORDER BY x.trial_id, x.position",
      [&](const Statement& row) {
        by_id.at(row.integer(0))
            ->services.push_back({.name = row.text(1),
                                  .front = row.integer(2) != 0,
                                  .command = row.text(3),
                                  .configuration_sha256 = row.text(4)});
        return Result<void>{};
      },
      session_id);
}

}  // namespace hotlap::results
