#include "results/schema.h"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "results/schema_sql.h"

namespace hotlap::results {
namespace {

constexpr std::int64_t kApplicationId = 0x484c4150;  // "HLAP", in the file's head; other databases have 0 or their own

// Version 2. The defaults are what every session before it was judged or at least reported by.
constexpr std::string_view kPolicyOfChecks = R"sql(
ALTER TABLE session ADD COLUMN check_alpha REAL NOT NULL DEFAULT 0.01;
ALTER TABLE session ADD COLUMN check_min_effect REAL NOT NULL DEFAULT 0.02; -- share, not per cent
ALTER TABLE session ADD COLUMN check_fail_effect REAL NOT NULL DEFAULT 0.05;
UPDATE metric_def
SET title = 'from starting the target to its ready line, or to the first answer of another program''s ready page'
WHERE key = 'time_to_ready_ns';
)sql";

// Version 3: everything that a measurement says. Rows of older sessions keep what they have; what nobody measured then
// stays at a default that says so (no answers, no histogram), and percentiles that too few values stand behind go.
constexpr std::string_view kWholeMeasurement = R"sql(
CREATE TABLE histogram_of_any_kind(
  id INTEGER PRIMARY KEY, trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK(kind <> ''), -- service, response, send_lag, service_at_least, first_byte …
  part TEXT NOT NULL DEFAULT '', -- which of several: the class of service_by_class; the position of a request or error
  codec TEXT NOT NULL CHECK(codec IN ('hdr-v2-zlib')), count INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE(trial_id, kind, part)) STRICT;
INSERT INTO histogram_of_any_kind(id, trial_id, kind, codec, count, data)
  SELECT id, trial_id, kind, codec, count, data FROM histogram;
DROP TABLE histogram;
ALTER TABLE histogram_of_any_kind RENAME TO histogram;

CREATE TABLE trial_request(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
  sent INTEGER NOT NULL, answered INTEGER NOT NULL, good INTEGER NOT NULL, failed INTEGER NOT NULL,
  timed_out INTEGER NOT NULL, in_flight_at_end INTEGER NOT NULL,
  PRIMARY KEY(trial_id, position)) STRICT, WITHOUT ROWID;

ALTER TABLE measurement ADD COLUMN answers_least INTEGER NOT NULL DEFAULT 0; -- per connection, in the window
ALTER TABLE measurement ADD COLUMN answers_median INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN answers_most INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN fairness REAL NOT NULL DEFAULT 1; -- Jain's index; says nothing where answers_most is 0
ALTER TABLE measurement ADD COLUMN arrivals TEXT NOT NULL DEFAULT '';
ALTER TABLE measurement ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN never_sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN transport TEXT NOT NULL DEFAULT 'epoll'; -- the only one until then
ALTER TABLE measurement ADD COLUMN thread_use_json TEXT NOT NULL DEFAULT '[]'; -- [{user_ns, system_ns, waited_ns}]
ALTER TABLE measurement ADD COLUMN steal_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN throttled_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE measurement ADD COLUMN audit_paired INTEGER; -- NULL: no audit
ALTER TABLE measurement ADD COLUMN audit_unpaired INTEGER;

ALTER TABLE trial_error ADD COLUMN first_at_ns INTEGER; -- from the start of the window
ALTER TABLE series ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN bytes_received INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN service_time_hdr BLOB NOT NULL DEFAULT x''; -- hdr-v2-zlib; empty: nothing in this second
ALTER TABLE series ADD COLUMN response_time_hdr BLOB NOT NULL DEFAULT x'';
ALTER TABLE series ADD COLUMN send_lag_hdr BLOB NOT NULL DEFAULT x'';

DELETE FROM trial_metric WHERE (trial_id, metric_id) IN (
  SELECT h.trial_id, d.id FROM histogram h
  JOIN (SELECT '%_p50_ns' AS pattern, 20 AS least UNION ALL SELECT '%_p90_ns', 100
        UNION ALL SELECT '%_p99_ns', 1000 UNION ALL SELECT '%_p99_9_ns', 10000) p ON h.count < p.least
  JOIN metric_def d ON d.key LIKE h.kind || p.pattern);
)sql";

// Version 4: sessions that go on after the harness has died.
constexpr std::string_view kResumableSessions = R"sql(
ALTER TABLE session ADD COLUMN folder TEXT NOT NULL DEFAULT ''; -- empty: not known, so it cannot go on
ALTER TABLE session ADD COLUMN runner TEXT NOT NULL DEFAULT ''; -- pid, its start in ticks since boot, boot id
ALTER TABLE session ADD COLUMN keep_going INTEGER NOT NULL DEFAULT 1 CHECK(keep_going IN (0, 1)); -- they all did
CREATE TABLE session_note(
  session_id INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  at_us INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY(session_id, position)) STRICT, WITHOUT ROWID;
ALTER TABLE scenario ADD COLUMN file TEXT NOT NULL DEFAULT '';
ALTER TABLE trial ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE trial ADD COLUMN crash_is_result INTEGER NOT NULL DEFAULT 0 CHECK(crash_is_result IN (0, 1));
)sql";

// Version 5: claims of every kind in place of published ratios. Older rows stay as they are: claim_json.h reads both.
constexpr std::string_view kClaims = R"sql(
ALTER TABLE scenario RENAME COLUMN published_ratios_json TO claims_json;
)sql";

// Version 6: from the target's start to the first answer of the page that is measured.
constexpr std::string_view kFirstResponse = R"sql(
ALTER TABLE trial ADD COLUMN time_to_first_response_ns INTEGER NOT NULL DEFAULT 0; -- 0: not known
INSERT INTO metric_def(key, unit, better, title) VALUES
  ('time_to_first_response_ns', 'ns', 'lower', 'from starting the target to the first answer of the measured page');
)sql";

// Version 7: what both sides and the machine used, second by second.
constexpr std::string_view kResources = R"sql(
CREATE TABLE resource_sample(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  side TEXT NOT NULL, -- target, load, machine, or a service
  at_ns INTEGER NOT NULL, -- the end of the stretch, from the start of the window
  span_ns INTEGER NOT NULL, cpu_ns INTEGER NOT NULL,
  resident_bytes INTEGER, proportional_bytes INTEGER, voluntary_switches INTEGER, involuntary_switches INTEGER,
  steal_ns INTEGER, throttled_ns INTEGER,
  PRIMARY KEY(trial_id, position)) STRICT, WITHOUT ROWID;
ALTER TABLE measurement ADD COLUMN warm_up_ns INTEGER NOT NULL DEFAULT 0; -- as it was; 0 in older sessions
ALTER TABLE trial ADD COLUMN harness_cpu_ns REAL NOT NULL DEFAULT 0; -- of hotlap in the window
ALTER TABLE trial ADD COLUMN target_requests INTEGER; -- what hotlap-target counted in its whole life, by its last line
ALTER TABLE trial ADD COLUMN target_store_calls INTEGER;
ALTER TABLE trial ADD COLUMN target_syscalls INTEGER;
ALTER TABLE trial ADD COLUMN quiet_wait_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trial ADD COLUMN busy_before REAL NOT NULL DEFAULT 0; -- processors that others kept busy at its start
INSERT INTO metric_def(key, unit, better, title) VALUES
  ('store_calls_per_request', '1', 'none', 'operations that hotlap-target sent to its database, per request it counted'),
  ('target_syscalls_per_request', '1', 'lower', 'system calls of hotlap-target''s engine, per request it counted');
)sql";

// Version 8: what the database itself says it was asked.
constexpr std::string_view kDatabaseCalls = R"sql(
ALTER TABLE trial ADD COLUMN database_calls INTEGER; -- under the whole load, by the database's count; NULL: none counts
INSERT INTO metric_def(key, unit, better, title) VALUES
  ('database_calls_per_request', '1', 'none', 'operations that the database counted under the load, per answer');
)sql";

// Version 9: a session that goes on is held to what its file asks of its claims.
constexpr std::string_view kClaimPolicy = R"sql(
ALTER TABLE session ADD COLUMN claim_policy TEXT NOT NULL DEFAULT 'report'
  CHECK(claim_policy IN ('report', 'must_not_differ', 'must_agree'));
)sql";

// Version 10: how services and fronts were started.
constexpr std::string_view kServiceRuns = R"sql(
CREATE TABLE trial_service(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  name TEXT NOT NULL, front INTEGER NOT NULL CHECK(front IN (0, 1)), command TEXT NOT NULL,
  configuration_sha256 TEXT NOT NULL, -- '': it has none that it told of
  PRIMARY KEY(trial_id, position)) STRICT, WITHOUT ROWID;
)sql";

// Version 11: system calls of programs that publish them, second by second.
constexpr std::string_view kSystemCalls = R"sql(
ALTER TABLE resource_sample ADD COLUMN syscalls INTEGER; -- NULL: not published
UPDATE metric_def SET title = 'system calls of hotlap-target and its stores, per request it counted'
  WHERE key = 'target_syscalls_per_request';
)sql";

// The version to start from.
Result<std::int64_t> examine(Database& database, std::int64_t newest) {
  const auto version = database.integer("PRAGMA user_version");
  const auto application = version ? database.integer("PRAGMA application_id") : version;
  const auto objects = application ? database.integer("SELECT count(*) FROM sqlite_schema") : application;
  if (!objects) return std::unexpected(objects.error());
  if (*objects > 0 && *application != kApplicationId)
    return fail(fmt::format("database '{}' belongs to another program; choose another file with --db", database.path()),
                ExitCode::store_failed);
  if (*version > newest)
    return fail(
        fmt::format("database '{}' has schema version {}, this hotlap knows up to {}; use the hotlap that wrote "
                    "it or a newer one, or choose another file with --db",
                    database.path(), *version, newest),
        ExitCode::store_failed);
  return *version;
}

}  // namespace

std::span<const Migration> schema_migrations() {
  static const std::array migrations = {Migration{"first schema", kSchemaSql},
                                        Migration{"policy of checks", kPolicyOfChecks},
                                        Migration{"the whole measurement", kWholeMeasurement},
                                        Migration{"resumable sessions", kResumableSessions},
                                        Migration{"claims", kClaims},
                                        Migration{"first response", kFirstResponse},
                                        Migration{"resources", kResources},
                                        Migration{"calls by the database's count", kDatabaseCalls},
                                        Migration{"policy of claims", kClaimPolicy},
                                        Migration{"services as they ran", kServiceRuns},
                                        Migration{"system calls by second", kSystemCalls}};
  return migrations;
}

Result<void> migrate(Database& database, std::span<const Migration> migrations) {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  const auto seen = examine(database, newest);
  if (!seen) return std::unexpected(seen.error());
  if (auto mode = database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
      !mode)
    return mode;
  if (*seen == newest) return {};

  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  const auto version = examine(database, newest);  // another process may have been faster
  if (!version) return std::unexpected(version.error());
  for (std::int64_t next = *version; next < newest; ++next) {
    const auto& migration = migrations[static_cast<std::size_t>(next)];
    if (auto applied = database.execute(std::string(migration.sql)); !applied) return applied;
    if (auto noted = database.run("INSERT INTO schema_migration(version, name, applied_at_us) VALUES(?, ?, ?)",
                                  next + 1, migration.name, wall_clock_us());
        !noted)
      return noted;
  }
  if (auto marked =
          database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, newest));
      !marked)
    return marked;
  return transaction->commit();
}

}  // namespace hotlap::results
