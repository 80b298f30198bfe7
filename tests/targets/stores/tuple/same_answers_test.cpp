// The same operations through the same driver, to hotlap-tuplestore and to the real Tarantool: the same answers.
// same_stream_test.cpp does it below the driver, with many more.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/program_path.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

using enum OperationKind;

struct Spaces {
  static constexpr auto stickers = static_cast<std::uint32_t>(Space::stickers);
  static constexpr auto secret = static_cast<std::uint32_t>(Space::secret);
  static constexpr auto sessions = static_cast<std::uint32_t>(Space::sessions);
  static constexpr auto server = static_cast<std::uint32_t>(Space::server);
  static constexpr auto events = static_cast<std::uint32_t>(Space::events);
};

Value whole(std::int64_t value) {
  return value;
}
Value text(std::string value) {
  return value;
}

std::string shown(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* string = std::get_if<std::string>(&value)) return '"' + *string + '"';
  return "nil";
}
std::string shown(const Tuple& tuple) {
  std::string list;
  for (const auto& value : tuple) list += shown(value) + ' ';
  return '{' + list + '}';
}
std::string shown(const Operation& operation) {
  std::string changes;
  for (const auto& change : operation.changes)
    changes += fmt::format("[{} {} {}]", change.operation, change.field, shown(change.value));
  return fmt::format("kind {} space {} index {} iterator {} limit {} offset {} key {} tuple {} changes {} text '{}'",
                     static_cast<int>(operation.kind), operation.space, operation.index,
                     static_cast<int>(operation.iterator), operation.limit, operation.offset, shown(operation.key),
                     shown(operation.tuple), changes, operation.text);
}
std::string shown(const Outcome& outcome) {
  if (!outcome) return fmt::format("error {}", outcome.error().code);
  std::string rows;
  for (const auto row : *outcome) rows += shown(owned(row));
  return rows;
}

class SameAnswersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
    auto ours = RunningStore::tuplestore();
    ASSERT_TRUE(ours) << ours.error().message;
    auto theirs = RunningStore::tarantool();
    ASSERT_TRUE(theirs) << theirs.error().message;
    ours_ = std::move(*ours);
    theirs_ = std::move(*theirs);
    our_store_ = make_blocking_tuple_store(ours_->options());
    their_store_ = make_blocking_tuple_store(theirs_->options());
  }

  // A HASH index promises no order, so whole spaces are compared sorted.
  void expect_same(const Operation& operation, bool in_any_order = false) {
    const auto our_answer = execute(*our_store_, operation);
    const auto their_answer = execute(*their_store_, operation);
    const bool same = our_answer && their_answer
                          ? same_rows(*our_answer, *their_answer, in_any_order)
                          : !our_answer && !their_answer && our_answer.error().code == their_answer.error().code;
    EXPECT_TRUE(same) << shown(operation) << "\n ours:      " << shown(our_answer)
                      << "\n Tarantool: " << shown(their_answer);
    ++(our_answer ? answered_ : refused_);
    if (!our_answer) {
      EXPECT_NE(our_answer.error().code, 0) << our_answer.error().message;
    }
  }

  int answered_ = 0;
  int refused_ = 0;
  std::unique_ptr<RunningStore> ours_;
  std::unique_ptr<RunningStore> theirs_;
  std::unique_ptr<Store> our_store_;
  std::unique_ptr<Store> their_store_;
};

TEST_F(SameAnswersTest, ProvisionedDataAreEqual) {
  for (std::uint32_t space = Spaces::stickers; space <= Spaces::events; ++space)
    expect_same({.kind = select, .space = space, .iterator = Iterator::all}, true);
  for (const auto iterator : {Iterator::le, Iterator::ge})
    for (const std::uint32_t limit : {9U, 1000U})
      expect_same({.kind = select, .space = Spaces::stickers, .index = 1, .iterator = iterator, .limit = limit});
  expect_same({.kind = call, .text = "box.space.stickers:count"});
  expect_same({.kind = call, .text = "box.space.packs:count"});
  expect_same({.kind = call, .text = "hotlap_ready"});
  EXPECT_EQ(refused_, 0);
}

TEST_F(SameAnswersTest, EveryKindOfOperationAndItsRefusals) {
  const Tuple session = {text("u"), whole(1), whole(0), text("addr"), text("agent")};
  const std::vector<Change> visit = {{'=', 1, whole(2)}, {'+', 2, whole(1)}, {'=', 3, text("other")}};
  expect_same({.kind = ping});
  expect_same({.kind = upsert, .space = Spaces::sessions, .tuple = session, .changes = visit});
  expect_same({.kind = upsert, .space = Spaces::sessions, .tuple = session, .changes = visit});
  expect_same({.kind = call, .tuple = session, .changes = visit, .text = "box.space.sessions:upsert"});
  expect_same({.kind = call, .tuple = {whole(1)}, .changes = visit, .text = "box.space.sessions:upsert"});
  expect_same({.kind = select, .space = Spaces::sessions, .key = {text("u")}});
  expect_same({.kind = insert, .space = Spaces::sessions, .tuple = session});
  expect_same({.kind = replace, .space = Spaces::sessions, .tuple = session});
  expect_same({.kind = update,
               .space = Spaces::server,
               .key = {whole(1)},
               .changes = {{'+', 1, whole(1)}, {'-', 2, whole(3)}}});
  expect_same({.kind = update, .space = Spaces::server, .key = {whole(2)}, .changes = {{'+', 1, whole(1)}}});
  expect_same({.kind = erase, .space = Spaces::sessions, .key = {text("u")}});
  expect_same({.kind = erase, .space = Spaces::sessions, .key = {text("u")}});
  expect_same({.kind = eval, .text = "return true"});
  expect_same({.kind = eval, .tuple = {whole(-7), text("x"), true, {}}, .text = "return ..."});
  EXPECT_EQ(refused_, 2);

  expect_same({.kind = select, .space = 700});
  expect_same({.kind = select, .space = Spaces::stickers, .index = 9});
  expect_same({.kind = erase, .space = Spaces::stickers, .index = 1, .key = {whole(1)}});
  expect_same({.kind = update, .space = Spaces::stickers, .key = {}});
  expect_same({.kind = call, .text = "nobody"});
  expect_same({.kind = call, .text = "box.space.nobody:count"});
  expect_same({.kind = call, .text = "box.space.stickers:nothing"});
  expect_same({.kind = call, .text = "box.space.sessions:upsert"});
  expect_same({.kind = eval, .text = "return nobody()"});
  EXPECT_EQ(refused_, 11);
}

// The events' key has two parts: channel and number.
TEST_F(SameAnswersTest, KeysOfTwoParts) {
  const std::vector<Tuple> keys = {{},
                                   {text("large")},
                                   {text("nobody")},
                                   {text("large"), whole(500)},
                                   {text("large"), whole(1000)},
                                   {text("small"), whole(3)},
                                   {whole(1)},
                                   {text("small"), whole(-1)},
                                   {text("small"), text("3")},
                                   {text("small"), whole(3), whole(3)}};
  for (const auto& key : keys) {
    for (int iterator = 0; iterator <= 6; ++iterator)
      expect_same({.kind = select,
                   .space = Spaces::events,
                   .iterator = static_cast<Iterator>(iterator),
                   .limit = 20,
                   .key = key});
    expect_same({.kind = update, .space = Spaces::events, .key = key, .changes = {{'=', 2, text("other")}}});
    expect_same({.kind = update, .space = Spaces::events, .key = key, .changes = {{'+', 1, whole(1)}}});
    expect_same({.kind = erase, .space = Spaces::events, .key = key});
  }
  expect_same({.kind = insert, .space = Spaces::events, .tuple = {text("large"), whole(1), text("again")}});
  expect_same({.kind = insert, .space = Spaces::events, .tuple = {text("large")}});
  expect_same({.kind = insert, .space = Spaces::events, .tuple = {text("new"), text("1"), text("body")}});
  const Tuple event = {text("new"), whole(7), text("body")};
  for (int time = 0; time < 2; ++time) {
    expect_same({.kind = upsert, .space = Spaces::events, .tuple = event, .changes = {{'=', 2, text("twice")}}});
    expect_same({.kind = upsert, .space = Spaces::events, .tuple = event, .changes = {{'+', 1, whole(1)}}});
  }
  expect_same({.kind = replace, .space = Spaces::events, .tuple = {text("new"), whole(8), text("body")}});
  expect_same({.kind = select, .space = Spaces::events, .iterator = Iterator::all});
  EXPECT_GT(answered_, 50);
  EXPECT_GT(refused_, 20);
}

// A whole page's work in one call: the same rows, and the same traces in every space.
TEST_F(SameAnswersTest, ProceduresOfWholePages) {
  const Tuple known = {text("u"), whole(7), text("agent"), true};
  for (const char* page : {"hotlap_good", "hotlap_bad"}) {
    expect_same({.kind = call, .tuple = known, .text = page});
    for (const auto& wrong :
         {Tuple{}, Tuple{text("u"), whole(7), text("agent")}, Tuple{whole(1), whole(7), text("agent"), true}})
      expect_same({.kind = call, .tuple = wrong, .text = page});
  }
  expect_same({.kind = call, .tuple = known, .text = "hotlap_index"});
  expect_same({.kind = select, .space = Spaces::sessions, .key = {text("u")}});
  EXPECT_EQ(refused_, 7);

  const auto vote = [&](const char* plus, const char* minus) {
    for (auto* store : {our_store_.get(), their_store_.get()}) {
      const auto rows = execute(
          *store, {.kind = call,
                   .tuple = {text(""), whole(7), text("agent"), true, whole(1), whole(99'999), text(plus), text(minus)},
                   .text = "hotlap_index"});
      ASSERT_TRUE(rows) << rows.error().message;
      ASSERT_EQ(rows->size(), 3U);
      EXPECT_EQ(std::get<std::string_view>(rows->at(0).at(0)).size(), 36U);
      for (const std::size_t candidate : {1U, 2U}) {
        const auto secret =
            execute(*store, {.kind = select, .space = Spaces::secret, .key = {owned(rows->at(candidate).at(0))}});
        EXPECT_EQ(secret.value().at(0).at(3), rows->at(candidate).at(1)) << "the token's sticker is the one shown";
      }
    }
    for (const char* sticker : {"20000", "20004"})
      expect_same({.kind = select, .space = Spaces::stickers, .key = {text(sticker)}});
    expect_same({.kind = select, .space = Spaces::server, .key = {whole(1)}});
    for (const char* token : {"a", "b", "c"})
      expect_same({.kind = select, .space = Spaces::secret, .key = {text(token)}});
    expect_same({.kind = call, .text = "box.space.secret:count"});
    expect_same({.kind = call, .text = "box.space.sessions:count"});
  };
  for (const char* token : {"a", "b", "c"})
    expect_same({.kind = insert,
                 .space = Spaces::secret,
                 .tuple = {text(token), whole(1), text(token[0] == 'b' ? "20004" : "20000"), text("url")}});
  vote("", "");
  vote("a", "nobody");
  vote("a", "b");
  vote("a", "b");
  vote("c", "c");
  const auto server = execute(*our_store_, {.kind = select, .space = Spaces::server, .key = {whole(1)}});
  EXPECT_EQ(server.value().at(0), (Tuple{whole(1), whole(5), whole(5), whole(1)}));
}

// A tuple beyond a mebibyte is refused (110) wherever it would come from, and changes nothing.
TEST_F(SameAnswersTest, TuplesThatAreTooLarge) {
  const auto session = [](std::string key, std::size_t bytes) {
    return Tuple{text(std::move(key)), whole(1), whole(0), text("addr"), text(std::string(bytes, 'x'))};
  };
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  for (const auto kind : {insert, replace}) {
    expect_same({.kind = kind, .space = Spaces::sessions, .tuple = session("fits", kMebibyte - 4096)});
    expect_same({.kind = kind, .space = Spaces::sessions, .tuple = session("large", kMebibyte + 4096)});
  }
  EXPECT_EQ(refused_, 2) << "the inserted and the replaced one";
  const std::vector<Change> grow = {{'=', 3, text(std::string(8192, 'y'))}};
  expect_same({.kind = update, .space = Spaces::sessions, .key = {text("fits")}, .changes = grow});
  expect_same({.kind = upsert, .space = Spaces::sessions, .tuple = session("fits", 1), .changes = grow});
  expect_same(
      {.kind = upsert, .space = Spaces::sessions, .tuple = session("large", kMebibyte + 4096), .changes = grow});
  expect_same({.kind = select, .space = Spaces::sessions, .iterator = Iterator::all}, true);
}

// When the memory is full (code 2), rows can still be read and taken out, and then there is room again.
TEST_F(SameAnswersTest, AFullMemory) {
  const auto session = [](std::int64_t number, std::size_t bytes) {
    return Tuple{text(fmt::format("{}", number)), whole(number), whole(0), text("addr"), text(std::string(bytes, 'x'))};
  };
  constexpr std::size_t kLarge = 900'000;
  constexpr std::int64_t kMost = 600;  // 540 MB: beyond what either may hold
  for (auto* store : {our_store_.get(), their_store_.get()}) {
    std::int64_t number = 0;
    Outcome outcome;
    while (number < kMost &&
           (outcome = execute(*store, {.kind = insert, .space = Spaces::sessions, .tuple = session(number, kLarge)})))
      ++number;
    ASSERT_FALSE(outcome) << "it took " << number;
    EXPECT_EQ(outcome.error().code, 2) << outcome.error().message;
    EXPECT_TRUE(outcome.error().message.starts_with("Failed to allocate ")) << outcome.error().message;
    EXPECT_GT(number, 100);
  }
  for (int time = 0; time < 2; ++time)
    expect_same({.kind = insert, .space = Spaces::sessions, .tuple = session(kMost, kLarge)});
  expect_same({.kind = replace, .space = Spaces::sessions, .tuple = session(kMost, kLarge)});
  expect_same({.kind = upsert, .space = Spaces::sessions, .tuple = session(kMost, kLarge), .changes = {}});
  expect_same({.kind = select, .space = Spaces::sessions, .key = {text(fmt::format("{}", kMost))}});
  expect_same({.kind = select, .space = Spaces::sessions, .key = {text("1")}});
  EXPECT_EQ(refused_, 4);
  for (const std::int64_t number : {3, 4})
    expect_same({.kind = erase, .space = Spaces::sessions, .key = {text(fmt::format("{}", number))}});
  expect_same({.kind = insert, .space = Spaces::sessions, .tuple = session(kMost, kLarge)});
  EXPECT_EQ(refused_, 4);
}

// Both answer with some row; which one is the database's own choice.
TEST_F(SameAnswersTest, RandomRowsAndTextsHaveTheSameShape) {
  for (auto* store : {our_store_.get(), their_store_.get()}) {
    const auto row =
        execute(*store, {.kind = call, .tuple = {whole(31'337)}, .text = "box.space.stickers.index.p_name:random"});
    ASSERT_TRUE(row);
    const auto same = execute(*store, {.kind = select, .space = Spaces::stickers, .key = {owned(row->at(0).at(0))}});
    EXPECT_EQ(*row, *same);
    const auto uuid = execute(*store, {.kind = eval, .text = "return require('uuid').str()"});
    EXPECT_EQ(std::get<std::string_view>(uuid.value().at(0).at(0)).size(), 36U);
    const auto md5 =
        execute(*store, {.kind = eval, .text = "return require('digest').md5_hex(require('digest').urandom(32))"});
    EXPECT_EQ(std::get<std::string_view>(md5.value().at(0).at(0)).size(), 32U);
  }
}

}  // namespace
}  // namespace hotlap::targets
