// Stores that speak Tarantool's protocol: to hotlap-tuplestore and to the real Tarantool alike.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/socket.h"
#include "base/units.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/store.h"
#include "targets/stores/store_connections.h"

namespace hotlap::targets {

struct TupleStoreOptions {
  Address address;
  std::string user = "tesla";  // empty: as guest, without authentication
  std::string password = "secret";
  StoreConnections connections;
  Counter* calls = nullptr;  // counts the operations; outlives the store
  // For connecting and authenticating, and for each answer: the connection of an answer that did not come in time is
  // dropped, with everything asked over it. An async link notices within a quarter more.
  Nanos timeout = std::chrono::seconds(5);
};

// Links connect when they are first used (per-request: when they are leased), so a lease always succeeds and what goes
// wrong is told by the operations: with the database's code, or with code 0 when the link failed. A link that failed
// connects again at its next use, but refuses operations for a while first: 10 ms, doubled up to 200 ms.

// Of one event loop's thread. The store must live as long as the loop runs and pages hold leases of it.
[[nodiscard]] std::unique_ptr<Store> make_async_tuple_store(EventLoop& loop, const TupleStoreOptions& options);

// Every operation ends before submit() returns. May be used by many threads at once.
[[nodiscard]] std::unique_ptr<Store> make_blocking_tuple_store(const TupleStoreOptions& options);

// Connects, authenticates and calls hotlap_ready, which answers true once the data is provisioned (an open port says
// nothing: Tarantool opens it first). The error says how far it came.
[[nodiscard]] Result<void> ping_tuple_store(const TupleStoreOptions& options, Nanos timeout);

// How many operations clients have sent to it since it started, by its own count (hotlap_statistics, SENT): without
// pings, authentication and this question. A call is one operation, whatever it does.
[[nodiscard]] Result<std::uint64_t> ask_operations_sent(const TupleStoreOptions& options, Nanos timeout);

}  // namespace hotlap::targets
