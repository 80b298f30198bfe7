// The database dies under load and comes back, behind every engine and every kind of links at once: each request is
// answered, with the page or with a 503 that says why, and the pages come back without anyone's help.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/process.h"
#include "base/socket.h"

namespace hotlap {
namespace {

using namespace std::chrono_literals;

struct Started {
  Process process;
  std::uint16_t port = 0;
};

std::optional<Started> start(std::vector<std::string> arguments) {
  arguments.front() = std::string(HOTLAP_BIN_DIR "/") + arguments.front();
  auto process = Process::start({.arguments = std::move(arguments)});
  if (!process) return std::nullopt;
  const auto line = process->read_line(60s).value_or("");
  const auto at = line.find("ready port=");
  if (at == std::string::npos) return std::nullopt;
  return Started{std::move(*process), static_cast<std::uint16_t>(std::stoi(line.substr(at + 11)))};
}

// What --help says that there are.
std::vector<std::string> engines() {
  auto help = Process::start({.arguments = {HOTLAP_BIN_DIR "/hotlap-target", "--help"}});
  (void)help->wait(20s);
  const auto text = help->output_tail();
  std::vector<std::string> names;
  const auto at = text.find("Engines:\n");
  if (at == std::string::npos) return names;
  std::istringstream lines(text.substr(at + 9));
  for (std::string line; std::getline(lines, line) && line.starts_with("  ");)
    if (line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
  return names;
}

// Asks for the page over one connection, again and again, and counts what came.
class Visitor {
 public:
  Visitor(std::string name, std::uint16_t port, const std::atomic<bool>& ended)
      : name_(std::move(name)), port_(port), ended_(ended), thread_([this] { visit(); }) {}

  std::atomic<int> pages = 0;
  std::atomic<int> refusals = 0;
  std::atomic<bool> failed = false;

 private:
  void visit() {
    Fd socket;
    while (!ended_ && !failed) {
      if (!socket) {
        auto opened = connect_tcp(resolve("127.0.0.1", port_).value(), 20s);
        if (!opened) return fail(opened.error().message);
        socket = std::move(*opened);
        const timeval limit{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        input_.clear();
      }
      if (!write_all(socket, "GET /good HTTP/1.1\r\nHost: localhost\r\n\r\n")) return fail("a request was not taken");
      if (!read_response(socket)) return;
      if (input_.contains("\r\nConnection: close")) socket.reset();
      input_.clear();
    }
  }
  bool read_response(const Fd& socket) {
    while (true) {
      const auto end = input_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto length = input_.find("Content-Length: ");
        if (length > end) return fail("a response has no length"), false;
        const auto size = end + 4 + std::stoull(input_.substr(length + 16));
        if (input_.size() > size) return fail("bytes follow a response"), false;
        if (input_.size() == size) return judge(input_.substr(end + 4));
      }
      char buffer[16384];
      const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
      if (count <= 0)
        return fail("a request was not answered: " + system_message("recv", count < 0 ? errno : 0)), false;
      input_.append(buffer, static_cast<std::size_t>(count));
    }
  }
  bool judge(const std::string& body) {
    if (input_.starts_with("HTTP/1.1 200 ") && body.contains("tlgrm.eu/_/stickers/")) return ++pages, true;
    if (input_.starts_with("HTTP/1.1 503 ") && body.contains("127.0.0.1:")) return ++refusals, true;
    return fail("neither the page nor a 503 with the reason: " + input_.substr(0, 400)), false;
  }
  void fail(const std::string& why) {
    failed = true;
    ADD_FAILURE() << name_ << ": " << why;
  }

  const std::string name_;
  const std::uint16_t port_;
  const std::atomic<bool>& ended_;
  std::string input_;
  std::jthread thread_;
};

TEST(StoreOutage, EveryRequestIsAnsweredAndThePagesComeBack) {
  auto store = start({"hotlap-tuplestore", "--port", "0"});
  ASSERT_TRUE(store);
  const auto address = "127.0.0.1:" + std::to_string(store->port);
  const auto names = engines();
  ASSERT_GE(names.size(), 3U);
  std::vector<Started> targets;
  std::vector<std::string> labels;
  constexpr int kVisitors = 3;
  for (const auto& engine : names)
    for (const char* links : {"per-request", "one", "pool:2"}) {
      // A process of prefork serves one visitor for as long as he stays.
      const auto workers = std::to_string(engine == "prefork" ? kVisitors : 1);
      auto target = start({"hotlap-target", "--engine", engine, "--workers", workers, "--port", "0", "--store",
                           "tuplestore", "--store-address", address, "--store-connections", links});
      if (!target && engine == "uring") continue;  // not every kernel lets us
      ASSERT_TRUE(target) << engine;
      labels.push_back(engine + " " + links);
      targets.push_back(std::move(*target));
    }
  std::atomic<bool> ended = false;
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (std::size_t target = 0; target < targets.size(); ++target)
    for (int visitor = 0; visitor < kVisitors; ++visitor)
      visitors.push_back(std::make_unique<Visitor>(labels[target], targets[target].port, ended));
  const auto all = [&](auto&& holds) {
    const Instant deadline = monotonic_now() + 60s;
    const auto every = [&] {
      return std::ranges::all_of(visitors, [&](const auto& each) { return each->failed || holds(*each); });
    };
    while (!every() && monotonic_now() < deadline) std::this_thread::yield();
    return every();
  };
  EXPECT_TRUE(all([](const Visitor& each) { return each.pages >= 3; })) << "the pages are served";
  store->process.signal_group(SIGKILL);
  EXPECT_TRUE(all([](const Visitor& each) { return each.refusals >= 2; })) << "requests are refused, not held";
  (void)store->process.wait(20s);
  store = start({"hotlap-tuplestore", "--port", std::to_string(store->port)});
  ASSERT_TRUE(store);
  for (auto& each : visitors) each->pages = 0;
  EXPECT_TRUE(all([](const Visitor& each) { return each.pages >= 3; })) << "the pages come back";
  ended = true;
  visitors.clear();
  for (auto& target : targets) {
    target.process.signal_group(SIGTERM);
    EXPECT_EQ(target.process.wait(20s).value().status, 0);
  }
}

}  // namespace
}  // namespace hotlap
