// What the scenarios in scenarios/stacks rely on: its start script, and the servers behind it.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "base/process.h"
#include "harness/port_owner.h"
#include "harness/verify.h"
#include "tests/scenarios/listeners_of_group.h"

namespace hotlap {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr Nanos kLimit = std::chrono::seconds(40);  // Go's servers may have to be built first
constexpr const char* kStart = HOTLAP_SOURCE_DIR "/scenarios/stacks/start";

struct End {
  int status = -1;
  std::string output;
};

End run(const std::vector<std::string>& arguments, std::vector<std::pair<std::string, std::string>> environment = {}) {
  ProcessOptions options{.arguments = {"/bin/bash", kStart}, .environment = std::move(environment)};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  auto process = Process::start(options);
  if (!process) return {-1, process.error().message};
  const auto exit = process->wait(kLimit);
  return {exit ? exit->status : -1, process->output_tail()};
}

std::vector<std::string> stacks() {
  std::istringstream list(run({"--list"}).output);
  return {std::istream_iterator<std::string>(list), {}};
}

// The body of the page, once it is there; "" when the server ended before, or never answered.
std::string body_of(Process& server, std::uint16_t port, const std::string& page) {
  load::LoadSpec asked;
  asked.url = {.host = "127.0.0.1", .port = port, .target = page};
  const Instant deadline = monotonic_now() + kLimit;
  while (monotonic_now() < deadline && !server.poll_exit()) {
    if (const auto answer = harness::fetch(asked, std::chrono::seconds(1))) return answer->body;
    (void)server.wait(std::chrono::milliseconds(10));
  }
  return {};
}

// Those that the build and the tests install; with HOTLAP_EVERY_STACK set, all that this machine has.
std::vector<std::string> stacks_under_test() {
  if (std::getenv("HOTLAP_EVERY_STACK") == nullptr) return {"asyncio", "http.server", "nginx", "node", "wsgiref"};
  auto installed = stacks();
  std::erase_if(installed, [](const auto& stack) { return run({"--needs", stack}).status != 0; });
  return installed;
}

TEST(Stacks, ServeBothPagesOnLoopbackOnlyUntilSigterm) {
  struct Running {
    std::uint16_t port;
    Process process;
  };
  std::map<std::string, Running> running;  // all at once: some take a second to start
  for (const auto& stack : stacks_under_test()) {
    const auto port = *harness::free_port();
    auto process = Process::start({.arguments = {"/bin/bash", kStart, stack, std::to_string(port)}});
    ASSERT_TRUE(process) << process.error().message;
    running.emplace(stack, Running{port, std::move(*process)});
  }
  for (auto& [stack, server] : running) {
    EXPECT_EQ(body_of(server.process, server.port, "/"), "Hello world!")
        << stack << ": " << server.process.output_tail();
    EXPECT_EQ(body_of(server.process, server.port, "/ugly"), "UGLY") << stack;
    const auto listeners = listeners_of_group(server.process.pid());
    EXPECT_THAT(listeners, Contains(fmt::format("127.0.0.1:{}", server.port))) << stack;
    EXPECT_THAT(listeners, Each(StartsWith("127.0.0.1:"))) << stack;
    server.process.signal_group(SIGTERM);
  }
  for (auto& [stack, server] : running) {
    ASSERT_TRUE(server.process.wait(kLimit)) << stack;
    EXPECT_THAT(processes_of_group(server.process.pid()), IsEmpty()) << stack;
  }
}

TEST(Stacks, WhatIsMissingIsNamedWithHowToInstallIt) {
  const auto end = run({"--needs", "node"}, {{"PATH", "/nonexistent"}});
  EXPECT_EQ(end.status, 77);
  EXPECT_THAT(end.output, HasSubstr("stack node needs node; install it with 'apt-get install nodejs'"));
  const auto started = run({"node", "1"}, {{"PATH", "/nonexistent"}});
  EXPECT_EQ(started.status, 77);
  EXPECT_THAT(started.output, HasSubstr("apt-get install nodejs"));
}

TEST(Stacks, EachSaysItsVersionInOneLine) {
  const std::map<std::string, std::string> pattern = {{"asyncio", "Python 3\\.[0-9.]+"},
                                                      {"http.server", "Python 3\\.[0-9.]+"},
                                                      {"nginx", "nginx version: nginx/[0-9.]+"},
                                                      {"node", "Node\\.js v[0-9.]+"},
                                                      {"wsgiref", "Python 3\\.[0-9.]+"}};
  for (const auto& stack : stacks_under_test()) {
    const auto end = run({"--version", stack});
    EXPECT_EQ(end.status, 0) << stack << ": " << end.output;
    EXPECT_THAT(end.output, MatchesRegex((pattern.contains(stack) ? pattern.at(stack) : ".*[0-9].*") + "[^\n]*\n"))
        << stack;
  }
}

TEST(Stacks, AnUnknownOneIsRefusedWithTheNamesThatThereAre) {
  const auto end = run({"--needs", "nodejs"});
  EXPECT_EQ(end.status, 2);
  EXPECT_THAT(end.output, HasSubstr("stack 'nodejs' is unknown; known are: aiohttp "));
  EXPECT_THAT(stacks(), Contains("node"));
}

}  // namespace
}  // namespace hotlap
