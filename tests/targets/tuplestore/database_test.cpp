#include "targets/tuplestore/database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hotlap::targets::tuplestore {
namespace {

using enum OperationKind;
constexpr auto kStickers = static_cast<std::uint32_t>(Space::stickers);
constexpr auto kSessions = static_cast<std::uint32_t>(Space::sessions);

Tuple sticker(const std::string& id, std::int64_t rating, const std::string& pack = "pack") {
  return {id, rating, std::string("url"), pack, std::int64_t{0}, std::int64_t{0}};
}

class DatabaseTest : public testing::Test {
 protected:
  Outcome execute(const Operation& operation) {
    database_.execute(operation, answer_);
    return to_outcome(answer_);
  }
  void fill() {
    for (const auto& row : {sticker("a", 5), sticker("b", -1), sticker("c", 5), sticker("d", 9), sticker("e", 0)})
      ASSERT_TRUE(execute({.kind = insert, .space = kStickers, .tuple = row}));
  }
  // Ids of a select by rating, in order.
  std::string by_rating(Iterator iterator, Tuple key, std::uint32_t limit = 100, std::uint32_t offset = 0) {
    const auto rows = execute({.kind = select,
                               .space = kStickers,
                               .index = 1,
                               .iterator = iterator,
                               .limit = limit,
                               .offset = offset,
                               .key = std::move(key)});
    std::string ids;
    for (const auto row : rows.value()) ids += std::get<std::string_view>(row[0]);
    return ids;
  }

  Database database_;
  Answer answer_;
};

TEST_F(DatabaseTest, ASecondaryTreeOrdersByValueThenByPrimaryKey) {
  fill();
  const Tuple five = {std::int64_t{5}};
  EXPECT_EQ(by_rating(Iterator::ge, {}), "beacd");
  EXPECT_EQ(by_rating(Iterator::le, {}), "dcaeb");
  EXPECT_EQ(by_rating(Iterator::eq, {}), "beacd");
  EXPECT_EQ(by_rating(Iterator::eq, five), "ac");
  EXPECT_EQ(by_rating(Iterator::req, five), "ca");
  EXPECT_EQ(by_rating(Iterator::ge, five), "acd");
  EXPECT_EQ(by_rating(Iterator::gt, five), "d");
  EXPECT_EQ(by_rating(Iterator::le, five), "caeb");
  EXPECT_EQ(by_rating(Iterator::lt, five), "eb");
  EXPECT_EQ(by_rating(Iterator::all, five), "acd");
  EXPECT_EQ(by_rating(Iterator::le, {}, 2), "dc");
  EXPECT_EQ(by_rating(Iterator::le, {}, 2, 1), "ca");
  EXPECT_EQ(by_rating(Iterator::le, {}, 2, 9), "");
}

TEST_F(DatabaseTest, AnUpdateMovesTheRowInEveryIndexItConcerns) {
  fill();
  const auto updated = execute({.kind = update,
                                .space = kStickers,
                                .key = {std::string("b")},
                                .changes = {{'+', 1, std::int64_t{20}}, {'=', 3, std::string("other")}}});
  EXPECT_EQ(updated.value().at(0), sticker("b", 19, "other"));
  EXPECT_EQ(by_rating(Iterator::le, {}), "bdcae");
  const auto moved = execute({.kind = select, .space = kStickers, .index = 2, .key = {std::string("other")}});
  EXPECT_EQ(moved.value().size(), 1U);
}

TEST_F(DatabaseTest, ADeletedRowLeavesEveryIndex) {
  fill();
  EXPECT_EQ(execute({.kind = erase, .space = kStickers, .key = {std::string("d")}}).value(), Rows{sticker("d", 9)});
  EXPECT_EQ(execute({.kind = erase, .space = kStickers, .key = {std::string("d")}}).value(), Rows{});
  EXPECT_EQ(by_rating(Iterator::le, {}), "caeb");
  for (std::int64_t seed = 0; seed < 8; ++seed) {
    const auto row = execute({.kind = call, .tuple = {seed}, .text = "box.space.stickers.index.p_name:random"});
    EXPECT_NE(std::get<std::string_view>(row.value().at(0)[0]), "d");
  }
}

TEST_F(DatabaseTest, ReplaceInsertsOrTakesTheRowsPlace) {
  fill();
  EXPECT_EQ(execute({.kind = replace, .space = kStickers, .tuple = sticker("a", 100)}).value(),
            Rows{sticker("a", 100)});
  EXPECT_EQ(execute({.kind = replace, .space = kStickers, .tuple = sticker("z", 50)}).value(), Rows{sticker("z", 50)});
  EXPECT_EQ(by_rating(Iterator::le, {}), "azdceb");
}

TEST_F(DatabaseTest, UpsertInsertsTheTupleOrAppliesTheChanges) {
  const Operation visit{.kind = upsert,
                        .space = kSessions,
                        .tuple = {std::string("u"), std::int64_t{1}, std::int64_t{0}},
                        .changes = {{'=', 1, std::int64_t{2}}, {'+', 2, std::int64_t{1}}}};
  EXPECT_EQ(execute(visit).value(), Rows{});
  EXPECT_EQ(execute(visit).value(), Rows{});
  const auto row = execute({.kind = select, .space = kSessions, .key = {std::string("u")}});
  EXPECT_EQ(row.value(), (Rows{{std::string("u"), std::int64_t{2}, std::int64_t{1}}}));
}

TEST_F(DatabaseTest, RefusalsHaveTarantoolsCodes) {
  fill();
  const auto code = [&](const Operation& operation) { return execute(operation).error().code; };
  const Tuple text_key = {std::string("a")};
  const Tuple number_key = {std::int64_t{1}};
  EXPECT_EQ(code({.kind = select, .space = 1}), 36);
  EXPECT_EQ(code({.kind = select, .space = kStickers, .index = 3}), 35);
  EXPECT_EQ(code({.kind = insert, .space = kStickers, .tuple = sticker("a", 1)}), 3);
  EXPECT_EQ(code({.kind = select, .space = kStickers, .key = number_key}), 18);
  EXPECT_EQ(code({.kind = select, .space = kStickers, .key = {text_key[0], text_key[0]}}), 31);
  EXPECT_EQ(code({.kind = erase, .space = kStickers}), 19);
  EXPECT_EQ(code({.kind = erase, .space = kStickers, .index = 1, .key = number_key}), 41);
  EXPECT_EQ(code({.kind = insert, .space = kStickers, .tuple = {std::int64_t{1}}}), 23);
  EXPECT_EQ(code({.kind = insert, .space = kStickers, .tuple = {std::string("q")}}), 39);
  EXPECT_EQ(code({.kind = update, .space = kStickers, .key = text_key, .changes = {{'=', 0, std::string("q")}}}), 94);
  EXPECT_EQ(code({.kind = update, .space = kStickers, .key = text_key, .changes = {{'=', 0, std::string("b")}}}), 3);
  EXPECT_EQ(code({.kind = select, .space = kSessions, .iterator = Iterator::le, .key = text_key}), 112);
  EXPECT_EQ(code({.kind = select, .space = kSessions}), 136);
  EXPECT_EQ(code({.kind = call, .text = "nobody"}), 33);
  EXPECT_EQ(code({.kind = eval, .text = "os.exit()"}), 32);
}

TEST_F(DatabaseTest, ProceduresCountAndTellReadiness) {
  fill();
  EXPECT_EQ(execute({.kind = call, .text = "box.space.stickers:count"}).value(), Rows{{std::int64_t{5}}});
  EXPECT_EQ(execute({.kind = call, .text = "hotlap_ready"}).value(), Rows{{false}});
  database_.set_provisioned();
  EXPECT_EQ(execute({.kind = call, .text = "hotlap_ready"}).value(), Rows{{true}});
}

TEST_F(DatabaseTest, ExpressionsOfThePagesAreEvaluated) {
  const auto uuid = execute({.kind = eval, .text = "return require('uuid').str()"});
  const auto text = std::get<std::string_view>(uuid.value().at(0).at(0));
  EXPECT_EQ(text.size(), 36U);
  EXPECT_EQ(text[14], '4');
  const auto md5 = execute({.kind = eval, .text = "return require('digest').md5_hex(require('digest').urandom(32))"});
  EXPECT_EQ(std::get<std::string_view>(md5.value().at(0).at(0)).size(), 32U);
  const Tuple arguments = {std::int64_t{1}, std::string("two")};
  EXPECT_EQ(execute({.kind = eval, .tuple = arguments, .text = "return ..."}).value(),
            (Rows{{arguments[0]}, {arguments[1]}}));
}

TEST(DatabaseMemory, AFullDatabaseRefusesRowsAndStillReadsChangesAndDeletesThem) {
  Database database(page_spaces(), 20'000);
  const auto session = [](std::int64_t number) -> Tuple {
    return {"session-" + std::to_string(number), number, std::int64_t{0}, std::string(100, 'x')};
  };
  std::int64_t rows = 0;
  Outcome outcome;
  while ((outcome = database.execute({.kind = insert, .space = kSessions, .tuple = session(rows)}))) ++rows;
  EXPECT_EQ(outcome.error().code, 2);
  EXPECT_TRUE(outcome.error().message.starts_with("Failed to allocate ")) << outcome.error().message;
  EXPECT_GT(rows, 40) << "a row costs its bytes and its share of two indexes";
  EXPECT_LT(rows, 150);
  EXPECT_LE(database.memory().used_bytes(), 20'000U);
  const Operation everything{.kind = select, .space = kSessions, .iterator = Iterator::all};
  EXPECT_EQ(database.execute(everything).value().size(), static_cast<std::size_t>(rows));
  const auto count = [&](std::int64_t by) {
    return database.execute(
        {.kind = update, .space = kSessions, .key = {session(0)[0]}, .changes = {{'=', 2, std::int64_t{by}}}});
  };
  EXPECT_TRUE(count(7)) << "a change that needs no room is made";
  const Operation grow{
      .kind = update, .space = kSessions, .key = {session(0)[0]}, .changes = {{'=', 3, std::string(1000, 'y')}}};
  EXPECT_EQ(database.execute(grow).error().code, 2);
  EXPECT_TRUE(database.execute({.kind = erase, .space = kSessions, .key = {session(1)[0]}}));
  EXPECT_TRUE(database.execute({.kind = insert, .space = kSessions, .tuple = session(1)}));
  for (std::int64_t row = 0; row < rows; ++row)
    EXPECT_TRUE(database.execute({.kind = erase, .space = kSessions, .key = {session(row)[0]}}));
  EXPECT_EQ(database.memory().used_bytes(), 0U);
}

TEST(DatabaseMemory, ATupleBeyondAMebibyteIsRefused) {
  Database database;
  const Tuple tuple = {std::string("u"), std::int64_t{1}, std::string(1 << 20, 'x')};
  EXPECT_EQ(database.execute({.kind = insert, .space = kSessions, .tuple = tuple}).error().code, 110);
}

// A space with a primary key of two parts, a secondary of two parts and a unique one.
class PartsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kSpace = 600;
  static std::vector<SpaceDefinition> spaces() {
    using enum FieldType;
    return {{.id = kSpace,
             .name = "events",
             .indexes = {{.name = "pk", .parts = {{0, string}, {1, unsigned_integer}}},
                         {.name = "kind", .unique = false, .parts = {{2, integer}, {1, unsigned_integer}}},
                         {.name = "token", .kind = IndexKind::hash, .parts = {{3, string}, {2, integer}}}}}};
  }
  Outcome execute(Operation operation) {
    operation.space = kSpace;
    database_.execute(operation, answer_);
    return to_outcome(answer_);
  }
  static Tuple event(const std::string& channel, std::int64_t seq, std::int64_t kind, const std::string& token) {
    return {channel, seq, kind, token};
  }
  std::string tokens(std::uint32_t index, Iterator iterator, Tuple key) {
    const auto rows = execute({.kind = select, .index = index, .iterator = iterator, .key = std::move(key)});
    if (!rows) return std::to_string(rows.error().code);
    std::string found;
    for (const auto row : *rows) found += std::get<std::string_view>(row[3]);
    return found;
  }
  void SetUp() override {
    for (const auto& row : {event("x", 1, 7, "a"), event("x", 2, 7, "b"), event("x", 10, 3, "c"), event("y", 1, 7, "d"),
                            event("z", 5, 3, "e")})
      ASSERT_TRUE(execute({.kind = insert, .tuple = row}));
  }

  Database database_{spaces()};
  Answer answer_;
};

TEST_F(PartsTest, AWholeKeyIsExactAndAPartialKeyMeansEveryRowThatBeginsWithIt) {
  EXPECT_EQ(tokens(0, Iterator::eq, {std::string("x"), std::int64_t{2}}), "b");
  EXPECT_EQ(tokens(0, Iterator::eq, {std::string("x")}), "abc");
  EXPECT_EQ(tokens(0, Iterator::req, {std::string("x")}), "cba");
  EXPECT_EQ(tokens(0, Iterator::ge, {std::string("x"), std::int64_t{3}}), "cde");
  EXPECT_EQ(tokens(0, Iterator::gt, {std::string("x")}), "de");
  EXPECT_EQ(tokens(0, Iterator::le, {std::string("y")}), "dcba");
  EXPECT_EQ(tokens(0, Iterator::lt, {std::string("y")}), "cba");
  EXPECT_EQ(tokens(0, Iterator::all, {}), "abcde");
}

TEST_F(PartsTest, ASecondaryOfSeveralPartsOrdersByThemThenByThePrimaryKey) {
  EXPECT_EQ(tokens(1, Iterator::ge, {}), "ecadb");
  EXPECT_EQ(tokens(1, Iterator::eq, {std::int64_t{7}}), "adb");
  EXPECT_EQ(tokens(1, Iterator::le, {std::int64_t{7}, std::int64_t{1}}), "dace");
}

TEST_F(PartsTest, KeysWithTooManyPartsOrWrongOnesAreRefused) {
  EXPECT_EQ(tokens(0, Iterator::eq, {std::string("x"), std::int64_t{2}, std::int64_t{2}}), "31");
  EXPECT_EQ(tokens(0, Iterator::eq, {std::string("x"), std::string("2")}), "18");
  EXPECT_EQ(tokens(2, Iterator::eq, {std::string("a")}), "136");
  EXPECT_EQ(tokens(2, Iterator::eq, {std::string("a"), std::int64_t{7}}), "a");
  EXPECT_EQ(execute({.kind = erase, .key = {std::string("x")}}).error().code, 19);
}

TEST_F(PartsTest, EveryUniqueIndexRefusesASecondRowWithItsKey) {
  EXPECT_EQ(execute({.kind = insert, .tuple = event("x", 1, 0, "new")}).error().code, 3);
  EXPECT_EQ(execute({.kind = insert, .tuple = event("new", 1, 7, "a")}).error().code, 3);
  EXPECT_EQ(execute({.kind = replace, .tuple = event("y", 1, 7, "a")}).error().code, 3);
  const Operation rename{
      .kind = update, .key = {std::string("y"), std::int64_t{1}}, .changes = {{'=', 3, std::string("a")}}};
  EXPECT_EQ(execute(rename).error().code, 3);
  EXPECT_TRUE(execute({.kind = replace, .tuple = event("x", 1, 7, "a")}));
  EXPECT_EQ(tokens(0, Iterator::all, {}), "abcde");
}

TEST_F(PartsTest, NoPartOfThePrimaryKeyChanges) {
  const Operation move{
      .kind = update, .key = {std::string("y"), std::int64_t{1}}, .changes = {{'+', 1, std::int64_t{1}}}};
  EXPECT_EQ(execute(move).error().code, 94);
}

}  // namespace
}  // namespace hotlap::targets::tuplestore
