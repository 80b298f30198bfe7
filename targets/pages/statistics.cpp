#include "targets/pages/statistics.h"

#include <array>
#include <utility>

#include "targets/pages/rows.h"

namespace hotlap::targets {

std::expected<Statistics, StoreError> read_statistics(Store& blocking_store) {
  const std::array operations = {
      Operation{.kind = OperationKind::select, .space = id_of(Space::server), .limit = 1, .key = {std::int64_t{1}}},
      Operation{.kind = OperationKind::call, .text = "box.space.stickers:count"},
      Operation{.kind = OperationKind::call, .text = "box.space.packs:count"}};
  std::array<Rows, 3> answers;
  std::optional<StoreError> failure;
  blocking_store.lease([&](std::expected<LinkLease, StoreError> link) {
    if (!link) {
      failure = link.error();
      return;
    }
    for (std::size_t number = 0; number < operations.size() && !failure; ++number)
      (*link)->submit(operations[number], [&](Outcome outcome) {
        if (!outcome)
          failure = outcome.error();
        else
          answers[number] = std::move(*outcome);
      });
  });
  if (failure) return std::unexpected(*failure);
  const auto figure = [&](std::size_t which, std::size_t field) {
    return answers[which].empty() ? 0 : number_at(answers[which].front(), field);
  };
  return Statistics{.stickers = figure(1, 0),
                    .packs = figure(2, 0),
                    .users = figure(0, 1),
                    .clicks = figure(0, 2),
                    .votes = figure(0, 3)};
}

Statistics CachedStatistics::read() const noexcept {
  const auto figure = [&](std::size_t which) { return figures_[which].load(std::memory_order_relaxed); };
  return {.stickers = figure(0), .packs = figure(1), .users = figure(2), .clicks = figure(3), .votes = figure(4)};
}

void CachedStatistics::write(const Statistics& statistics) noexcept {
  const std::array values = {statistics.stickers, statistics.packs, statistics.users, statistics.clicks,
                             statistics.votes};
  for (std::size_t which = 0; which < values.size(); ++which)
    figures_[which].store(values[which], std::memory_order_relaxed);
}

StatisticsRefresher::StatisticsRefresher(std::function<std::shared_ptr<Store>()> open, CachedStatistics& cache,
                                         Nanos period)
    : thread_([this, open = std::move(open), &cache, period](const std::stop_token& stop) {
        const auto store = open();
        std::unique_lock lock(mutex_);
        do {
          if (const auto statistics = read_statistics(*store)) cache.write(*statistics);
          stopped_.wait_for(lock, stop, period, [] { return false; });
        } while (!stop.stop_requested());
      }) {}

}  // namespace hotlap::targets
