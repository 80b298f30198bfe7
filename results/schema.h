// The schema's history: forward-only migrations, each in one transaction with PRAGMA user_version.
#pragma once

#include <span>
#include <string_view>

#include "results/sqlite.h"

namespace hotlap::results {

struct Migration {
  std::string_view name;
  std::string_view sql;
};

// Version n is what the first n of these make. schema.sql is the first.
[[nodiscard]] std::span<const Migration> schema_migrations();

// Brings `database` to the newest version. A newer schema or another program's database is refused and left as it is.
[[nodiscard]] Result<void> migrate(Database& database, std::span<const Migration> migrations);

}  // namespace hotlap::results
