#include <map>
#include <optional>
#include <type_traits>

#include "results/rows.h"

namespace hotlap::results {
namespace {

template <class T>
std::optional<std::int64_t> count_of(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  if constexpr (std::is_same_v<T, Nanos>)
    return value->count();
  else
    return static_cast<std::int64_t>(*value);
}

}  // namespace

Result<void> write_resource_rows(Database& database, const TrialRecord& trial) {
  Steps steps(database);
  int position = 0;
  for (const auto& one : trial.resources)
    steps.run(
        "INSERT INTO resource_sample(trial_id, position, side, at_ns, span_ns, cpu_ns, resident_bytes, "
        "proportional_bytes, voluntary_switches, involuntary_switches, syscalls, steal_ns, throttled_ns) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        trial.id, position++, one.side, one.at.count(), one.span.count(), one.cpu.count(), count_of(one.resident_bytes),
        count_of(one.proportional_bytes), count_of(one.voluntary_switches), count_of(one.involuntary_switches),
        count_of(one.syscalls), count_of(one.steal), count_of(one.throttled));
  return steps.result();
}

Result<void> read_resource_rows(Database& database, std::int64_t session_id, std::vector<TrialRecord>& trials) {
  std::map<std::int64_t, TrialRecord*> by_id;
  for (auto& trial : trials) by_id[trial.id] = &trial;
  return database.query(
      "SELECT x.trial_id, x.side, x.at_ns, x.span_ns, x.cpu_ns, x.resident_bytes, x.proportional_bytes, "
      "x.voluntary_switches, x.involuntary_switches, x.syscalls, x.steal_ns, x.throttled_ns "
      "FROM resource_sample x JOIN trial t ON t.id = x.trial_id WHERE t.session_id = ? ORDER BY x.trial_id, x.position",
      [&](const Statement& row) {
        const auto maybe = [&](int column) {
          return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
        };
        const auto nanos = [&](int column) {
          return row.is_null(column) ? std::nullopt : std::optional(Nanos(row.integer(column)));
        };
        const auto count = [&](int column) {
          return row.is_null(column) ? std::nullopt : std::optional(row.count(column));
        };
        by_id.at(row.integer(0))
            ->resources.push_back({.side = row.text(1),
                                   .at = Nanos(row.integer(2)),
                                   .span = Nanos(row.integer(3)),
                                   .cpu = Nanos(row.integer(4)),
                                   .resident_bytes = maybe(5),
                                   .proportional_bytes = maybe(6),
                                   .voluntary_switches = count(7),
                                   .involuntary_switches = count(8),
                                   .syscalls = count(9),
                                   .steal = nanos(10),
                                   .throttled = nanos(11)});
        return Result<void>{};
      },
      session_id);
}

}  // namespace hotlap::results
