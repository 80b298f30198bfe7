#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "base/cpu_time.h"
#include "base/file_text.h"
#include "base/process_tree.h"

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

// Gone, or a zombie that whoever adopted it has not reaped yet.
bool is_gone(pid_t pid) {
  const auto stat = file_text("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(") ");
  return name_end == std::string::npos || stat[name_end + 2] == 'Z' || stat[name_end + 2] == 'X';
}

bool becomes_gone(pid_t pid) {
  const Instant deadline = monotonic_now() + 10s;
  while (!is_gone(pid) && monotonic_now() < deadline) std::this_thread::yield();
  return is_gone(pid);
}

// A daemon by the book: forked twice, a session of its own, no environment and no descriptors of ours. Prints its id.
constexpr const char* kDaemon = "(env -i setsid tail -f /dev/null >/dev/null 2>&1 & echo $!)";

TEST(Process, StoppingTakesTheWholeGroupAlong) {
  auto process = shell("tail -f /dev/null & echo $!; wait");
  const pid_t grandchild = std::stoi(process.read_line(5s).value());
  EXPECT_TRUE(process.stop(5s).signalled);
  EXPECT_TRUE(is_gone(grandchild));
}

TEST(Process, StoppingTakesDaemonsAlong) {
  auto process = shell(std::string(kDaemon) + "; exec tail -f /dev/null");
  const pid_t daemon = std::stoi(process.read_line(5s).value());
  EXPECT_FALSE(is_gone(daemon));
  const Instant deadline = monotonic_now() + 10s;
  while (::getpgid(daemon) == process.pid() && monotonic_now() < deadline) std::this_thread::yield();
  ASSERT_NE(::getpgid(daemon), process.pid());
  process.stop(5s);
  EXPECT_TRUE(is_gone(daemon));
}

TEST(Process, ADaemonOutlivesItsLeaderOnlyUntilTheStop) {
  auto process = shell(kDaemon);
  const pid_t daemon = std::stoi(process.read_line(5s).value());
  EXPECT_EQ(process.wait(5s).value().status, 0);
  EXPECT_FALSE(is_gone(daemon));
  EXPECT_EQ(process.stop(5s).status, 0);
  EXPECT_TRUE(is_gone(daemon));
}

TEST(Process, MembersAreTheChildAndAllBelowIt) {
  auto process = shell(std::string(kDaemon) + "; exec tail -f /dev/null");
  const pid_t daemon = std::stoi(process.read_line(5s).value());
  std::vector<pid_t> expected = {process.pid(), daemon};
  std::ranges::sort(expected);
  std::vector<pid_t> members;
  const Instant deadline = monotonic_now() + 5s;  // the shell between them may still be ending
  do {
    members = process.members();
    std::ranges::sort(members);
  } while (members != expected && monotonic_now() < deadline && !process.wait(1ms));
  EXPECT_EQ(members, expected);
  EXPECT_TRUE(cpu_time_of(members));
  process.stop(5s);
  EXPECT_TRUE(process.members().empty());
  EXPECT_FALSE(cpu_time_of(expected));
}

TEST(Process, NothingOutlivesAnOwnerThatIsKilled) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    auto process = shell(std::string(kDaemon) + "; echo $$; exec tail -f /dev/null");
    const auto text = process.read_line(5s).value_or("") + " " + process.read_line(5s).value_or("") + "\n";
    (void)!::write(pipe[1], text.data(), text.size());
    ::pause();
    ::_exit(0);
  }
  char buffer[64] = {};
  ASSERT_GT(::read(pipe[0], buffer, sizeof buffer - 1), 0);
  std::istringstream text(buffer);
  pid_t daemon = 0;
  pid_t leader = 0;
  text >> daemon >> leader;
  ASSERT_FALSE(is_gone(daemon));
  ASSERT_FALSE(is_gone(leader));
  const auto below = descendants_of(owner);  // the keeper, the leader, the daemon
  EXPECT_EQ(below.size(), 3U);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  for (const pid_t pid : below) EXPECT_TRUE(becomes_gone(pid)) << pid;
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(Process, AChildMaySayThatItIsReady) {
  auto without = shell("exec tail -f /dev/null");
  EXPECT_FALSE(without.said_ready());
  auto ready =
      Process::start({.arguments = {"sh", "-c", "echo >&3; echo said; exec tail -f /dev/null"}, .ready_pipe = true});
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->read_line(5s).value(), "said");
  EXPECT_TRUE(ready->said_ready());
  auto silent =
      Process::start({.arguments = {"sh", "-c", "exec 3>&-; echo closed; exec tail -f /dev/null"}, .ready_pipe = true});
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->read_line(5s).value(), "closed");
  EXPECT_FALSE(silent->said_ready());
}

TEST(Process, OutputMayGoToAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("process-output-" + std::to_string(::getpid()));
  auto process = Process::start({.arguments = {"sh", "-c", "echo out; echo err >&2"}, .output_path = path});
  ASSERT_TRUE(process);
  EXPECT_EQ(process->wait(5s).value().status, 0);
  EXPECT_FALSE(process->read_line(1s));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "out\nerr\n");
  std::filesystem::remove(path);
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
