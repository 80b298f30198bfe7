// Every engine on real sockets: the same answers in the same order, whatever the strategy.
#include "targets/engines/engine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/targets/engines/engines_under_test.h"

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;

class EveryEngine : public WithEngine {};

TEST_P(EveryEngine, AnswersPipelinedRequestsInOrderAlsoWhereSomeAreLate) {
  start();
  if (IsSkipped()) return;
  std::string asked, expected;
  for (int i = 0; i < 100; ++i) {
    const std::string target = (i % 3 == 1 ? "/late" : "/now") + std::to_string(i);
    asked += request(target);
    expected += response(target);
  }
  EXPECT_EQ(converse_with(port_, asked, expected.size()), expected);
  EXPECT_EQ(engine_->stop().requests, 100U);
}

TEST_P(EveryEngine, ABatchCutAtAnyByteIsTheSameBatch) {
  start();
  if (IsSkipped()) return;
  const auto asked = request("/a") + request("/late") + request("/b");
  const auto expected = response("/a") + response("/late") + response("/b");
  for (std::size_t cut = 1; cut < asked.size(); cut += 3) {
    auto socket = connect_tcp(*resolve("127.0.0.1", port_), 5s);
    ASSERT_TRUE(socket);
    ASSERT_TRUE(write_all(*socket, std::string_view(asked).substr(0, cut)));
    ASSERT_TRUE(write_all(*socket, std::string_view(asked).substr(cut)));
    std::string answer;
    char buffer[4096];
    while (answer.size() < expected.size()) {
      const auto count = ::recv(socket->get(), buffer, sizeof buffer, 0);
      if (count <= 0) break;
      answer.append(buffer, static_cast<std::size_t>(count));
    }
    EXPECT_EQ(answer, expected) << cut;
  }
  (void)engine_->stop();
}

TEST_P(EveryEngine, ClosesWhenAskedAndAfterABadRequest) {
  start();
  if (IsSkipped()) return;
  EXPECT_EQ(converse_with(port_, request("/a", "Connection: close\r\n") + request("/b"), 1000), response("/a"));
  const auto answer = converse_with(port_, request("/a") + "nonsense\r\n\r\n" + request("/b"), 1000);
  EXPECT_TRUE(answer.starts_with(response("/a") + "HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(answer.find("/b"), std::string::npos);
  (void)engine_->stop();
}

TEST_P(EveryEngine, ALongQueueOfLateAnswersLosesNone) {
  start();
  if (IsSkipped()) return;
  std::string asked, expected;
  for (int i = 0; i < 5000; ++i) {  // beyond the limit at which a connection is not read from any more
    const std::string target = "/late" + std::to_string(i);
    asked += request(target);
    expected += response(target);
  }
  const auto answer = converse_with(port_, asked, expected.size());
  EXPECT_EQ(answer.size(), expected.size());
  EXPECT_TRUE(answer == expected);
  (void)engine_->stop();
}

TEST_P(EveryEngine, WorkersShareThePortAndTheCountIsTheirSum) {
  start({.workers = 3});
  if (IsSkipped()) return;
  for (int i = 0; i < 30; ++i) EXPECT_EQ(converse_with(port_, request("/x"), response("/x").size()), response("/x"));
  const auto counters = engine_->stop();
  EXPECT_EQ(counters.requests, 30U);
  EXPECT_EQ(counters.connections, 30U);
}

TEST_P(EveryEngine, StoppingClosesIdleConnectionsAndTheListener) {
  start();
  if (IsSkipped()) return;
  auto idle = connect_tcp(*resolve("127.0.0.1", port_), 5s);
  ASSERT_TRUE(idle);
  EXPECT_EQ(converse_with(port_, request("/x"), response("/x").size()), response("/x"));
  (void)engine_->stop();
  char byte = 0;
  EXPECT_EQ(::recv(idle->get(), &byte, 1, 0), 0) << "closed, not reset";
  EXPECT_FALSE(connect_tcp(*resolve("127.0.0.1", port_), 5s));
}

TEST_P(EveryEngine, APortInUseIsAnErrorAlsoWithSharedPorts) {
  start();
  if (IsSkipped()) return;
  for (const int workers : {1, 2}) {
    auto second = GetParam().make({.address = *resolve("127.0.0.1", port_), .workers = workers},
                                  [](EventLoop* loop) { return std::make_unique<EchoHandler>(loop); });
    const auto port = second->start();
    ASSERT_FALSE(port);
    EXPECT_NE(port.error().message.find(std::to_string(port_)), std::string::npos);
  }
  (void)engine_->stop();
}

INSTANTIATE_TEST_SUITE_P(Engines, EveryEngine, testing::ValuesIn(all_engines()), name_of_engine);

std::uint64_t writes_for(MakeEngine make, GatherLimits gather, int requests) {
  auto engine = make({.address = *resolve("127.0.0.1", 0), .gather = gather},
                     [](EventLoop* loop) { return std::make_unique<EchoHandler>(loop); });
  std::string asked, expected;
  for (int i = 0; i < requests; ++i) {
    asked += request("/x");
    expected += response("/x");
  }
  EXPECT_EQ(converse_with(*engine->start(), asked, expected.size()), expected);
  return engine->stop().writes;
}

TEST(Gathering, OneWritePerResponseOrAsManyAsTheLimitsAllow) {
  EXPECT_EQ(writes_for(&make_epoll_engine, {}, 48), 48U);
  EXPECT_EQ(writes_for(&make_blocking_engine, {}, 48), 48U);
  EXPECT_LE(writes_for(&make_pipelined_engine, {.responses = 24, .bytes = 65536}, 48), 4U);
  EXPECT_GE(writes_for(&make_pipelined_engine, {.responses = 6, .bytes = 65536}, 48), 8U);
  EXPECT_GE(writes_for(&make_pipelined_engine, {.responses = 1000, .bytes = 80}, 48), 16U)
      << "41 bytes each: two reach 80";
}

}  // namespace
}  // namespace hotlap::targets
