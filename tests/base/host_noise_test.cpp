#include "base/host_noise.h"

#include <gtest/gtest.h>

namespace hotlap {
namespace {

constexpr std::string_view kStat =
    "cpu  10 0 10 100 0 0 0 7 0 0\ncpu0 5 0 5 50 0 0 0 3 0 0\ncpu1 5 0 5 50 0 0 0 4 0 0\nintr 1 2 3\n";

TEST(HostNoise, StealIsSummedOverTheProcessorsAskedFor) {
  EXPECT_EQ(steal_in(kStat, {}, 100), Nanos(70'000'000));
  EXPECT_EQ(steal_in(kStat, CpuSet::parse("1").value(), 100), Nanos(40'000'000));
  EXPECT_EQ(steal_in("cpu0 1 2 3\n", {}, 100), Nanos(0));
}

TEST(HostNoise, BusyIsWhatRanAndNeitherIdleNorWaitingNorStolen) {
  constexpr std::string_view kAll = "cpu0 1 2 4 1000 2000 8 16 32 0 0\ncpu1 100 0 0 0 0 0 0 0 0 0\n";
  EXPECT_EQ(busy_in(kAll, CpuSet::parse("0").value(), 100), Nanos(310'000'000));
  EXPECT_EQ(busy_in(kAll, {}, 100), Nanos(1'310'000'000));
}

TEST(HostNoise, BothVersionsOfControlGroupsTellTheirThrottling) {
  EXPECT_EQ(throttled_in("usage_usec 5\nnr_throttled 2\nthrottled_usec 1500\n"), Nanos(1'500'000));
  EXPECT_EQ(throttled_in("nr_periods 1\nnr_throttled 1\nthrottled_time 1500\n"), Nanos(1500));
  EXPECT_EQ(throttled_in(""), Nanos(0));
}

TEST(HostNoise, CountersOfThisMachineDoNotFall) {
  const auto before = read_host_noise({});
  const auto after = read_host_noise({});
  EXPECT_GE(after.steal, before.steal);
  EXPECT_GE(after.throttled, before.throttled);
}

}  // namespace
}  // namespace hotlap
