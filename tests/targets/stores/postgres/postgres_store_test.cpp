#include "targets/stores/postgres/postgres_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include "targets/stores/embedded/embedded_store.h"
#include "tests/targets/stores/postgres/running_postgres.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

using postgres::Schema;
using enum OperationKind;

const Operation kCount{.kind = OperationKind::call, .text = "box.space.stickers:count"};
const Rows kCounted = {{std::int64_t{16'200}}};

std::uint32_t id(Space space) {
  return static_cast<std::uint32_t>(space);
}
Value whole(std::int64_t value) {
  return value;
}
Value text(std::string value) {
  return value;
}

class PostgresStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = RunningPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
    auto server = RunningPostgres::start();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  // A session that was closed is gone a little later.
  [[nodiscard]] bool open_sessions_become(const std::string& count) const {
    for (int query = 0; query < 100; ++query)
      if (server_->query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hotlap-target'") == count)
        return true;
    return false;
  }
  std::unique_ptr<RunningPostgres> server_;
};

// Of hotlap-tuplestore's database in process and of PostgreSQL.
class SameAnswers {
 public:
  explicit SameAnswers(const PostgresStoreOptions& options)
      : ours_(make_embedded_store()), theirs_(make_blocking_postgres_store(options)) {}

  void expect(const Operation& operation, bool in_any_order = false) {
    const auto our_answer = execute(*ours_, operation);
    const auto their_answer = execute(*theirs_, operation);
    ++number_;
    ASSERT_EQ(our_answer.has_value(), their_answer.has_value())
        << number_ << ": " << (our_answer ? their_answer : our_answer).error().message;
    if (our_answer)
      EXPECT_TRUE(same_rows(*our_answer, *their_answer, in_any_order))
          << number_ << ": " << our_answer->size() << " and " << their_answer->size();
    else
      EXPECT_EQ(our_answer.error().code, their_answer.error().code) << number_ << ": " << their_answer.error().message;
  }
  Store& theirs() { return *theirs_; }

 private:
  std::unique_ptr<Store> ours_;
  std::unique_ptr<Store> theirs_;
  int number_ = 0;
};

void expect_what_pages_ask(SameAnswers& same) {
  for (const auto& table : postgres::tables())
    same.expect({.kind = select, .space = id(table.space), .iterator = Iterator::all}, true);
  for (const auto iterator :
       {Iterator::eq, Iterator::req, Iterator::all, Iterator::lt, Iterator::le, Iterator::ge, Iterator::gt}) {
    same.expect({.kind = select, .space = id(Space::stickers), .index = 1, .iterator = iterator, .limit = 9});
    same.expect({.kind = select,
                 .space = id(Space::stickers),
                 .index = 1,
                 .iterator = iterator,
                 .limit = 50,
                 .offset = 3,
                 .key = {whole(100)}});
    same.expect(
        {.kind = select, .space = id(Space::stickers), .iterator = iterator, .limit = 5, .key = {text("30000")}});
  }
  same.expect({.kind = select, .space = id(Space::packs), .index = 1, .iterator = Iterator::le, .limit = 100});
  same.expect(
      {.kind = select, .space = id(Space::stickers), .index = 2, .key = {text("https://tlgrm.eu/stickers/nxtii0")}});
  same.expect({.kind = select, .space = id(Space::stickers), .limit = 0, .key = {text("20000")}});
  same.expect({.kind = select, .space = id(Space::world), .limit = 1, .key = {whole(777)}});
  same.expect({.kind = update, .space = id(Space::world), .key = {whole(777)}, .changes = {{'=', 1, whole(9)}}});
  same.expect({.kind = select, .space = id(Space::agents), .limit = 50});
  same.expect({.kind = select, .space = id(Space::agent_logins), .key = {whole(1)}});
  same.expect({.kind = select, .space = id(Space::events), .key = {text("small")}});
  same.expect({.kind = select,
               .space = id(Space::events),
               .iterator = Iterator::gt,
               .limit = 9,
               .key = {text("large"), whole(500)}});
  same.expect({.kind = select, .space = id(Space::events), .key = {text("none")}});
  same.expect({.kind = ping});
  same.expect({.kind = call, .text = "hotlap_ready"});
  same.expect({.kind = call, .text = "box.space.stickers:count"});
  same.expect({.kind = call, .tuple = {text("20000")}, .text = "box.space.stickers:count"});
  same.expect({.kind = eval, .text = "return true"});
  same.expect({.kind = eval, .tuple = {whole(-7), text("x"), true, {}}, .text = "return ..."});

  const Tuple session = {text("u"), whole(1), whole(0), text("addr"), text("\u00e4gent \"quoted\" \\ \t")};
  const std::vector<Change> visit = {{'=', 1, whole(2)}, {'+', 2, whole(1)}, {'=', 4, text("other")}};
  const Operation see{.kind = select, .space = id(Space::sessions), .key = {text("u")}};
  same.expect({.kind = upsert, .space = id(Space::sessions), .tuple = session, .changes = visit});
  same.expect(see);
  same.expect({.kind = upsert, .space = id(Space::sessions), .tuple = session, .changes = visit});
  same.expect(see);
  same.expect({.kind = call, .tuple = session, .changes = visit, .text = "box.space.sessions:upsert"});
  same.expect(see);
  same.expect({.kind = replace, .space = id(Space::sessions), .tuple = session});
  same.expect({.kind = insert, .space = id(Space::sessions), .tuple = session});  // refused: it is there
  const Tuple secret = {text("token"), whole(1'500'000'000), text("20000"), text("url")};
  same.expect({.kind = insert, .space = id(Space::secret), .tuple = secret});
  same.expect({.kind = insert, .space = id(Space::secret), .tuple = secret});
  same.expect({.kind = select, .space = id(Space::secret), .key = {text("token")}});
  same.expect({.kind = erase, .space = id(Space::secret), .key = {text("token")}});
  same.expect({.kind = erase, .space = id(Space::secret), .key = {text("token")}});
  same.expect({.kind = update,
               .space = id(Space::server),
               .key = {whole(1)},
               .changes = {{'+', 1, whole(1)}, {'-', 2, whole(3)}}});
  same.expect({.kind = update, .space = id(Space::server), .key = {whole(2)}, .changes = {{'+', 1, whole(1)}}});
  same.expect({.kind = update,
               .space = id(Space::stickers),
               .key = {text("20000")},
               .changes = {{'+', 1, whole(1)}, {'+', 4, whole(1)}}});
  same.expect({.kind = select, .space = id(Space::stickers), .index = 1, .iterator = Iterator::le, .limit = 2000});

  const auto row =
      execute(same.theirs(), {.kind = call, .tuple = {whole(5)}, .text = "box.space.stickers.index.p_name:random"});
  ASSERT_TRUE(row && row->size() == 1) << row.error().message;
  EXPECT_EQ(
      execute(same.theirs(), {.kind = select, .space = id(Space::stickers), .key = {owned(row->at(0).at(0))}}).value(),
      *row);
  const auto uuid = execute(same.theirs(), {.kind = eval, .text = "return require('uuid').str()"});
  EXPECT_EQ(std::get<std::string_view>(uuid.value().at(0).at(0)).size(), 36U);
  const auto md5 =
      execute(same.theirs(), {.kind = eval, .text = "return require('digest').md5_hex(require('digest').urandom(32))"});
  EXPECT_EQ(std::get<std::string_view>(md5.value().at(0).at(0)).size(), 32U);
  // A visitor may say what he likes.
  EXPECT_TRUE(execute(same.theirs(), {.kind = upsert,
                                      .space = id(Space::sessions),
                                      .tuple = {text("v"), whole(1), whole(0), text("addr"), text("\xff\xfe")},
                                      .changes = {{'=', 4, text("\xff\xfe")}}}));
}

TEST_F(PostgresStoreTest, AllSchemasAnswerPagesAsTheTupleStoreDoes) {
  for (const auto schema : {Schema::relational, Schema::jsonb, Schema::jsonb_unindexed}) {
    SCOPED_TRACE(postgres::name_of(schema));
    SameAnswers same(server_->options("one", schema));
    expect_what_pages_ask(same);
  }
}

// Whether the pages' own operations find what a page's one call has left behind.
void expect_one_call_does_a_pages_work(Store& store) {
  const auto number = [&](std::uint32_t field) {
    return std::get<std::int64_t>(
        execute(store, {.kind = select, .space = id(Space::server), .key = {whole(1)}}).value().at(0).at(field));
  };
  const Tuple before = {number(1), number(2), number(3)};
  const Operation nine{.kind = select, .space = id(Space::stickers), .index = 1, .iterator = Iterator::le, .limit = 9};
  const auto best = execute(store, nine).value();
  const auto good =
      execute(store, {.kind = call, .tuple = {text(""), whole(5), text("agent"), true}, .text = "hotlap_good"}).value();
  const auto session = owned(good.front());
  EXPECT_TRUE(std::ranges::equal(good | std::views::drop(1), best));
  const auto index = [&](const Value& visitor, Value plus, Value minus) {
    return execute(store, {.kind = call,
                           .tuple = {visitor, whole(6), text("other"), true, whole(1), whole(2), std::move(plus),
                                     std::move(minus)},
                           .text = "hotlap_index"})
        .value();
  };
  const auto shown = index(session.at(0), text(""), text(""));
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[0], session);
  const auto sticker_of = [&](RowView candidate) {
    const auto secret = execute(store, {.kind = select, .space = id(Space::secret), .key = {owned(candidate.at(0))}});
    return owned(secret.value().at(0).at(2));
  };
  const auto better = sticker_of(shown[1]);
  const auto worse = sticker_of(shown[2]);
  const auto votes = [&](const Value& sticker, std::uint32_t field) {
    return std::get<std::int64_t>(
        execute(store, {.kind = select, .space = id(Space::stickers), .key = {sticker}}).value().at(0).at(field));
  };
  const auto up = votes(better, 4);
  const auto down = votes(worse, 5);
  (void)index(session.at(0), owned(shown[1].at(0)), owned(shown[2].at(0)));
  (void)index(session.at(0), owned(shown[1].at(0)), owned(shown[2].at(0)));  // a double click: the tokens are spent
  EXPECT_EQ(votes(better, 4), up + 1);
  EXPECT_EQ(votes(worse, 5), down - 1);
  EXPECT_EQ((Tuple{number(1), number(2), number(3)}),
            (Tuple{std::get<std::int64_t>(before[0]) + 1, std::get<std::int64_t>(before[1]) + 3,
                   std::get<std::int64_t>(before[2]) + 1}));
  EXPECT_EQ(execute(store, {.kind = select, .space = id(Space::sessions), .key = {session.at(0)}}).value(),
            (Rows{{session.at(0), whole(6), whole(3), text("127.0.0.1"), text("other")}}));
}

TEST_F(PostgresStoreTest, OneCallDoesAPagesWork) {
  for (const auto schema : {Schema::relational, Schema::jsonb, Schema::jsonb_unindexed}) {
    SCOPED_TRACE(postgres::name_of(schema));
    expect_one_call_does_a_pages_work(*make_blocking_postgres_store(server_->options("one", schema)));
  }
}

TEST_F(PostgresStoreTest, TheRatingIndexIsUsedWhereThereIsOne) {
  const auto plan = [&](const char* schema, const char* rating, const char* key) {
    return server_->query(std::string("SET search_path = ") + schema + "; EXPLAIN SELECT * FROM stickers ORDER BY " +
                          rating + " DESC, " + key + " DESC LIMIT 9");
  };
  EXPECT_TRUE(plan("relational", "rating", "id").contains("Index Scan")) << plan("relational", "rating", "id");
  EXPECT_TRUE(plan("jsonb", "((data->>1)::int)", "(data->>0)").contains("Index Scan"));
  EXPECT_TRUE(plan("jsonb_unindexed", "((data->>1)::int)", "(data->>0)").contains("Seq Scan"));
}

TEST_F(PostgresStoreTest, LinksAreSharedAsTheConnectionsSay) {
  EventLoop loop;
  {
    const auto async = make_async_postgres_store(loop, server_->options("one"));
    const auto blocking = make_blocking_postgres_store(server_->options("one"));
    for (int page = 0; page < 5; ++page) {
      EXPECT_EQ(execute(loop, *async, kCount).value(), kCounted);
      EXPECT_EQ(execute(*blocking, kCount).value(), kCounted);
    }
    EXPECT_TRUE(open_sessions_become("2"));
  }
  {
    const auto async = make_async_postgres_store(loop, server_->options("pool:2"));
    std::vector<LinkLease> held;
    std::vector<Outcome> outcomes;
    for (int page = 0; page < 3; ++page)
      async->lease([&](std::expected<LinkLease, StoreError> lease) {
        held.push_back(std::move(*lease));
        held.back()->submit(kCount, [&](Outcome outcome) { outcomes.push_back(std::move(outcome)); });
      });
    EXPECT_EQ(held.size(), 2U);
    EXPECT_TRUE(run_until(loop, [&] { return outcomes.size() == 2; }));
    auto first = std::move(held.front());
    first.reset();  // whoever waits gets its link within this call
    EXPECT_TRUE(run_until(loop, [&] { return outcomes.size() == 3; }));
    for (const auto& outcome : outcomes) EXPECT_EQ(outcome.value(), kCounted);
  }
  {
    const auto async = make_async_postgres_store(loop, server_->options("per-request"));
    const auto blocking = make_blocking_postgres_store(server_->options("per-request"));
    std::vector<LinkLease> held;
    int answered = 0;
    for (int page = 0; page < 2; ++page)
      for (const auto& store : {async.get(), blocking.get()})
        store->lease([&](std::expected<LinkLease, StoreError> lease) {
          held.push_back(std::move(*lease));
          held.back()->submit(kCount, [&](const Outcome& outcome) {
            EXPECT_EQ(outcome.value(), kCounted);
            ++answered;
          });
        });
    EXPECT_TRUE(run_until(loop, [&] { return answered == 4; }));
    EXPECT_TRUE(open_sessions_become("4"));
    held.clear();
    EXPECT_TRUE(open_sessions_become("0"));
  }
}

TEST_F(PostgresStoreTest, ThreadsShareABlockingStore) {
  for (const auto* connections : {"one", "pool:3"}) {
    const auto store = make_blocking_postgres_store(server_->options(connections));
    std::vector<std::jthread> threads;
    for (std::int64_t thread = 0; thread < 8; ++thread)
      threads.emplace_back([&store, thread] {
        for (int page = 0; page < 20; ++page) {
          const Operation echo{.kind = OperationKind::eval, .tuple = {thread}, .text = "return ..."};
          EXPECT_EQ(execute(*store, echo).value(), (Rows{{thread}}));
        }
      });
  }
}

TEST_F(PostgresStoreTest, WhatIsWrongIsSaid) {
  EXPECT_TRUE(ping_postgres_store(server_->options(), std::chrono::seconds(10)));
  EventLoop loop;
  auto wrong = server_->options();
  wrong.password = "wrong";
  for (const auto& outcome : {execute(*make_blocking_postgres_store(wrong), kCount),
                              execute(loop, *make_async_postgres_store(loop, wrong), kCount)}) {
    EXPECT_EQ(outcome.error().code, 0);
    EXPECT_TRUE(outcome.error().message.contains("password authentication failed")) << outcome.error().message;
  }
  auto empty = server_->options();
  empty.database = "postgres";
  const auto not_there = ping_postgres_store(empty, std::chrono::seconds(10));
  EXPECT_EQ(not_there.error().code, ExitCode::target_not_ready);
  EXPECT_TRUE(not_there.error().message.contains("not finished provisioning")) << not_there.error().message;

  const auto gone = server_->options();
  server_->kill_server();
  const auto refused = execute(loop, *make_async_postgres_store(loop, gone), kCount);
  EXPECT_EQ(refused.error().code, 0);
  EXPECT_TRUE(refused.error().message.contains(gone.address.text())) << refused.error().message;
  EXPECT_FALSE(ping_postgres_store(gone, std::chrono::seconds(10)));
}

}  // namespace
}  // namespace hotlap::targets
