#include "targets/tuplestore/provision.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hotlap::targets::tuplestore {
namespace {

Rows everything(Space space) {
  Database database;
  provision(database);
  Answer answer;
  database.execute(
      {.kind = OperationKind::select, .space = static_cast<std::uint32_t>(space), .iterator = Iterator::all}, answer);
  return to_outcome(answer).value();
}

TEST(Provision, MakesTheSameRowsEveryTime) {
  EXPECT_EQ(everything(Space::stickers), everything(Space::stickers));
  EXPECT_EQ(everything(Space::stickers).front(),
            (Tuple{std::string("20000"), std::int64_t{492}, std::string("https://tlgrm.eu/_/stickers/btl/1.png"),
                   std::string("https://tlgrm.eu/stickers/nxtii0"), std::int64_t{0}, std::int64_t{0}}));
}

TEST(Provision, RatingsTieAndGoBelowZero) {
  const auto rows = everything(Space::stickers);
  EXPECT_EQ(rows.size(), 16'200U);
  std::set<std::int64_t> ratings;
  std::set<std::string> packs;
  for (const auto& row : rows) {
    ratings.insert(std::get<std::int64_t>(row[1]));
    packs.insert(std::get<std::string>(row[3]));
  }
  EXPECT_LT(ratings.size(), rows.size());
  EXPECT_LT(*ratings.begin(), 0);
  EXPECT_EQ(packs.size(), 600U);
}

TEST(Provision, EndsWithReadinessAndOneRowOfStatistics) {
  Database database;
  EXPECT_FALSE(database.provisioned());
  provision(database);
  EXPECT_TRUE(database.provisioned());
  EXPECT_EQ(everything(Space::server), (Rows{{std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}}}));
}

}  // namespace
}  // namespace hotlap::targets::tuplestore
