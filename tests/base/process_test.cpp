#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>

namespace hotlap {
namespace {

using namespace std::chrono_literals;

Process shell(const std::string& script) {
  auto process = Process::start({.arguments = {"sh", "-c", script}});
  check(process.has_value(), "a shell can be started");
  return std::move(process).value();
}

TEST(Process, OutputComesLineByLine) {
  auto process = shell("printf 'one\\ntwo\\nlast'; echo to the log >&2");
  EXPECT_EQ(process.read_line(5s).value(), "one");
  EXPECT_EQ(process.read_line(5s).value(), "two");
  EXPECT_TRUE(process.read_line(5s).value().starts_with("last"));
  EXPECT_EQ(process.wait(5s).value().status, 0);
  EXPECT_NE(process.output_tail().find("to the log"), std::string::npos);
}

TEST(Process, ExitCodesAndSignalsAreToldApart) {
  EXPECT_EQ(shell("exit 3").wait(5s).value().text(), "exit code 3");
  const auto killed = shell("kill -SEGV $$").wait(5s).value();
  EXPECT_TRUE(killed.signalled);
  EXPECT_EQ(killed.status, 128 + SIGSEGV);
}

TEST(Process, StoppingTakesTheWholeGroupAlong) {
  auto process = shell("tail -f /dev/null & echo $!; wait");
  const pid_t grandchild = std::stoi(process.read_line(5s).value());
  EXPECT_TRUE(process.stop(5s).signalled);
  // The grandchild is killed with its group; init reaps it a moment later.
  const Instant deadline = monotonic_now() + 5s;
  bool gone = false;
  while (!gone && monotonic_now() < deadline) {
    gone = ::kill(grandchild, 0) != 0 && errno == ESRCH;
    if (!gone)
      gone = Process::start(
                 {.arguments = {"sh", "-c", "grep -q '^State:.Z' /proc/" + std::to_string(grandchild) + "/status"}})
                 ->wait(5s)
                 .value()
                 .status == 0;
  }
  EXPECT_TRUE(gone);
}

TEST(Process, WhatIgnoresTerminationIsKilled) {
  auto process = shell("trap '' TERM; echo deaf; while :; do tail -f /dev/null; done");
  EXPECT_EQ(process.read_line(5s).value(), "deaf");
  EXPECT_EQ(process.stop(50ms).status, 128 + SIGKILL);
}

TEST(Process, AMissingProgramIsNamed) {
  const auto missing = Process::start({.arguments = {"no-such-program-here"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ExitCode::missing_program);
  EXPECT_NE(missing.error().message.find("no-such-program-here"), std::string::npos);
  const auto folder = Process::start({.arguments = {"true"}, .working_directory = "/no/such/folder"});
  ASSERT_FALSE(folder);
}

TEST(Process, EnvironmentAndCpusArePassedOn) {
  auto process =
      Process::start({.arguments = {"sh", "-c", "echo $HOTLAP_TEST; grep Cpus_allowed_list /proc/self/status"},
                      .environment = {{"HOTLAP_TEST", "a b"}},
                      .cpus = CpuSet::parse(std::to_string(*CpuSet::available().cpus().begin())).value()});
  ASSERT_TRUE(process);
  EXPECT_EQ(process->read_line(5s).value(), "a b");
  EXPECT_TRUE(process->read_line(5s).value().ends_with(std::to_string(*CpuSet::available().cpus().begin())));
}

TEST(Process, CpuTimeOfTheGroupGrowsWithWork) {
  auto process = shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exec tail -f /dev/null");
  const auto before = group_cpu_time(process.pid());
  ASSERT_TRUE(before);
  EXPECT_EQ(process.read_line(30s).value(), "done");
  const auto after = group_cpu_time(process.pid());
  ASSERT_TRUE(after);
  EXPECT_GT(after->total, before->total);
  const pid_t pid = process.pid();
  process.stop(5s);
  EXPECT_FALSE(group_cpu_time(pid));
}

}  // namespace
}  // namespace hotlap
