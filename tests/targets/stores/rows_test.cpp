#include "targets/stores/rows.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace hotlap::targets {
namespace {

const Tuple kFirst = {std::string("a text that no short string holds"), std::int64_t{-5}, true, {}};
const Tuple kSecond = {std::string("b")};

TEST(Rows, AreWhatWentIn) {
  const Rows rows = {kFirst, {}, kSecond};
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], kFirst);
  EXPECT_TRUE(rows[1].empty());
  EXPECT_EQ(rows.at(2), kSecond);
  EXPECT_EQ(owned(rows.front()), kFirst);
  EXPECT_EQ(std::get<std::string_view>(rows[2].at(0)), "b");
  EXPECT_THROW((void)rows.at(3), std::out_of_range);
  EXPECT_THROW((void)rows[2].at(1), std::out_of_range);
  std::vector<Tuple> in_order;
  for (const auto row : rows) in_order.push_back(owned(row));
  EXPECT_EQ(in_order, (std::vector<Tuple>{kFirst, {}, kSecond}));
}

TEST(Rows, AreEqualWhenEachFieldIs) {
  EXPECT_EQ((Rows{kFirst, kSecond}), (Rows{kFirst, kSecond}));
  EXPECT_NE((Rows{kFirst, kSecond}), (Rows{kSecond, kFirst}));
  EXPECT_NE((Rows{kSecond, kSecond}), Rows{kSecond});
  // The same fields, cut into rows elsewhere.
  EXPECT_NE((Rows{{std::int64_t{1}, std::int64_t{2}}, {std::int64_t{3}}}),
            (Rows{{std::int64_t{1}}, {std::int64_t{2}, std::int64_t{3}}}));
  EXPECT_NE(Rows{{std::int64_t{1}}}, Rows{{true}});
  EXPECT_NE(Rows{{std::string()}}, Rows{Tuple{Value()}});
}

TEST(Rows, ViewsOutliveAMoveOfTheirRows) {
  Rows rows = {kFirst, kSecond};
  const auto first = rows.front();
  const auto moved = std::make_unique<Rows>(std::move(rows));
  EXPECT_EQ(first, kFirst);
  EXPECT_EQ(moved->at(1), kSecond);
}

TEST(Rows, AreFilledFieldByField) {
  Rows rows(7);
  const auto kept = rows.keep("abcd");
  for (const auto part : {kept.substr(0, 1), kept.substr(1)}) {
    rows.add() = part;
    rows.add() = std::int64_t{9};
    rows.end_row();
  }
  rows.add_copy(Field("efg"));
  rows.end_row();
  EXPECT_EQ(rows,
            (Rows{{std::string("a"), std::int64_t{9}}, {std::string("bcd"), std::int64_t{9}}, {std::string("efg")}}));
  EXPECT_DEATH(rows.add_copy(Field("h")), "no longer than was said");
}

}  // namespace
}  // namespace hotlap::targets
