#include "loadgen/transport/wake_margin.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

TEST(WakeMargin, FollowsTheMedianOfLateness) {
  WakeMargin margin(Waiting::punctual);
  for (int i = 0; i < 3000; ++i) margin.learn(i % 3 == 0 ? 900us : i % 3 == 1 ? 20us : 3us);
  EXPECT_GE(margin.margin(), 18us);
  EXPECT_LE(margin.margin(), 22us);
  for (int i = 0; i < 300; ++i) margin.learn(2us);
  EXPECT_LE(margin.margin(), 3us);
}

TEST(WakeMargin, OneStallMovesItLittle) {
  WakeMargin margin(Waiting::punctual);
  for (int i = 0; i < 100; ++i) margin.learn(5us);
  const auto before = margin.margin();
  margin.learn(1s);
  EXPECT_LE(margin.margin() - before, 1us);
}

TEST(WakeMargin, ShortensTheSleepAndIsBounded) {
  WakeMargin margin(Waiting::punctual);
  EXPECT_EQ(margin.sleep(1ms), 1ms);
  for (int i = 0; i < 1000; ++i) margin.learn(3ms);
  EXPECT_EQ(margin.margin(), WakeMargin::kMost);
  EXPECT_EQ(margin.sleep(1ms), 900us);
  EXPECT_EQ(margin.sleep(30us), 0us);
  EXPECT_EQ(margin.sleep(-5us), 0us);
}

TEST(WakeMargin, AsleepItStaysZero) {
  WakeMargin margin(Waiting::asleep);
  for (int i = 0; i < 100; ++i) margin.learn(40us);
  EXPECT_EQ(margin.sleep(30us), 30us);
}

TEST(WakeMargin, PollingNeverSleeps) {
  const WakeMargin polling(Waiting::polling), punctual(Waiting::punctual);
  EXPECT_EQ(polling.sleep(1s), 0us);
  EXPECT_TRUE(polling.may_poll(1s));
  EXPECT_FALSE(polling.may_poll(0us)) << "it is time";
  EXPECT_FALSE(punctual.may_poll(1s));
  EXPECT_TRUE(punctual.may_poll(WakeMargin::kMost)) << "the sleep before it may have had that margin";
}

}  // namespace
}  // namespace hotlap::loadgen
