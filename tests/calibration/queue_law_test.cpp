// Queue laws. Poisson arrivals at a worker that takes D for each request, half loaded (M/D/1, ρ = 0.5, D = 2 ms), give
// response times with mean 3.000, p50 2.001, p90 5.034, p99 8.654 ms. Source: Erlang's formula for M/D/1. The bands are
// those of a window of two seconds: tools/measure-truth has the precision.
#include <gtest/gtest.h>

#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

TEST(QueueLaw, PoissonArrivalsWaitAsErlangSays) {
  auto server = KnownServer::start({.pace = Behaviour::Pace::queue, .delay = 2ms});
  ASSERT_TRUE(server);
  const auto run = run_load_program({"-c", "64", "--rate", "250/s", "--arrivals", "poisson", "--seed", "1", "-d", "2s"},
                                    server->url());
  const auto& truth = server->stop();
  const auto& measurement = run.measurement;
  EXPECT_EQ(measurement.total.sent, truth.requests);
  EXPECT_EQ(measurement.total.answered, truth.answered);
  // 500 arrivals, give or take four standard deviations.
  EXPECT_GT(measurement.requests.sent, 410U);
  EXPECT_LT(measurement.requests.sent, 590U);
  EXPECT_GE(measurement.response_time.min(), 2ms);
  EXPECT_GT(measurement.response_time.mean(), 2300us) << "there is a queue";
  EXPECT_LT(measurement.response_time.mean(), 5ms);
  EXPECT_LT(measurement.response_time.quantile(0.4), 3ms) << "half of the requests find the worker free";
  EXPECT_GT(measurement.response_time.quantile(0.9), 3500us);
  for (const double q : {0.1, 0.5, 0.9, 0.99, 1.0})
    EXPECT_GE(static_cast<double>(measurement.response_time.quantile(q).count()),
              0.998 * static_cast<double>(truth.held.quantile(q).count()))
        << q;
}

TEST(QueueLaw, TheSameSeedGivesTheSameArrivals) {
  std::vector<std::uint64_t> sent;
  for (const char* seed : {"7", "7", "8", "9", "10"}) {
    auto server = KnownServer::start({});
    ASSERT_TRUE(server);
    const auto run = run_load_program(
        {"-c", "8", "--rate", "2k/s", "--arrivals", "poisson", "--seed", seed, "-d", "500ms"}, server->url());
    sent.push_back(run.measurement.requests.sent);
    EXPECT_EQ(run.measurement.total.sent, server->stop().requests);
  }
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_FALSE(sent[0] == sent[2] && sent[0] == sent[3] && sent[0] == sent[4]) << "another seed, other arrivals";
}

}  // namespace
}  // namespace hotlap::calibration
