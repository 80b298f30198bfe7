#include "targets/tuplestore/change.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace hotlap::targets::tuplestore {
namespace {

const Tuple kTuple = {std::string("k"), std::int64_t{2}, std::string("x")};

int refusal(const std::vector<Change>& changes) {
  return changed(kTuple, changes).error().code;
}

TEST(Change, AddsSubtractsAndSets) {
  EXPECT_EQ(changed(kTuple, {{'+', 1, std::int64_t{5}}}).value()[1], Value(std::int64_t{7}));
  EXPECT_EQ(changed(kTuple, {{'-', 1, std::int64_t{5}}}).value()[1], Value(std::int64_t{-3}));
  EXPECT_EQ(changed(kTuple, {{'=', 2, true}}).value()[2], Value(true));
}

TEST(Change, SettingTheFieldAfterTheLastAppends) {
  EXPECT_EQ(changed(kTuple, {{'=', 3, std::string("y")}}).value().size(), 4U);
  EXPECT_EQ(refusal({{'=', 4, std::string("y")}}), 37);
  EXPECT_EQ(refusal({{'+', 3, std::int64_t{1}}}), 37);
}

TEST(Change, AFieldMayBeSetAgainButNotAddedToAgain) {
  EXPECT_EQ(changed(kTuple, {{'+', 1, std::int64_t{5}}, {'=', 1, std::int64_t{9}}}).value()[1], Value(std::int64_t{9}));
  EXPECT_EQ(refusal({{'+', 1, std::int64_t{1}}, {'+', 1, std::int64_t{1}}}), 29);
  EXPECT_EQ(refusal({{'=', 1, std::int64_t{1}}, {'+', 1, std::int64_t{1}}}), 29);
}

TEST(Change, AnAppendedFieldMayBeAddedToOnce) {
  EXPECT_EQ(changed(kTuple, {{'=', 3, std::int64_t{1}}, {'+', 3, std::int64_t{2}}}).value()[3], Value(std::int64_t{3}));
  EXPECT_EQ(refusal({{'=', 3, std::int64_t{1}}, {'+', 3, std::int64_t{2}}, {'+', 3, std::int64_t{2}}}), 29);
}

TEST(Change, OnlyNumbersAreAddedAndOnlyToNumbers) {
  EXPECT_EQ(refusal({{'+', 2, std::int64_t{1}}}), 26);
  EXPECT_EQ(check_changes({{'+', 1, std::string("1")}}).error().code, 26);
  EXPECT_EQ(check_changes({{'?', 1, std::int64_t{1}}}).error().code, 28);
}

TEST(Change, OverflowIsRefused) {
  EXPECT_EQ(refusal({{'+', 1, std::numeric_limits<std::int64_t>::max()}}), 95);
}

TEST(Change, WherePossibleSkipsWhatIsNot) {
  const auto fields = changed_where_possible(
      kTuple, {{'=', 1, std::int64_t{5}}, {'+', 2, std::int64_t{1}}, {'=', 9, true}, {'=', 2, std::string("z")}});
  EXPECT_EQ(fields, (Tuple{std::string("k"), std::int64_t{5}, std::string("z")}));
}

}  // namespace
}  // namespace hotlap::targets::tuplestore
