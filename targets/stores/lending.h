// How a store lends its links to pages, the same for every database: a link of its own for each page, the one that all
// pages share, or one of a pool, first come first served. What a link is, its factory knows.
#pragma once

#include <functional>
#include <memory>

#include "targets/stores/store.h"
#include "targets/stores/store_connections.h"

namespace hotlap::targets {

// A link on an event loop, which can be connected ahead of its use and closed after it.
class LoopLink : public Link {
 public:
  // Connects now instead of at the first operation.
  virtual void connect() = 0;
  // Ends the connection. Operations still unanswered are forgotten: their completions are destroyed, not called.
  virtual void close() noexcept = 0;
  [[nodiscard]] virtual bool has_unanswered() const noexcept = 0;
};

// Leases always succeed; what goes wrong is told by the operations. Links are made here and when per-request needs one
// more, and kept for the next lease. Of one event loop's thread; must outlive its leases.
[[nodiscard]] std::unique_ptr<Store> make_loop_store(const StoreConnections& connections,
                                                     std::function<std::unique_ptr<LoopLink>()> make_link);

// The factory's links answer before submit() returns. May be used by many threads at once: they take turns on the one
// link, and wait for a link of the pool.
[[nodiscard]] std::unique_ptr<Store> make_thread_store(const StoreConnections& connections,
                                                       std::function<std::unique_ptr<Link>()> make_link);

}  // namespace hotlap::targets
