// Searches as a person or a script meets them: against servers whose limits are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/clock.h"
#include "base/process.h"
#include "loadgen/contract/measurement.h"
#include "tests/loadgen/scripted_server.h"

namespace hotlap {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Ended {
  int status;
  std::string output;
};

Ended run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HOTLAP_BIN_DIR "/hotlap-load");
  auto process = Process::start({.arguments = arguments});
  EXPECT_TRUE(process);
  std::string output;
  while (const auto line = process->read_line(60s)) output += *line + "\n";
  const auto exit = process->wait(30s);
  return {exit ? exit->status : -1, output};
}

const std::string kUgly = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";

bool answer(const Fd& connection, int requests) {
  std::string all;
  for (int i = 0; i < requests; ++i) all += kUgly;
  return write_all(connection, all).has_value();
}

// Serves `per_second` requests a second and not one more. What it slept too long it may make up for.
ScriptedServer::Script serving(double per_second) {
  return [per_second, free_at = Instant{}](const Fd& connection, int requests) mutable {
    const Nanos each(static_cast<std::int64_t>(1e9 / per_second));
    free_at = std::max(free_at, monotonic_now() + -Nanos(10ms)) + each * requests;
    std::this_thread::sleep_for(free_at - monotonic_now());
    return answer(connection, requests);
  };
}

// Closes every connection beyond the first `most` that are open at once, unanswered.
class Taking {
 public:
  explicit Taking(std::size_t most) : most_(most) {}

  bool operator()(const Fd& connection, int requests) {
    const Seat seat{connection.get(), peer_port(connection.get())};
    if (std::ranges::find(taken_, seat) == taken_.end()) {
      std::erase_if(taken_, [](const Seat& old) { return !open(old); });
      if (taken_.size() >= most_) return false;
      taken_.push_back(seat);
    }
    return answer(connection, requests);
  }

 private:
  using Seat = std::pair<int, in_port_t>;

  static in_port_t peer_port(int fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 ? peer.sin_port : in_port_t{0};
  }

  static bool open(const Seat& seat) {
    char byte = 0;
    if (peer_port(seat.first) != seat.second) return false;
    const auto count = ::recv(seat.first, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count > 0 || (count < 0 && errno == EAGAIN);
  }

  std::size_t most_;
  std::vector<Seat> taken_;
};

nlohmann::json document(const std::string& output) {
  const auto at = output.find("{\"schema\":\"hotlap.search/1\"");
  EXPECT_NE(at, std::string::npos) << output;
  if (at == std::string::npos) return {};
  const auto end = output.find('\n', at);
  return nlohmann::json::parse(output.substr(at, end == std::string::npos ? end : end - at));
}

TEST(SearchCommand, UsageErrorsExitTwoAndNameTheFlag) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--find", "max-rate"}, "needs --objective"},
      {{"--find", "max-speed", "--objective", "p99<5ms"}, "max-speed"},
      {{"--find", "max-rate", "--objective", "p99<5"}, "--objective: "},
      {{"--find", "max-rate", "--objective", "p99<5ms", "--rate", "1k/s"}, "leave out --rate"},
      {{"--find", "max-rate", "--objective", "p99<5ms", "--resolution", "2"}, "--resolution: "},
      {{"--find", "max-rate", "--objective", "p99<5ms", "--from", "10/s", "-d", "1s"}, "--from: "},
      {{"--find", "max-rate", "--objective", "p99<5ms", "--most-windows", "3"}, "--most-windows: "},
      {{"--find", "max-rate", "--objective", "p99<5ms", "--from", "20k/s", "--up-to", "2k/s"}, "--up-to: "},
      {{"--find", "max-connections", "--objective", "throughput>=99%"}, "--objective: "},
      {{"--find", "max-connections", "--rate", "1k/s"}, "closed loop"},
      {{"--sweep", "rate=1..2:3"}, "--sweep: "},
      {{"--sweep", "rate=1k/s..2k/s:3", "--rate", "1k/s"}, "--sweep: "},
      {{"--sweep", "connections=1..8:3", "-t", "2"}, "--sweep: "},
      {{"--sweep", "rate=1k/s..2k/s:3", "--find", "max-rate", "--objective", "p99<5ms"}, "not together"},
      {{"--objective", "p99<5ms"}, "only together with --find"},
  };
  for (auto [arguments, part] : wrong) {
    arguments.emplace_back("http://127.0.0.1:1/");
    const auto ended = run(arguments);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(part));
  }
}

TEST(SearchCommand, FindsTheRateThatAServerKeepsUpWith) {
  ScriptedServer server(serving(1000));
  const auto ended = run({"--find",
                          "max-rate",
                          "--objective",
                          "p90<200ms,errors<=0%",
                          "-c",
                          "40",
                          "-d",
                          "200ms",
                          "--warm-up",
                          "50ms",
                          "--from",
                          "600/s",
                          "--up-to",
                          "8k/s",
                          "--resolution",
                          "20%",
                          "--most-windows",
                          "30",
                          "--json",
                          "-",
                          server.url()});
  ASSERT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("At most 30 windows of 200ms after 50ms of warm-up"));
  EXPECT_THAT(ended.output, HasSubstr("the generator itself reaches"));
  const auto found = document(ended.output);
  EXPECT_EQ(found["mode"], "max-rate");
  EXPECT_EQ(found["objective"], "p90<200ms,errors<=0%");
  const double value = found["result"]["value"];
  EXPECT_GE(value, 510) << ended.output;
  EXPECT_LT(value, 2600) << ended.output;
  EXPECT_GT(found["ceiling"]["throughput_per_s"], value);
  for (const auto& step : found["steps"]) EXPECT_TRUE(load::measurement_from_json(step["measurement"].dump()));
}

TEST(SearchCommand, FindsHowManyConnectionsAServerTakes) {
  ScriptedServer server(Taking(20));
  const auto ended = run({"--find", "max-connections", "-d", "50ms", "--json", "-", server.url()});
  ASSERT_EQ(ended.status, 0) << ended.output;
  const auto found = document(ended.output);
  EXPECT_EQ(found["result"]["low"], 20) << ended.output;
  EXPECT_EQ(found["result"]["high"], 21);
}

TEST(SearchCommand, NothingMetExitsTwenty) {
  ScriptedServer server(answer);
  const auto ended = run({"--find", "max-rate", "--objective", "p50<1ns", "-d", "50ms", "--json", "-", server.url()});
  EXPECT_EQ(ended.status, 20) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("Nothing met the objective"));
  EXPECT_TRUE(document(ended.output)["result"]["value"].is_null());
}

TEST(SearchCommand, ASweepHasARowForEachStepAndMarksTheKnee) {
  ScriptedServer server(serving(5000));
  const auto ended = run({"--sweep", "rate=2k/s..12k/s:6,linear", "-c", "200", "-d", "500ms", server.url()});
  ASSERT_EQ(ended.status, 0) << ended.output;
  for (const char* rate : {"2000/s", "4000/s", "6000/s", "8000/s", "10000/s", "12000/s"})
    EXPECT_THAT(ended.output, HasSubstr(rate));
  EXPECT_THAT(ended.output, HasSubstr("Knee"));
}

TEST(SearchCommand, NobodyListeningExitsTwentyOne) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto url = "http://" + local_address(*listener)->text() + "/";
  listener->reset();
  EXPECT_EQ(run({"--find", "max-connections", "-d", "50ms", url}).status, 21);
}

}  // namespace
}  // namespace hotlap
