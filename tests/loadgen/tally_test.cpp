#include "loadgen/tally.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

TEST(Tally, MergingAddsEverythingAndKeepsTheFirstOfEachError) {
  Tally a, b;
  a.requests.sent = 2;
  b.requests.sent = 3;
  a.status[200] = 1;
  b.status[200] = 4;
  a.error("reset", 1, [] { return std::string("first"); });
  b.error("reset", 2, [] { return std::string("second"); });
  b.error("parse", 1, [] { return std::string("bytes"); });
  a.series = {{0, 1, 0}};
  b.series = {{0, 2, 1}, {1, 5, 0}};
  b.service_time.record(Nanos(7));
  a.established = 1;
  b.established = 2;
  a.merge(b);
  EXPECT_EQ(a.requests.sent, 5U);
  EXPECT_EQ(a.status[200], 5U);
  EXPECT_EQ(a.errors.at("reset").count, 3U);
  EXPECT_EQ(a.errors.at("reset").first, "first");
  EXPECT_EQ(a.errors.at("parse").count, 1U);
  ASSERT_EQ(a.series.size(), 2U);
  EXPECT_EQ(a.series[0].good, 3U);
  EXPECT_EQ(a.series[1].second, 1);
  EXPECT_EQ(a.service_time.count(), 1U);
  EXPECT_EQ(a.established, 3U);
}

}  // namespace
}  // namespace hotlap::loadgen
