#include "harness/runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace hotlap::harness {
namespace {

TEST(Runner, ThisProcessRuns) {
  const auto me = runner_of(::getpid());
  EXPECT_EQ(pid_of(me), ::getpid());
  EXPECT_TRUE(still_runs(me));
}

TEST(Runner, AnotherStartOrBootOfTheSamePidIsNotTheSame) {
  const auto me = runner_of(::getpid());
  EXPECT_FALSE(still_runs(me + "x"));
  EXPECT_FALSE(still_runs(std::to_string(::getpid()) + " 1 " + me.substr(me.rfind(' ') + 1)));
  EXPECT_FALSE(still_runs(""));
  EXPECT_FALSE(still_runs("no runner"));
}

}  // namespace
}  // namespace hotlap::harness
