// Stores in PostgreSQL, over libpq. The pages' operations become prepared statements on the tables of one schema
// (tables.h); the rows come back as the tuples that Tarantool would have answered.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/socket.h"
#include "base/units.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/postgres/tables.h"
#include "targets/stores/store.h"
#include "targets/stores/store_connections.h"

namespace hotlap::targets {

struct PostgresStoreOptions {
  Address address;
  std::string user = "tesla";
  std::string password = "secret";
  std::string database = "hotlap";
  postgres::Schema schema = postgres::Schema::relational;
  StoreConnections connections;
  Counter* calls = nullptr;  // counts the operations; outlives the store
  // For connecting and authenticating, and for each answer; an async link notices within a quarter more.
  Nanos timeout = std::chrono::seconds(5);
};

// As with the tuple store: links connect when they are first used (per-request: when they are leased), a lease always
// succeeds, and what goes wrong is told by the operations, with code 0 when the link failed.

// Of one event loop's thread. The store must live as long as the loop runs and pages hold leases of it.
[[nodiscard]] std::unique_ptr<Store> make_async_postgres_store(EventLoop& loop, const PostgresStoreOptions& options);

// Every operation ends before submit() returns. May be used by many threads at once.
[[nodiscard]] std::unique_ptr<Store> make_blocking_postgres_store(const PostgresStoreOptions& options);

// Logs in and reads the row that provisioning writes last. The error says how far it came.
[[nodiscard]] Result<void> ping_postgres_store(const PostgresStoreOptions& options, Nanos timeout);

}  // namespace hotlap::targets
