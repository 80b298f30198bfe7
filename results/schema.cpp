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
                                        Migration{"policy of checks", kPolicyOfChecks}};
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
