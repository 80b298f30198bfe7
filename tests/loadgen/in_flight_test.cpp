#include "loadgen/in_flight.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

TEST(InFlight, StampsLeaveInTheOrderTheyCame) {
  InFlight in_flight(3);
  in_flight.push({.intended = {1}, .sent = {10}, .requests = 1});
  in_flight.push({.intended = {2}, .sent = {20}, .requests = 2});
  EXPECT_EQ(in_flight.room(), 0U);
  EXPECT_EQ(in_flight.pop(1).sent.ns, 10);
  EXPECT_EQ(in_flight.oldest().sent.ns, 20);
  EXPECT_EQ(in_flight.requests(), 2U);
}

TEST(InFlight, ABatchIsTakenInParts) {
  InFlight in_flight(24);
  in_flight.push({.intended = {}, .sent = {5}, .requests = 24});
  EXPECT_EQ(in_flight.pop(10).requests, 10U);
  in_flight.push({.intended = {}, .sent = {7}, .requests = 10});
  const auto rest = in_flight.pop(24);
  EXPECT_EQ(rest.requests, 14U);
  EXPECT_EQ(rest.sent.ns, 5);
  EXPECT_EQ(in_flight.pop(24).sent.ns, 7);
  EXPECT_TRUE(in_flight.empty());
}

TEST(InFlight, RunsForeverInFixedSpace) {
  InFlight in_flight(4);
  for (std::int64_t i = 0; i < 1000; ++i) {
    in_flight.push({.intended = {}, .sent = {i}, .requests = 1});
    if (in_flight.room() == 0) {
      EXPECT_EQ(in_flight.pop(1).sent.ns, i - 3);
    }
  }
}

TEST(InFlightDeathTest, AResponseWithoutARequestIsABrokenPromise) {
  InFlight in_flight(1);
  EXPECT_DEATH((void)in_flight.pop(1), "never sent");
}

}  // namespace
}  // namespace hotlap::loadgen
