#include "harness/process_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace hotlap::harness {
namespace {

// A name may hold anything, also what looks like the end of it.
constexpr std::string_view kStat =
    "77 (a) b (c) S 1 42 42 0 -1 4194560 120 0 0 0 150 50 9 9 20 0 3 0 1234 1000 200 18446744073709551615";

TEST(ProcessUse, ReadsTheTimesBehindANameOfAnyKind) {
  EXPECT_EQ(cpu_in_stat(kStat, 100), std::chrono::seconds(2));
  EXPECT_EQ(cpu_in_stat("", 100), Nanos{0});
}

TEST(ProcessUse, ReadsMemoryAndSwitches) {
  EXPECT_EQ(resident_in_statm("1000 25 10 1 0 100 0", 4096), 25 * 4096);
  EXPECT_EQ(resident_in_statm("", 4096), 0);
  const auto switches = switches_in_status("Name:\tx\nvoluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t4\n");
  EXPECT_EQ(switches.voluntary, 17U);
  EXPECT_EQ(switches.involuntary, 4U);
  EXPECT_EQ(proportional_in_rollup("55-66 ---p 0 [rollup]\nRss:  900 kB\nPss:  300 kB\nPss_Anon:  200 kB\n"),
            300 * 1024);
}

TEST(ProcessUse, SumsAndGivesUpOnSwitchesThatOneSideDidNotCount) {
  ProcessUse sum{.cpu = Nanos(1), .resident_bytes = 2, .switches = ContextSwitches{3, 4}};
  sum.add({.cpu = Nanos(10), .resident_bytes = 20, .switches = ContextSwitches{30, 40}});
  EXPECT_EQ(sum.cpu, Nanos(11));
  EXPECT_EQ(sum.resident_bytes, 22);
  EXPECT_EQ(sum.switches->voluntary, 33U);
  sum.add({.cpu = {}, .resident_bytes = 0, .switches = std::nullopt});
  EXPECT_FALSE(sum.switches);
}

TEST(ProcessUse, KnowsThisProcess) {
  const auto use = read_process_use(::getpid());
  ASSERT_TRUE(use);
  EXPECT_GT(use->resident_bytes, 0);
  EXPECT_TRUE(use->switches);
  EXPECT_GT(read_proportional_bytes(::getpid()).value_or(1), 0);
  EXPECT_FALSE(read_process_use(0x7fffffff));
}

}  // namespace
}  // namespace hotlap::harness
