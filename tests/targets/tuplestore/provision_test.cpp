#include "targets/tuplestore/provision.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hotlap::targets::tuplestore {
namespace {

Rows everything(Database& database, Space space) {
  Answer answer;
  database.execute(
      {.kind = OperationKind::select, .space = static_cast<std::uint32_t>(space), .iterator = Iterator::all}, answer);
  return to_outcome(answer).value();
}

Rows everything(Space space) {
  Database database;
  provision(database);
  return everything(database, space);
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
  for (const auto row : rows) {
    ratings.insert(std::get<std::int64_t>(row[1]));
    packs.insert(std::string(std::get<std::string_view>(row[3])));
  }
  EXPECT_LT(ratings.size(), rows.size());
  EXPECT_LT(*ratings.begin(), 0);
  EXPECT_EQ(packs.size(), 600U);
}

TEST(Provision, TheWorldHasTenThousandNumbersInRange) {
  const auto rows = everything(Space::world);
  ASSERT_EQ(rows.size(), 10'000U);
  std::int64_t id = 0;
  std::set<std::int64_t> numbers;
  for (const auto row : rows) {
    EXPECT_EQ(std::get<std::int64_t>(row.at(0)), ++id);
    numbers.insert(std::get<std::int64_t>(row.at(1)));
  }
  EXPECT_GE(*numbers.begin(), 1);
  EXPECT_LE(*numbers.rbegin(), 10'000);
  EXPECT_GT(numbers.size(), 5'000U) << "about 6,300 different ones are to be expected";
}

TEST(Provision, ThereAreTwelveFortunesFiftyAgentsAndTwoChannels) {
  Database database;
  provision(database);
  const auto fortunes = everything(database, Space::fortunes);
  ASSERT_EQ(fortunes.size(), 12U);
  EXPECT_EQ(fortunes[11], (Tuple{std::int64_t{12}, std::string("フレームワークのベンチマーク")}));
  const auto agents = everything(database, Space::agents);
  ASSERT_EQ(agents.size(), 50U);
  EXPECT_EQ(agents.front().at(4), Field("300"));
  EXPECT_EQ(agents[49].at(4), Field("349"));
  EXPECT_TRUE(everything(database, Space::agent_logins).empty());
  const auto events = everything(database, Space::events);
  EXPECT_EQ(events.size(), 520U);
  EXPECT_EQ(events.front().at(0), Field("large"));
  EXPECT_EQ(events[519].at(0), Field("small"));
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
