#include "loadgen/schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace hotlap::loadgen {
namespace {

load::LoadSpec at_rate(double per_second) {
  load::LoadSpec spec;
  spec.rate = load::RateProfile{.points = {Rate{per_second}}};
  return spec;
}

TEST(Schedule, WorkersShareOneSequenceOfArrivals) {
  std::multiset<std::int64_t> due;
  for (int worker = 0; worker < 3; ++worker) {
    Schedule schedule(at_rate(1000), worker, 3);
    schedule.start(Instant{50});
    for (int i = 0; i < 4; ++i, schedule.pass()) due.insert(schedule.due().ns);
  }
  std::int64_t expected = 50;
  for (const auto at : due) {
    EXPECT_EQ(at, expected);
    expected += 1'000'000;
  }
}

TEST(Schedule, DueTimesDoNotDriftOverALongRun) {
  Schedule schedule(at_rate(3), 0, 1);
  schedule.start(Instant{0});
  for (int i = 0; i < 3'000'000; ++i) schedule.pass();
  EXPECT_EQ(schedule.due().ns, 1'000'000'000'000'000);
}

TEST(Schedule, WithoutARateTheLoopIsClosed) {
  EXPECT_FALSE(Schedule({}, 0, 1).open_loop());
}

}  // namespace
}  // namespace hotlap::loadgen
