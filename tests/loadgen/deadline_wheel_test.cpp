#include "loadgen/deadline_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{5'000'000'000};

std::vector<std::uint32_t> due(DeadlineWheel& wheel, Instant now) {
  std::vector<std::uint32_t> slots;
  wheel.turn(now, [&](std::uint32_t slot) { slots.push_back(slot); });
  return slots;
}

TEST(DeadlineWheel, AnEntryComesOnceItsBucketIsOverAndThenNoMore) {
  DeadlineWheel wheel(2, kStart);
  wheel.set(1, kStart + 2500us);
  EXPECT_TRUE(due(wheel, kStart + 2400us).empty());
  EXPECT_EQ(due(wheel, kStart + 3ms), (std::vector<std::uint32_t>{1}));
  EXPECT_FALSE(wheel.is_set(1));
  EXPECT_TRUE(due(wheel, kStart + 1s).empty());
}

TEST(DeadlineWheel, SettingAgainReplacesAndRemovingForgets) {
  DeadlineWheel wheel(3, kStart);
  for (const std::uint32_t slot : {0U, 1U, 2U}) wheel.set(slot, kStart + 5ms);
  wheel.set(1, kStart + 50ms);
  wheel.remove(2);
  EXPECT_EQ(due(wheel, kStart + 10ms), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(due(wheel, kStart + 60ms), (std::vector<std::uint32_t>{1}));
}

TEST(DeadlineWheel, TellsWhenToComeBack) {
  DeadlineWheel wheel(1, kStart);
  EXPECT_EQ(wheel.next(kStart + 1s), kStart + 1s);
  wheel.set(0, kStart + 70ms);
  EXPECT_EQ(wheel.next(kStart + 1s), kStart + 70ms);
  EXPECT_EQ(wheel.next(kStart + 20ms), kStart + 20ms);
}

// Against a map, over many turns of the wheel and with sleeps longer than a turn.
TEST(DeadlineWheel, NoEntryIsLostOrMoreThanABucketLate) {
  std::mt19937_64 random(7);
  constexpr std::uint32_t kSlots = 40;
  DeadlineWheel wheel(kSlots, kStart);
  std::map<std::uint32_t, Instant> deadlines;
  Instant now = kStart;
  for (int step = 0; step < 20'000; ++step) {
    const auto slot = static_cast<std::uint32_t>(random() % kSlots);
    if (random() % 3 == 0) {
      wheel.remove(slot);
      deadlines.erase(slot);
    } else {
      deadlines[slot] = now + Nanos(random() % 2'000'000'000);
      wheel.set(slot, deadlines[slot]);
    }
    now = now + Nanos(random() % (step % 100 == 0 ? 1'500'000'000 : 4'000'000));
    wheel.turn(now, [&](std::uint32_t found) {
      ASSERT_TRUE(deadlines.contains(found));
      if (now < deadlines[found])
        wheel.set(found, deadlines[found]);  // beyond the turn: looked at early
      else
        deadlines.erase(found);
    });
    for (const auto& [open, at] : deadlines) ASSERT_LT(now - at, Nanos(DeadlineWheel::kBucketNs)) << open;
  }
}

}  // namespace
}  // namespace hotlap::loadgen
