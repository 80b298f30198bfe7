// A store is killed under load and comes back: every operation ends, with its own answer or with a reason, and all
// links work again without anyone's help.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/program_path.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

constexpr int kPages = 48;

// Asks one thing after the other, each with a number of its own, as a page's operations would.
class Page {
 public:
  Page(EventLoop& loop, Store& store, std::int64_t first) : loop_(loop), store_(store), number_(first) {}
  void ask() {
    under_way_ = true;
    store_.lease([this](std::expected<LinkLease, StoreError> lease) {
      ASSERT_TRUE(lease) << lease.error().message;
      lease_ = std::move(*lease);
      lease_->submit({.kind = OperationKind::eval, .tuple = {++number_}, .text = "return ..."},
                     [this](const Outcome& outcome) { take(outcome); });
    });
  }
  void take(const Outcome& outcome) {
    under_way_ = false;
    if (outcome) {
      EXPECT_EQ(*outcome, (Rows{{number_}})) << "another's answer";
      ++answered;
    } else {
      EXPECT_FALSE(outcome.error().message.empty());
      ++refused;
    }
    // Not from within the completion: a store that refuses at once would be asked ever deeper.
    loop_.after(std::chrono::milliseconds(outcome ? 0 : 1), [this] {
      lease_.reset();
      if (!ended) ask();
    });
  }
  [[nodiscard]] bool under_way() const noexcept { return under_way_; }

  int answered = 0;
  int refused = 0;
  bool ended = false;

 private:
  EventLoop& loop_;
  Store& store_;
  std::int64_t number_;
  LinkLease lease_;
  bool under_way_ = false;
};

using Case = std::tuple<const char*, const char*>;
class Outage : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const bool real = std::string(std::get<0>(GetParam())) == "tarantool";
    if (real && !find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
    auto server = real ? RunningStore::tarantool() : RunningStore::tuplestore();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  std::unique_ptr<RunningStore> server_;
};

TEST_P(Outage, PagesOfAnEventLoop) {
  EventLoop loop;
  const auto store = make_async_tuple_store(loop, server_->options(std::get<1>(GetParam())));
  std::vector<std::unique_ptr<Page>> pages;
  for (int page = 0; page < kPages; ++page)
    pages.push_back(std::make_unique<Page>(loop, *store, std::int64_t{page} * 1'000'000'000));
  for (auto& page : pages) page->ask();
  const auto all = [&](auto&& holds) {
    return run_until(loop, [&] { return std::ranges::all_of(pages, [&](const auto& page) { return holds(*page); }); });
  };
  EXPECT_TRUE(all([](const Page& page) { return page.answered >= 20; }));
  server_->signal(SIGKILL);
  EXPECT_TRUE(all([](const Page& page) { return page.refused >= 2; }));
  const auto restarted = server_->restart();
  ASSERT_TRUE(restarted) << restarted.error().message;
  for (auto& page : pages) page->answered = 0;
  EXPECT_TRUE(all([](const Page& page) { return page.answered >= 20; }));
  for (auto& page : pages) page->ended = true;
  EXPECT_TRUE(all([](const Page& page) { return !page.under_way(); }));
  loop.run([done = false]() mutable { return std::exchange(done, true); });
}

TEST_P(Outage, PagesOnThreads) {
  const auto store = make_blocking_tuple_store(server_->options(std::get<1>(GetParam())));
  constexpr int kThreads = 6;
  std::atomic<bool> ended = false;
  std::atomic<int> answered[kThreads] = {};
  std::atomic<int> refused[kThreads] = {};
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (std::int64_t number = std::int64_t{thread} * 1'000'000'000; !ended; ++number) {
        const auto outcome = execute(*store, {.kind = OperationKind::eval, .tuple = {number}, .text = "return ..."});
        if (outcome && *outcome != Rows{{number}}) ++wrong;
        if (!outcome && outcome.error().message.empty()) ++wrong;
        ++(outcome ? answered : refused)[thread];
        if (!outcome) std::this_thread::yield();
      }
    });
  const auto wait_for_all = [&](std::atomic<int>(&counts)[kThreads], int least) {
    const Instant deadline = monotonic_now() + std::chrono::seconds(20);
    while (std::ranges::any_of(counts, [&](const auto& count) { return count < least; }) && monotonic_now() < deadline)
      std::this_thread::yield();
    return std::ranges::all_of(counts, [&](const auto& count) { return count >= least; });
  };
  EXPECT_TRUE(wait_for_all(answered, 20));
  server_->signal(SIGKILL);
  EXPECT_TRUE(wait_for_all(refused, 2));
  const auto restarted = server_->restart();
  EXPECT_TRUE(restarted) << restarted.error().message;
  for (auto& count : answered) count = 0;
  EXPECT_TRUE(wait_for_all(answered, 20));
  ended = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Store, Outage,
                         testing::Combine(testing::Values("tuplestore", "tarantool"),
                                          testing::Values("per-request", "one", "pool:4")),
                         [](const auto& instance) {
                           std::string name =
                               std::string(std::get<0>(instance.param)) + "_" + std::get<1>(instance.param);
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == ':'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace hotlap::targets
