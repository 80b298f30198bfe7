#include "targets/tuplestore/change.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::tuplestore {
namespace {

const Tuple kTuple = {std::string("k"), std::int64_t{2}, std::string("text")};

std::string bytes_of(const Tuple& tuple) {
  std::string bytes;
  msgpack::write_tuple(bytes, tuple);
  return bytes;
}

// Each operation is its arguments: {name, field, …}.
std::string operations(const std::vector<Tuple>& list) {
  std::string bytes;
  msgpack::write_array(bytes, list.size());
  for (const auto& operation : list) msgpack::write_tuple(bytes, operation);
  return bytes;
}

Tuple operation(std::string name, std::int64_t field, Value value) {
  return {std::move(name), field, std::move(value)};
}

class ChangeTest : public testing::Test {
 protected:
  Checked<Tuple> changed(const std::vector<Tuple>& list, std::uint32_t base = 0) {
    const auto tuple = bytes_of(kTuple);
    const auto asked = operations(list);
    if (auto read = changer_.read(asked, base); !read) return Refusal(read.error());
    const auto result = changer_.changed(tuple);
    if (!result) return Refusal(result.error());
    return owned(iproto::read_rows(*result, 1).value().front());
  }
  int refusal(const std::vector<Tuple>& list, std::uint32_t base = 0) {
    const auto result = changed(list, base);
    return result ? 0 : result.error().code;
  }
  Value field(const std::vector<Tuple>& list, std::size_t number) { return changed(list).value().at(number); }

  Changer changer_;
};

TEST_F(ChangeTest, AddsSubtractsAndSets) {
  EXPECT_EQ(field({operation("+", 1, std::int64_t{5})}, 1), Value(std::int64_t{7}));
  EXPECT_EQ(field({operation("-", 1, std::int64_t{5})}, 1), Value(std::int64_t{-3}));
  EXPECT_EQ(field({operation("=", 2, true)}, 2), Value(true));
}

TEST_F(ChangeTest, CombinesBits) {
  EXPECT_EQ(field({operation("|", 1, std::int64_t{5})}, 1), Value(std::int64_t{7}));
  EXPECT_EQ(field({operation("&", 1, std::int64_t{3})}, 1), Value(std::int64_t{2}));
  EXPECT_EQ(field({operation("^", 1, std::int64_t{3})}, 1), Value(std::int64_t{1}));
  EXPECT_EQ(refusal({operation("^", 1, std::int64_t{-3})}), 26);
  EXPECT_EQ(refusal({operation("^", 2, std::int64_t{3})}), 26);
}

TEST_F(ChangeTest, InsertsBeforeAFieldAndDeletesSome) {
  EXPECT_EQ(changed({operation("!", 1, true)}).value(),
            (Tuple{std::string("k"), true, std::int64_t{2}, std::string("text")}));
  EXPECT_EQ(changed({operation("!", -1, true)}).value().back(), Value(true)) << "-1 is behind the last";
  EXPECT_EQ(changed({operation("#", 1, std::int64_t{1})}).value(), (Tuple{std::string("k"), std::string("text")}));
  EXPECT_EQ(changed({operation("#", 1, std::int64_t{9})}).value(), Tuple{std::string("k")});
  EXPECT_EQ(refusal({operation("#", 1, std::int64_t{0})}), 29);
}

TEST_F(ChangeTest, SplicesATextFromEitherEnd) {
  const auto splice = [](std::int64_t offset, std::int64_t cut, std::string text) {
    return Tuple{std::string(":"), std::int64_t{2}, offset, cut, std::move(text)};
  };
  EXPECT_EQ(field({splice(1, 2, "X")}, 2), Value(std::string("tXt")));
  EXPECT_EQ(field({splice(-1, 0, "X")}, 2), Value(std::string("textX")));
  EXPECT_EQ(field({splice(-5, 1, "X")}, 2), Value(std::string("Xext")));
  EXPECT_EQ(field({splice(9, 1, "X")}, 2), Value(std::string("textX")));
  EXPECT_EQ(field({splice(0, -1, "X")}, 2), Value(std::string("Xt")));
  EXPECT_EQ(refusal({splice(-6, 1, "X")}), 25);
  EXPECT_EQ(refusal({Tuple{std::string(":"), std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::string()}}), 26);
}

TEST_F(ChangeTest, FieldsCountFromTheBaseOrFromTheEnd) {
  EXPECT_EQ(changed({operation("=", 2, true)}, 1).value().at(1), Value(true));
  EXPECT_EQ(changed({operation("=", -1, true)}, 1).value().at(2), Value(true));
  EXPECT_EQ(refusal({operation("=", 0, true)}, 1), 37);
  EXPECT_EQ(refusal({operation("=", -4, true)}), 37);
}

TEST_F(ChangeTest, SettingTheFieldAfterTheLastAppends) {
  EXPECT_EQ(changed({operation("=", 3, std::string("y"))}).value().size(), 4U);
  EXPECT_EQ(refusal({operation("=", 4, std::string("y"))}), 37);
  EXPECT_EQ(refusal({operation("+", 3, std::int64_t{1})}), 37);
}

TEST_F(ChangeTest, AFieldMayBeSetAgainButNotAddedToAgain) {
  EXPECT_EQ(field({operation("+", 1, std::int64_t{5}), operation("=", 1, std::int64_t{9})}, 1), Value(std::int64_t{9}));
  EXPECT_EQ(refusal({operation("+", 1, std::int64_t{1}), operation("+", 1, std::int64_t{1})}), 29);
  EXPECT_EQ(refusal({operation("=", 1, std::int64_t{1}), operation("+", 1, std::int64_t{1})}), 29);
}

TEST_F(ChangeTest, AnAppendedFieldMayBeAddedToOnce) {
  const auto append = operation("=", 3, std::int64_t{1});
  const auto add = operation("+", 3, std::int64_t{2});
  EXPECT_EQ(field({append, add}, 3), Value(std::int64_t{3}));
  EXPECT_EQ(refusal({append, add, add}), 29);
}

TEST_F(ChangeTest, OnlyNumbersAreAddedAndOnlyToNumbers) {
  EXPECT_EQ(refusal({operation("+", 2, std::int64_t{1})}), 26);
  EXPECT_EQ(refusal({operation("+", 1, std::string("1"))}), 26);
}

TEST_F(ChangeTest, WhatIsNoOperationIsRefused) {
  EXPECT_EQ(refusal({operation("?", 1, std::int64_t{1})}), 28);
  EXPECT_EQ(refusal({operation("", 1, std::int64_t{1})}), 28);
  EXPECT_EQ(refusal({Tuple{std::string("="), std::int64_t{1}}}), 28);
  EXPECT_EQ(refusal({Tuple{}}), 1);
  EXPECT_EQ(refusal({Tuple{true}}), 1);
  EXPECT_EQ(refusal({Tuple{std::string("="), true, true}}), 1);
}

TEST_F(ChangeTest, SumsReachFromTheLeastSignedToTheGreatestUnsignedNumber) {
  EXPECT_EQ(refusal({operation("-", 1, std::numeric_limits<std::int64_t>::max())}), 0);
  const auto most = std::numeric_limits<std::int64_t>::max();
  const auto tuple = bytes_of({std::string("k"), most});
  const auto once = operations({operation("+", 1, most)});
  ASSERT_TRUE(changer_.read(once, 0));
  const std::string twice(changer_.changed(tuple).value());
  EXPECT_EQ(twice, "\x92\xa1k\xcf\xff\xff\xff\xff\xff\xff\xff\xfe");
  EXPECT_EQ(changer_.changed(twice).error().code, 95);
}

TEST_F(ChangeTest, WherePossibleSkipsWhatIsNot) {
  const auto tuple = bytes_of(kTuple);
  const auto asked = operations({operation("=", 1, std::int64_t{5}), operation("+", 2, std::int64_t{1}),
                                 operation("=", 9, true), operation("=", 2, std::string("z"))});
  ASSERT_TRUE(changer_.read(asked, 0));
  EXPECT_EQ(changer_.changed_where_possible(tuple), bytes_of({std::string("k"), std::int64_t{5}, std::string("z")}));
}

}  // namespace
}  // namespace hotlap::targets::tuplestore
