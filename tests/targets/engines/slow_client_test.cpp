// Clients that send slowly, do not read, or do nothing: each is ended by its deadline and stops nobody else.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "tests/targets/engines/engines_under_test.h"

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kNever = 1h;
constexpr TimeLimits kPatient{.idle = kNever, .head = kNever, .body = kNever, .write = kNever, .linger = kNever};

EngineOptions with_times(TimeLimits times) {
  return {.times = times, .drain = 1s};
}

class SlowClients : public WithEngine {};

TEST_P(SlowClients, AHeadThatDoesNotComeEndsIn408AndStopsNobody) {
  TimeLimits times = kPatient;
  times.head = 100ms;
  start(with_times(times));
  if (IsSkipped()) return;
  const auto slow = client_of(port_);
  ASSERT_TRUE(write_all(slow, request("/a") + "GET /slow HTTP/1.1\r\nHo"));
  EXPECT_EQ(read_from(slow, response("/a").size()), response("/a"));
  EXPECT_EQ(ask("/other"), response("/other"));
  const auto answer = read_from(slow, kToTheEnd);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(engine_->stop().timeouts, 1U);
}

TEST_P(SlowClients, ADripDoesNotMoveTheDeadline) {
  TimeLimits times = kPatient;
  times.head = 300ms;
  start(with_times(times));
  if (IsSkipped()) return;
  const auto slow = client_of(port_);
  // Bytes of one head come all the time; were the deadline to start again with each, this would go on to the end.
  std::string answer;
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x');
  for (std::size_t at = 0; at < head.size() && answer.empty(); ++at) {
    if (!write_all(slow, std::string_view(head).substr(at, 1))) break;
    const timeval a_moment{0, 10'000};
    ::setsockopt(slow.get(), SOL_SOCKET, SO_RCVTIMEO, &a_moment, sizeof a_moment);
    char buffer[1024];
    const auto count = ::recv(slow.get(), buffer, sizeof buffer, 0);
    if (count >= 0) answer.assign(buffer, static_cast<std::size_t>(count));
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  (void)engine_->stop();
}

TEST_P(SlowClients, ABodyThatDoesNotComeEndsIn408) {
  TimeLimits times = kPatient;
  times.body = 100ms;
  start(with_times(times));
  if (IsSkipped()) return;
  const auto slow = client_of(port_);
  ASSERT_TRUE(write_all(slow, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"));
  const auto answer = read_from(slow, kToTheEnd);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_EQ(engine_->stop().timeouts, 1U);
}

TEST_P(SlowClients, OneThatDoesNotReadIsCutOffAndStopsNobody) {
  TimeLimits times = kPatient;
  times.write = 200ms;
  start(with_times(times));
  if (IsSkipped()) return;
  const auto slow = client_of(port_);
  std::string asked;
  for (int i = 0; i < 4; ++i) asked += request("/large");  // more than the kernel takes for it
  ASSERT_TRUE(write_all(slow, asked));
  EXPECT_EQ(ask("/other"), response("/other"));
  // It reads only now that it is late; then the end has to come before all that was asked for.
  while (engine_counters().timeouts == 0) EXPECT_EQ(ask("/other"), response("/other"));
  EXPECT_LT(read_from(slow, kToTheEnd).size(), std::size_t{16} << 20);
  EXPECT_EQ(engine_->stop().timeouts, 1U);
}

TEST_P(SlowClients, AReaderWithPausesGetsItAll) {
  start(with_times(kPatient));
  if (IsSkipped()) return;
  const auto slow = client_of(port_);
  ASSERT_TRUE(write_all(slow, request("/large") + request("/after")));
  EXPECT_EQ(ask("/other"), response("/other"));
  const auto large = "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + std::string(4 << 20, 'x');
  EXPECT_TRUE(read_from(slow, large.size() + response("/after").size()) == large + response("/after"));
  (void)engine_->stop();
}

TEST_P(SlowClients, AnIdleConnectionIsReapedAnActiveOneIsNot) {
  TimeLimits times = kPatient;
  times.idle = 300ms;
  start(with_times(times));
  if (IsSkipped()) return;
  const auto idle = client_of(port_);
  const auto active = client_of(port_);
  // Until the first is reaped the other asks all the time; it gets an answer each time.
  std::thread asker([&] {
    while (engine_counters().timeouts == 0) {
      ASSERT_TRUE(write_all(active, request("/x")));
      ASSERT_EQ(read_from(active, response("/x").size()), response("/x"));
    }
  });
  EXPECT_EQ(read_from(idle, 1), "");
  asker.join();
  EXPECT_GE(engine_->stop().timeouts, 1U);
}

TEST_P(SlowClients, HalfOfTheConnectionClosedStillGetsItsAnswers) {
  start(with_times(kPatient));
  if (IsSkipped()) return;
  const auto client = client_of(port_);
  ASSERT_TRUE(write_all(client, request("/a") + request("/late") + request("/b")));
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(read_from(client, kToTheEnd), response("/a") + response("/late") + response("/b"));
  (void)engine_->stop();
}

TEST_P(SlowClients, ARefusedBodyDoesNotEraseTheRefusal) {
  EngineOptions options = with_times(kPatient);
  options.requests.body_bytes = 1000;
  start(options);
  if (IsSkipped()) return;
  const auto client = client_of(port_);
  ASSERT_TRUE(write_all(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"));
  // The client is in the middle of its body when the answer comes: a reset now would take it away.
  for (int piece = 0; piece < 50; ++piece) ASSERT_TRUE(write_all(client, std::string(20'000, 'x')));
  ::shutdown(client.get(), SHUT_WR);
  const auto answer = read_from(client, kToTheEnd);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  (void)engine_->stop();
}

INSTANTIATE_TEST_SUITE_P(Engines, SlowClients, testing::ValuesIn(all_engines()), name_of_engine);

class EventEngines : public WithEngine {};

TEST_P(EventEngines, AnAnswerThatIsLateHoldsUpThoseBehindIt) {
  start(with_times(kPatient));
  if (IsSkipped()) return;
  const auto client = client_of(port_);
  ASSERT_TRUE(write_all(client, request("/before") + request("/held") + request("/behind")));
  EXPECT_EQ(read_from(client, response("/before").size()), response("/before"));
  EXPECT_EQ(ask("/other"), response("/other")) << "of this connection only";
  char byte = 0;
  EXPECT_LT(::recv(client.get(), &byte, 1, MSG_DONTWAIT), 0) << "nothing overtakes";
  EXPECT_EQ(engine_counters().in_flight, 1U);
  EXPECT_EQ(ask("/release"), response("/release"));
  EXPECT_EQ(read_from(client, response("/held").size() + response("/behind").size()),
            response("/held") + response("/behind"));
  EXPECT_EQ(engine_->stop().in_flight, 0U);
}

TEST_P(EventEngines, AnswersToNobodyAreDropped) {
  start(with_times(kPatient));
  if (IsSkipped()) return;
  {
    const auto client = client_of(port_);
    ASSERT_TRUE(write_all(client, request("/held") + request("/held")));
    while (engine_counters().in_flight < 2) EXPECT_EQ(ask("/other"), response("/other"));
    const linger at_once{1, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  EXPECT_EQ(ask("/release"), response("/release"));
  EXPECT_EQ(ask("/other"), response("/other"));
  EXPECT_EQ(engine_->stop().in_flight, 0U);
}

TEST_P(EventEngines, StoppingWaitsForWhatIsUnderWayButNotForever) {
  for (const bool released : {true, false}) {
    EngineOptions options = with_times(kPatient);
    options.drain = released ? 20s : 100ms;
    start(options);
    if (IsSkipped()) return;
    const auto busy = client_of(port_);
    ASSERT_TRUE(write_all(busy, request("/held")));
    while (engine_counters().in_flight < 1) EXPECT_EQ(ask("/other"), response("/other"));
    const auto releaser = client_of(port_);
    ASSERT_TRUE(write_all(releaser, "GET /release HTTP/1.1\r\nHo"));  // under way as well
    // Only once both are seen can the stop be.
    while (engine_counters().reads < 4) EXPECT_EQ(ask("/other"), response("/other"));
    std::jthread stopper([&] { (void)engine_->stop(); });
    if (released) {
      // The listener goes first: no new connections while it drains.
      while (connect_tcp(*resolve("127.0.0.1", port_), 5s)) {
      }
      ASSERT_TRUE(write_all(releaser, "st: x\r\n\r\n"));
      EXPECT_EQ(read_from(busy, kToTheEnd), response("/held"));
      EXPECT_EQ(read_from(releaser, kToTheEnd), response("/release"));
    } else {
      EXPECT_EQ(read_from(busy, kToTheEnd), "");
    }
  }
}

#ifndef HOTLAP_SANITIZED  // a sanitizer's memory is mostly its own
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * 4096;
}

TEST_P(EventEngines, AnIdleConnectionCostsLittleMemory) {
  constexpr std::size_t kConnections = 2000;
  constexpr std::size_t kMostPerConnection = (std::size_t{64} << 20) / 10'000;  // ours and the clients' together
  if (auto limit = ensure_file_limit(2 * kConnections); !limit) GTEST_SKIP() << limit.error().message;
  start(with_times(kPatient));
  if (IsSkipped()) return;
  EXPECT_EQ(ask("/late"), response("/late"));
  const auto before = resident_bytes();
  std::vector<Fd> clients;
  clients.reserve(kConnections);
  for (std::size_t i = 0; i < kConnections; ++i) {
    clients.push_back(client_of(port_));
    ASSERT_TRUE(write_all(clients.back(), request("/late")));
    ASSERT_EQ(read_from(clients.back(), response("/late").size()), response("/late"));
  }
  EXPECT_EQ(engine_counters().open, kConnections);
  EXPECT_LT(resident_bytes(), before + kConnections * kMostPerConnection);
  EXPECT_EQ(ask("/x"), response("/x"));
  (void)engine_->stop();
}
#endif

INSTANTIATE_TEST_SUITE_P(Engines, EventEngines, testing::ValuesIn(event_engines()), name_of_engine);

}  // namespace
}  // namespace hotlap::targets
