// A server that answers before it is asked: its first answer would pass for the answer to the first request, and each
// answer after it for the one to the next request, so every time would be too short.
#include <gtest/gtest.h>

#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

// A server that was kept waiting by other programs greets too late: then there is nothing to be told apart.
TEST(Hostile, AnAnswerBeforeTheFirstRequestIsNotItsAnswer) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    auto server = KnownServer::start({.pace = Behaviour::Pace::in_turn,
                                      .delay = 2ms,
                                      .greeting = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY"});
    ASSERT_TRUE(server);
    const auto run = run_load_program({"-c", "2", "-d", "200ms"}, server->url());
    const auto& truth = server->stop();
    if (truth.greeted < truth.connections) continue;
    EXPECT_GT(run.errors("unexpected_response"), 0U) << run.kinds();
    EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
    EXPECT_LE(run.measurement.total.answered, truth.answered);
    if (!run.measurement.service_time.empty()) {
      EXPECT_GE(run.measurement.service_time.min(), 2ms);
    }
    return;
  }
  FAIL() << "no server greeted every connection in time";
}

}  // namespace
}  // namespace hotlap::calibration
