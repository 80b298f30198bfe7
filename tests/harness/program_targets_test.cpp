#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/process_tree.h"
#include "base/program_path.h"
#include "base/socket.h"
#include "program_fixture.h"
#include "tests/base/tls_server.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Targets that are not ours: commands of all kinds, servers that run already, revisions that are built first.
class Targets : public ProgramTest {
 protected:
  [[nodiscard]] static std::string stand_in(const std::string& more) {
    return "command: [\"" + program("stand_in_server") + "\", " + more + "]";
  }
  // One that a person has started.
  [[nodiscard]] static Process running(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("stand_in_server"));
    auto process = Process::start({.arguments = std::move(arguments)});
    if (!process) throw std::runtime_error(process.error().message);
    if (process->read_line(std::chrono::seconds(10)) != "stand-in: listening")
      throw std::runtime_error("the stand-in does not listen: " + process->output_tail());
    return std::move(*process);
  }
  [[nodiscard]] static std::string free_port() {
    const auto listener = listen_tcp(resolve("127.0.0.1", 0).value(), {});
    return std::to_string(local_address(listener.value())->port());
  }
  [[nodiscard]] static std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        cells.emplace_back();
      else if (c != '\r')
        cells.back() += c;
    }
    return cells;
  }
  // The value of a column in the only line of a table.
  [[nodiscard]] std::string value_in(const std::string& table, const std::string& column) const {
    std::istringstream lines(contents(table));
    std::string heads;
    std::string values;
    std::getline(lines, heads);
    std::getline(lines, values);
    const auto names = cells_of(heads);
    const auto found = std::ranges::find(names, column);
    if (found == names.end()) return "no column " + column;
    return cells_of(values).at(static_cast<std::size_t>(found - names.begin()));
  }
};

TEST_F(Targets, AServerThatRunsAlreadyIsMeasuredAndLeftRunning) {
  const auto port = free_port();
  auto server = running({port, "0"});
  const auto end = run(
      {"run", scenario("url: \"http://127.0.0.1:" + port + "\"", "path: /, expect: {body: UGLY}"), "--csv", "t.csv"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_FALSE(server.poll_exit());
  const auto show = run({"show", "last:1"});
  EXPECT_THAT(show.out, HasSubstr("http://127.0.0.1:" + port));
  EXPECT_THAT(value_in("t.csv", "target_cpu_ns"), Not(testing::AnyOf("", "0"))) << contents("t.csv");
}

TEST_F(Targets, SystemCallsAreKnownOfTheProgramsThatPublishThem) {
  for (const std::string target : {"engine: epoll", "engine: uring", "engine: prefork, workers: 2"}) {
    const auto end = run({"run", scenario(target, "path: /ugly"), "--set", "load.duration=300ms", "--csv", "t.csv"});
    ASSERT_EQ(end.status, 0) << end.err;
    const auto answers = std::stod(value_in("t.csv", "answered"));
    EXPECT_GT(std::stod(value_in("t.csv", "target_syscalls")), answers / 2) << target;  // of two connections at a time
    EXPECT_GT(std::stod(value_in("t.csv", "load_syscalls")), answers / 2) << target;
  }
  const auto end = run(
      {"run", scenario(stand_in("\"{port}\", \"0\""), "path: /"), "--set", "load.duration=300ms", "--csv", "t.csv"});
  ASSERT_EQ(end.status, 0) << end.err;
  EXPECT_EQ(value_in("t.csv", "target_syscalls"), "");
  EXPECT_NE(value_in("t.csv", "load_syscalls"), "");
  EXPECT_THAT(run({"show", "last:1"}).out, ContainsRegex("waits +preempted +system calls"));
}

TEST_F(Targets, AUnixSocketIsAsGoodAsAPort) {
  const auto socket = path("app.sock");
  auto server = running({"0", "0", "--unix", socket});
  const auto end = run({"run", scenario("url: \"unix:" + socket + "\"", "path: /")});
  EXPECT_EQ(end.status, 0) << end.err;
  const auto started = run({"run", scenario(stand_in("\"0\", \"0\", --unix, \"{socket}\""), "path: /")});
  EXPECT_EQ(started.status, 0) << started.err;
}

TEST_F(Targets, AServerThatSpeaksTlsIsMeasured) {
  const TlsServer server({.body = "UGLY"});
  const auto url = "https://127.0.0.1:" + std::to_string(server.port());
  std::filesystem::copy_file(server.certificate(), path("ca.pem"));  // beside the scenario
  const std::string load = "path: /, pipeline: 4, expect: {body: UGLY}";
  const auto end = run({"run", scenario("url: \"" + url + "\", cacert: ca.pem", load)});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(run({"show", "last:1"}).out, HasSubstr("epoll with TLSv1.3"));
  EXPECT_EQ(run({"run", scenario("url: \"" + url + "\", insecure: true", load)}).status, 0);
  const auto stranger = run({"run", scenario("url: \"" + url + "\", ready_timeout: 50ms", load)});
  EXPECT_EQ(stranger.status, 21) << stranger.err;
  EXPECT_THAT(stranger.err, AllOf(HasSubstr("self-signed certificate"), HasSubstr("cacert")));
  EXPECT_THAT(run({"plan", scenario("url: \"" + url + "\", insecure: true", load)}).out,
              HasSubstr("--insecure --json - --events " + url + "/"));
}

TEST_F(Targets, AServerThatDoesNotRunIsNotReady) {
  const auto end = run({"run", scenario("url: \"http://127.0.0.1:" + free_port() + "\", ready_timeout: 50ms", "")});
  EXPECT_EQ(end.status, 21) << end.err;
  EXPECT_THAT(end.err, HasSubstr("was not ready within 50.0 ms"));
}

TEST_F(Targets, ACommandHasItsEnvironmentFolderAndLog) {
  std::filesystem::create_directory(path("folder"));
  const auto end =
      run({"run",
           scenario("command: [sh, -c, 'pwd >where; exec \"$0\" \"$PORT\" 0 --body \"$BODY\"', \"" +
                        program("stand_in_server") + "\"], environment: {PORT: \"{port}\", BODY: a b}, directory: \"" +
                        path("folder") + "\", log: \"" + path("server.log") + "\", version: echo stand-in 1.2",
                    "path: /, expect: {body: a b}")});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(run({"show", "last:1", "last"}).out, ContainsRegex("version by echo stand-in 1.2 +stand-in 1.2\n"));
  EXPECT_EQ(contents("folder/where"), path("folder") + "\n");
  EXPECT_THAT(contents("server.log"), HasSubstr("stand-in: listening"));
}

TEST_F(Targets, ACommandMaySayThatItIsReady) {
  const auto end =
      run({"run", scenario(stand_in("\"{port}\", \"0\", --ready-fd, \"{ready_fd}\"") + ", ready_fd: true", "path: /")});
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST_F(Targets, ReadyIsOnlyWhoAnswersAsAsked) {
  const auto end = run({"run", scenario(stand_in("\"{port}\", \"0\", --chatty") +
                                            ", ready: /health, ready_body: PRETTY, ready_timeout: 200ms",
                                        "path: /")});
  EXPECT_EQ(end.status, 21) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("the target was not ready within 200 ms"),
                             HasSubstr("/health answers without 'PRETTY' in its body"),
                             HasSubstr("it said: stand-in: a request")));
}

TEST_F(Targets, WhatOtherHostsReachIsSuspect) {
  const auto end = run({"run", scenario(stand_in("\"{port}\", \"0\", --host, \"0.0.0.0\""), "path: /")});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(run({"show", "last:1"}).out, HasSubstr("where other hosts reach it; let it listen at 127.0.0.1"));
}

TEST_F(Targets, NothingIsLeftWhenTheHarnessIsKilledInMidTrial) {
  const auto file = scenario(stand_in("\"{port}\", \"0\", --daemon") + ", store: none", "path: /");
  std::ofstream(file) << "name: s\ntrials: 1\ntarget: {" << stand_in("\"{port}\", \"0\", --daemon")
                      << "}\nload: {path: /, connections: 2, duration: 1h}\n";
  auto hotlap = start({"run", file});
  const auto runs_load = [&] {
    for (const pid_t pid : descendants_of(hotlap.pid()))
      if (file_text("/proc/" + std::to_string(pid) + "/comm") == "hotlap-load\n") return true;
    return false;
  };
  const Instant deadline = monotonic_now() + std::chrono::seconds(30);
  while (!runs_load() && !hotlap.poll_exit() && monotonic_now() < deadline)
    (void)hotlap.wait(std::chrono::milliseconds(10));
  ASSERT_FALSE(hotlap.poll_exit()) << errors();
  const auto below = descendants_of(hotlap.pid());
  ASSERT_GE(below.size(), 5U);  // two keepers, the child, the daemon, the load
  ::kill(hotlap.pid(), SIGKILL);
  const auto all_gone = [&] {
    return std::ranges::none_of(below, [](pid_t pid) {
      const auto text = file_text("/proc/" + std::to_string(pid) + "/stat");
      const auto name_end = text.rfind(") ");
      return name_end != std::string::npos && text[name_end + 2] != 'Z';
    });
  };
  const Instant patience = monotonic_now() + std::chrono::seconds(10);
  while (!all_gone() && monotonic_now() < patience) std::this_thread::yield();
  EXPECT_TRUE(all_gone());
}

TEST_F(Targets, ACaseWithoutItsProgramIsSkippedAndTheRestGoesOn) {
  const auto file = scenario("command: [\"{server}\", \"{port}\", \"0\"]", "path: /",
                             "matrix: {server: [\"" + program("stand_in_server") + "\", no-such-server]}\n");
  const auto end = run({"run", file, "--csv", "t.csv"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("skipped: program 'no-such-server' was not found"));
  EXPECT_THAT(end.out, HasSubstr("skipped"));
  EXPECT_THAT(contents("t.csv"), HasSubstr("skipped"));
  const auto strict = run({"run", file, "--strict-needs"});
  EXPECT_EQ(strict.status, 31);
  EXPECT_THAT(strict.err, HasSubstr("program 'no-such-server' was not found"));
}

TEST_F(Targets, TheLoadGoesThroughTheFront) {
  if (!find_program("/usr/sbin/nginx") && !find_program("nginx")) GTEST_SKIP() << "nginx is not installed";
  std::filesystem::create_directory_symlink(HOTLAP_SOURCE_DIR "/scenarios/services", path("services"));
  const auto end = run({"run", scenario(stand_in("\"{port}\", \"0\"") + ", front: nginx", "path: /")});
  EXPECT_EQ(end.status, 0) << end.err;
  const auto show = run({"show", "last:1", "last"});
  const auto port_behind = [&](const std::string& mark) {
    const auto at = show.out.find(mark);
    return at == std::string::npos ? -1 : std::atoi(show.out.c_str() + at + mark.size());
  };
  const int server = port_behind("stand_in_server ");
  const int load = port_behind("http://127.0.0.1:");
  EXPECT_GT(server, 0) << show.out;
  EXPECT_GT(load, 0) << show.out;
  EXPECT_NE(server, load);
  EXPECT_THAT(show.out,
              ContainsRegex("front          /[^ ]*nginx -p [{]work_dir[}]/ -c [{]work_dir[}]/nginx.conf -e stderr, "
                            "configuration [0-9a-f]{16}\n"));
  EXPECT_THAT(show.out, HasSubstr("version of nginx"));
}

TEST_F(Targets, ADoctorNamesWhatAScenarioLacks) {
  const auto file = scenario("command: [\"{server}\", \"{port}\", \"0\"]", "path: /",
                             "matrix: {server: [\"" + program("stand_in_server") + "\", no-such-server]}\n");
  const auto lacking = run({"doctor", file});
  EXPECT_EQ(lacking.status, 31);
  EXPECT_THAT(lacking.out,
              AllOf(HasSubstr("1 of 2 cases can run here"), HasSubstr("program 'no-such-server' was not found"),
                    HasSubstr("io_uring"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(run({"doctor"}).status, 0);
}

TEST_F(Targets, TwoRevisionsAreBuiltAndCompared) {
  if (!find_program("git")) GTEST_SKIP() << "git is not installed";
  std::filesystem::create_directory(path("repository"));
  auto made = Process::start({.arguments = {"sh", "-c",
                                            "git init -q . && git config user.email a@example.org && "
                                            "git config user.name A && echo UGLY >page && git add page && "
                                            "git commit -q -m one && git tag v1 && echo >>page && "
                                            "git commit -q -a -m two"},
                              .working_directory = path("repository")});
  ASSERT_TRUE(made);
  ASSERT_EQ(made->wait(std::chrono::seconds(30))->status, 0) << made->output_tail();
  ::setenv("HOTLAP_CACHE", path("cache").c_str(), 1);
  const auto side = [&](const std::string& revision, const std::string& build) {
    return "git=" + revision + ",repository=" + path("repository") + ",build=" + build +
           ",command={source}/server {port} 0";
  };
  const auto good = "ln -s " + program("stand_in_server") + " server";
  const auto end = run({"check", "--base", side("v1", good), "--new", side("HEAD", good), "--pairs", "7", "-d", "20ms",
                        "--warm-up", "0s", "-c", "1"});
  EXPECT_THAT(end.status, testing::AnyOf(0, 10, 11)) << end.err;  // what it says of speed is not the question here
  EXPECT_THAT(end.err, AllOf(HasSubstr("building v1"), HasSubstr("building HEAD")));
  EXPECT_THAT(run({"show", "last"}).out, HasSubstr("git v1"));
  const auto broken = run({"check", "--base", side("v1", good), "--new", side("HEAD", "false"), "--pairs", "7"});
  EXPECT_EQ(broken.status, 20);
  EXPECT_THAT(broken.err, HasSubstr("the build of HEAD by 'false' ended with exit code 1"));
  ::unsetenv("HOTLAP_CACHE");
}

}  // namespace
}  // namespace hotlap::harness
