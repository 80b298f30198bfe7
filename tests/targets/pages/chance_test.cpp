#include "targets/pages/chance.h"

#include <gtest/gtest.h>

#include <set>

namespace hotlap::targets {
namespace {

TEST(Chance, TheSameSeedGivesTheSameValues) {
  Chance a(7);
  Chance b(7);
  Chance c(8);
  EXPECT_EQ(a.token(), b.token());
  EXPECT_EQ(a.uuid(), b.uuid());
  EXPECT_NE(a.token(), c.token());
}

TEST(Chance, EveryValueOfTheRangeComesAndNoOther) {
  Chance chance(1);
  std::set<std::int64_t> seen;
  for (int time = 0; time < 1000; ++time) seen.insert(chance.between(-1, 3));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1, 2, 3}));
  EXPECT_EQ(chance.between(5, 5), 5);
}

TEST(Chance, TextsHaveTheirShape) {
  Chance chance(1);
  EXPECT_EQ(chance.token().size(), 32U);
  const auto uuid = chance.uuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

}  // namespace
}  // namespace hotlap::targets
