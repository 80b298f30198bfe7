#include "targets/stores/tuple/tuple_store.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/program_path.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

const Operation kCount{.kind = OperationKind::call, .text = "box.space.stickers:count"};
const Rows kCounted = {{std::int64_t{16'200}}};

class TupleStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = RunningStore::tuplestore();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  // After the test's own links are gone.
  void expect_connections(int count) {
    EXPECT_TRUE(server_->stop().contains("connections=" + std::to_string(count) + "\n"));
  }
  LinkLease lease(Store& store) {
    LinkLease got;
    store.lease([&](std::expected<LinkLease, StoreError> leased) { got = std::move(*leased); });
    return got;
  }
  std::unique_ptr<RunningStore> server_;
};

TEST_F(TupleStoreTest, PerRequestOpensAConnectionForEachLease) {
  EventLoop loop;
  {
    const auto async = make_async_tuple_store(loop, server_->options("per-request"));
    const auto blocking = make_blocking_tuple_store(server_->options("per-request"));
    for (int page = 0; page < 5; ++page) {
      EXPECT_EQ(execute(loop, *async, kCount).value(), kCounted);
      EXPECT_EQ(execute(*blocking, kCount).value(), kCounted);
    }
  }
  expect_connections(10);
}

TEST_F(TupleStoreTest, OneMeansOneConnectionForAllLeases) {
  EventLoop loop;
  {
    const auto async = make_async_tuple_store(loop, server_->options("one"));
    const auto blocking = make_blocking_tuple_store(server_->options("one"));
    const auto first = lease(*async);
    const auto second = lease(*async);
    EXPECT_EQ(first.get(), second.get());
    for (int page = 0; page < 5; ++page) {
      EXPECT_EQ(execute(loop, *async, kCount).value(), kCounted);
      EXPECT_EQ(execute(*blocking, kCount).value(), kCounted);
    }
  }
  expect_connections(2);
}

TEST_F(TupleStoreTest, AnAsyncPoolLendsItsLinksExclusivelyAndServesWhoeverWaitsLongest) {
  EventLoop loop;
  const auto store = make_async_tuple_store(loop, server_->options("pool:2"));
  auto first = lease(*store);
  auto second = lease(*store);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first.get(), second.get());
  std::string order;
  std::vector<LinkLease> late;
  for (const char name : {'a', 'b'})
    store->lease([&order, &late, name](std::expected<LinkLease, StoreError> leased) {
      order += name;
      late.push_back(std::move(*leased));
    });
  EXPECT_EQ(order, "");
  const auto* returned = second.get();
  second.reset();
  EXPECT_EQ(order, "a");
  EXPECT_EQ(late.front().get(), returned);
  first.reset();
  EXPECT_EQ(order, "ab");
}

TEST_F(TupleStoreTest, ABlockingPoolOfThreeServesEightThreadsWithThreeConnections) {
  {
    const auto store = make_blocking_tuple_store(server_->options("pool:3"));
    std::vector<LinkLease> held;
    for (int link = 0; link < 3; ++link) {
      held.push_back(lease(*store));
      held.back()->submit(kCount, [](const Outcome& outcome) { EXPECT_EQ(outcome.value(), kCounted); });
    }
    held.clear();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread)
      threads.emplace_back([&] {
        for (int page = 0; page < 50; ++page) EXPECT_EQ(execute(*store, kCount).value(), kCounted);
      });
  }
  expect_connections(3);
}

TEST_F(TupleStoreTest, ThreadsTakeTurnsOnOneBlockingLink) {
  const auto store = make_blocking_tuple_store(server_->options("one"));
  std::vector<std::jthread> threads;
  for (std::int64_t thread = 0; thread < 8; ++thread)
    threads.emplace_back([&store, thread] {
      for (int page = 0; page < 50; ++page) {
        const Operation echo{.kind = OperationKind::eval, .tuple = {thread}, .text = "return ..."};
        EXPECT_EQ(execute(*store, echo).value(), (Rows{{thread}}));
      }
    });
}

TEST_F(TupleStoreTest, AWrongPasswordAndAnUnknownUserFailWithTheDatabasesCode) {
  EventLoop loop;
  for (const auto& [user, password, code] : {std::tuple{"tesla", "wrong", 47}, {"nobody", "secret", 45}}) {
    auto options = server_->options("one");
    options.user = user;
    options.password = password;
    EXPECT_EQ(execute(*make_blocking_tuple_store(options), kCount).error().code, code);
    EXPECT_EQ(execute(loop, *make_async_tuple_store(loop, options), kCount).error().code, code);
    const auto ready = ping_tuple_store(options, std::chrono::seconds(5));
    EXPECT_EQ(ready.error().code, ExitCode::target_not_ready);
    EXPECT_TRUE(ready.error().message.contains("error " + std::to_string(code))) << ready.error().message;
  }
}

TEST_F(TupleStoreTest, TheRealTarantoolRefusesWithTheSameCodes) {
  if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  const auto real = RunningStore::tarantool();
  ASSERT_TRUE(real) << real.error().message;
  for (const auto* server : {server_.get(), real->get()}) {
    auto options = server->options("one");
    options.password = "wrong";
    EXPECT_EQ(execute(*make_blocking_tuple_store(options), kCount).error().code, 47);
    options.user = "nobody";
    EXPECT_EQ(execute(*make_blocking_tuple_store(options), kCount).error().code, 45);
    options.user = "";
    const auto guest = make_blocking_tuple_store(options);
    EXPECT_EQ(execute(*guest, {.kind = OperationKind::ping}).value(), Rows{});
    EXPECT_EQ(execute(*guest, {.kind = OperationKind::select, .space = 512, .limit = 1}).error().code, 42);
    EXPECT_EQ(execute(*guest, {.kind = OperationKind::select, .space = 700, .limit = 1}).error().code, 36);
    EXPECT_EQ(execute(*guest, kCount).error().code, 42);
  }
}

TEST_F(TupleStoreTest, NobodyListeningIsAFailedLink) {
  auto options = server_->options("one");
  (void)server_->stop();
  EventLoop loop;
  const auto blocking = execute(*make_blocking_tuple_store(options), kCount);
  EXPECT_EQ(blocking.error().code, 0);
  EXPECT_TRUE(blocking.error().message.contains(options.address.text())) << blocking.error().message;
  const auto async = execute(loop, *make_async_tuple_store(loop, options), kCount);
  EXPECT_EQ(async.error().code, 0);
  EXPECT_TRUE(async.error().message.contains(options.address.text())) << async.error().message;
  EXPECT_FALSE(ping_tuple_store(options, std::chrono::seconds(5)));
}

}  // namespace
}  // namespace hotlap::targets
