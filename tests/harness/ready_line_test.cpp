#include "harness/ready_line.h"

#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

TEST(ReadyLine, GivesPortAndProcess) {
  const auto ready = parse_ready_line("hotlap-target", "hotlap-target ready port=43210 pid=77");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->port, 43210);
  EXPECT_EQ(ready->pid, 77);
}

TEST(ReadyLine, OfAnotherProgramOrWithoutItsNumbersIsNone) {
  EXPECT_FALSE(parse_ready_line("hotlap-target", "hotlap-tuplestore ready port=1 pid=2"));
  EXPECT_FALSE(parse_ready_line("hotlap-target", "hotlap-targets ready port=1 pid=2"));
  EXPECT_FALSE(parse_ready_line("hotlap-target", "hotlap-target ready pid=2"));
  EXPECT_FALSE(parse_ready_line("hotlap-target", "hotlap-target ready port=70000 pid=2"));
  EXPECT_FALSE(parse_ready_line("hotlap-target", "hotlap-target ready port=0 pid=2"));
  EXPECT_FALSE(parse_ready_line("hotlap-target", ""));
}

TEST(ReadyLine, OfAStartScriptMaySayWhatRunsAndWhatItReads) {
  const auto ready =
      parse_ready_line("hotlap-nginx", "hotlap-nginx ready port=1 pid=2 reads=a.conf runs=/x/nginx -c reads=b");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->reads, "a.conf");
  EXPECT_EQ(ready->runs, "/x/nginx -c reads=b");
  const auto silent = parse_ready_line("hotlap-nginx", "hotlap-nginx ready port=1 pid=2");
  EXPECT_EQ(silent->reads + silent->runs, "");
}

TEST(ServedCounts, ComeFromTheLastSuchLine) {
  const auto plain =
      served_counts("hotlap-target ready port=1 pid=2\nhotlap-target served requests=42 connections=3\n");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->requests, 42U);
  EXPECT_FALSE(plain->store_calls);
  EXPECT_EQ(served_counts("hotlap-target served requests=1\nhotlap-target served requests=2")->requests, 2U);
  EXPECT_FALSE(served_counts("hotlap-target served\nrequests=9"));
  EXPECT_FALSE(served_counts(""));
}

TEST(ServedCounts, HoldStoreCallsAndSystemCallsPerRequest) {
  const auto counts = served_counts("hotlap-target served requests=100 responses=100 syscalls=250 store_calls=301\n");
  ASSERT_TRUE(counts);
  EXPECT_DOUBLE_EQ(counts->store_calls_per_request().value(), 3.01);
  EXPECT_DOUBLE_EQ(counts->syscalls_per_request().value(), 2.5);
  EXPECT_FALSE(served_counts("hotlap-target served requests=0 store_calls=1")->store_calls_per_request());
}

TEST(LastWords, AreTheLastLineMadePrintable) {
  EXPECT_EQ(last_words("one\ntwo \n\n"), "two");
  EXPECT_EQ(last_words("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(last_words("\n\n"), "");
}

}  // namespace
}  // namespace hotlap::harness
