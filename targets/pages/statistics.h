// The five figures of the About page: cached, and read anew in the background while the target serves.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/units.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

struct Statistics {
  std::int64_t stickers = 0;
  std::int64_t packs = 0;
  std::int64_t users = 0;
  std::int64_t clicks = 0;
  std::int64_t votes = 0;
  bool operator==(const Statistics&) const = default;
};

// Three operations, one after the other, as the article's handlers have it: the server's row, the number of stickers,
// the number of packs.
[[nodiscard]] std::expected<Statistics, StoreError> read_statistics(Store& blocking_store);

// One writer, any number of readers. A reader may see figures of two readings: they are counters, not a balance.
class CachedStatistics {
 public:
  [[nodiscard]] Statistics read() const noexcept;
  void write(const Statistics& statistics) noexcept;

 private:
  std::array<std::atomic<std::int64_t>, 5> figures_{};
};

// Reads the statistics at once and then every `period`, on a thread of its own, so that no engine has to know of it.
// What was cached stays when the store fails. `open` is called on that thread, and the store, which blocks, is given up
// there. The cache outlives this.
class StatisticsRefresher {
 public:
  StatisticsRefresher(std::function<std::shared_ptr<Store>()> open, CachedStatistics& cache, Nanos period);
  ~StatisticsRefresher() = default;  // stops and joins

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace hotlap::targets
