#include "targets/stores/lending.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <expected>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace hotlap::targets {
namespace {

class IdleLink final : public Link {
 public:
  void carry_out(const Operation&, Completion done) override { done(Rows{}); }
};

constexpr StoreConnections kPoolOfTwo{StoreConnections::Kind::pool, 2};

std::unique_ptr<Store> pool_of_two() {
  return make_thread_store(kPoolOfTwo, [] { return std::make_unique<IdleLink>(); });
}

LinkLease lease_from(Store& store) {
  LinkLease leased;
  store.lease([&](std::expected<LinkLease, StoreError> lease) { leased = std::move(lease.value()); });
  return leased;
}

TEST(ThreadStore, LendsNoMoreLinksThanThePoolHas) {
  const auto store = pool_of_two();
  std::atomic<int> lent = 0, most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        const auto lease = lease_from(*store);
        const int now = ++lent;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
        --lent;
      }
    });
  threads.clear();
  EXPECT_LE(most, 2);
  EXPECT_GE(most, 1);
}

// Waking all that wait, for one to go on, costs a server with many threads nearly all of its time.
TEST(ThreadStore, ALinkThatComesBackWakesOneOfThoseThatWait) {
  constexpr int kThreads = 64;
  constexpr int kRounds = 20;
  const auto store = pool_of_two();
  std::atomic<long> switches = 0;
  std::latch all_here(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      all_here.arrive_and_wait();
      rusage before{}, after{};
      ::getrusage(RUSAGE_THREAD, &before);
      for (int round = 0; round < kRounds; ++round) {
        const auto lease = lease_from(*store);
        std::this_thread::yield();
      }
      ::getrusage(RUSAGE_THREAD, &after);
      switches += after.ru_nvcsw - before.ru_nvcsw;
    });
  threads.clear();
  // For each lease: to wait for the link, and perhaps for a mutex. Woken all together it would be up to 64.
  EXPECT_LT(switches, 6L * kThreads * kRounds);
}

}  // namespace
}  // namespace hotlap::targets
