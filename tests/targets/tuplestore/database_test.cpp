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
    for (const auto& row : rows.value()) ids += std::get<std::string>(row[0]);
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
    EXPECT_NE(std::get<std::string>(row.value().at(0)[0]), "d");
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
  EXPECT_TRUE(answer_.bare);
  EXPECT_EQ(execute({.kind = call, .text = "hotlap_ready"}).value(), Rows{{false}});
  database_.set_provisioned();
  EXPECT_EQ(execute({.kind = call, .text = "hotlap_ready"}).value(), Rows{{true}});
}

TEST_F(DatabaseTest, ExpressionsOfThePagesAreEvaluated) {
  const auto uuid = execute({.kind = eval, .text = "return require('uuid').str()"});
  const auto text = std::get<std::string>(uuid.value().at(0).at(0));
  EXPECT_EQ(text.size(), 36U);
  EXPECT_EQ(text[14], '4');
  const auto md5 = execute({.kind = eval, .text = "return require('digest').md5_hex(require('digest').urandom(32))"});
  EXPECT_EQ(std::get<std::string>(md5.value().at(0).at(0)).size(), 32U);
  const Tuple arguments = {std::int64_t{1}, std::string("two")};
  EXPECT_EQ(execute({.kind = eval, .tuple = arguments, .text = "return ..."}).value(),
            (Rows{{arguments[0]}, {arguments[1]}}));
}

}  // namespace
}  // namespace hotlap::targets::tuplestore
