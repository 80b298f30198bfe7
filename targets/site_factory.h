// Makes each worker's Site with what its pages use: a store, a sleeper, the statistics, the cache of the world.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "targets/engines/handler.h"
#include "targets/pages/session.h"
#include "targets/pages/statistics.h"
#include "targets/pages/techempower.h"
#include "targets/store_choice.h"

namespace hotlap::targets {

// Outlives the handlers that it makes. make() may be called from many threads, and in processes forked before its first
// call: until then no thread runs and no connection that a handler will use is open.
class SiteFactory {
 public:
  // Reads the statistics and the world once. `choice` outlives this; `loops`: whether the engine has event loops.
  SiteFactory(const StoreChoice& choice, OperationCount operations, bool loops);

  // `loop`: the worker's, null in engines that block.
  [[nodiscard]] std::unique_ptr<Handler> make(EventLoop* loop);

 private:
  [[nodiscard]] std::shared_ptr<Store> open_for_refresher() const;

  const StoreChoice& choice_;
  OperationCount operations_;
  std::uint64_t seed_;
  std::atomic<std::uint64_t> made_ = 0;
  std::shared_ptr<Store> shared_store_;  // of engines that block, and of an embedded database; null: one for each loop
  std::vector<World> worlds_;
  CachedStatistics statistics_;
  std::once_flag refresher_started_;
  std::optional<StatisticsRefresher> refresher_;
};

}  // namespace hotlap::targets
