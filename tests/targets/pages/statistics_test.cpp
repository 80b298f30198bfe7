#include "targets/pages/statistics.h"

#include <gtest/gtest.h>

#include "tests/targets/pages/site_client.h"

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;

TEST(Statistics, AreReadByThreeOperations) {
  CountingStore store(embedded_store());
  const auto statistics = read_statistics(store);
  ASSERT_TRUE(statistics);
  EXPECT_EQ(store.operations.size(), 3U);
  EXPECT_EQ(statistics->stickers, 16'200);
  EXPECT_EQ(statistics->packs, 600);
}

TEST(Statistics, TheCacheGivesBackWhatWasWritten) {
  CachedStatistics cache;
  EXPECT_EQ(cache.read(), Statistics{});
  const Statistics written{.stickers = 1, .packs = 2, .users = 3, .clicks = 4, .votes = 5};
  cache.write(written);
  EXPECT_EQ(cache.read(), written);
}

// For a refresher; it stays ours.
std::function<std::shared_ptr<Store>()> lent(Store& store) {
  return [&store] { return std::shared_ptr<Store>(&store, [](Store*) {}); };
}

// Polls, with a bound, what another thread is to bring about.
template <class Condition>
bool comes_true(Condition condition) {
  for (int time = 0; time < 2000; ++time) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(Statistics, AreReadAgainAndAgainInTheBackground) {
  auto& store = embedded_store();
  CachedStatistics cache;
  const StatisticsRefresher refresher(lent(store), cache, 1ms);
  EXPECT_TRUE(comes_true([&] { return cache.read().stickers == 16'200; }));
  const auto clicks = cache.read().clicks;
  (void)first_row(store, {.kind = OperationKind::update,
                          .space = std::to_underlying(Space::server),
                          .key = {std::int64_t{1}},
                          .changes = {{'+', 2, std::int64_t{7}}}});
  EXPECT_TRUE(comes_true([&] { return cache.read().clicks == clicks + 7; }));
}

// Else this test runs into its time limit.
TEST(Statistics, TheRefresherEndsWithoutWaitingForItsPeriod) {
  CachedStatistics cache;
  {
    const StatisticsRefresher refresher(lent(embedded_store()), cache, 1h);
  }
}

}  // namespace
}  // namespace hotlap::targets
