// The program's figures against servers that know the truth. Counts are exact. Times are compared with what the server
// knows it held back: ours are never shorter, at any percentile, and not much longer (tools/measure-truth has the
// precision; here the machine may be busy).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

struct Compared {
  LoadRun run;
  Truth truth;
};

Compared compare(const Behaviour& behaviour, const std::vector<std::string>& arguments) {
  auto server = KnownServer::start(behaviour);
  EXPECT_TRUE(server);
  auto run = run_load_program(arguments, server->url());
  return {std::move(run), server->stop()};
}

// Nothing lost, nothing invented: each side counted the same.
void expect_equal_counts(const Compared& both) {
  const auto& [run, truth] = both;
  EXPECT_EQ(run.measurement.total.sent, truth.requests);
  EXPECT_EQ(run.measurement.total.answered, truth.answered);
  EXPECT_EQ(run.measurement.service_time.count(), run.measurement.requests.answered) << "one sample for each answer";
  EXPECT_EQ(run.measurement.response_time.count(), run.measurement.requests.answered);
}

// What we measured contains what the server held back. Resolution 0.1 % on either side.
void expect_no_time_shorter_than_the_truth(const Histogram& ours, const Histogram& truth) {
  for (const double q : {0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0})
    EXPECT_GE(static_cast<double>(ours.quantile(q).count()), 0.998 * static_cast<double>(truth.quantile(q).count()))
        << "at " << q;
}

void expect_about(Nanos ours, Nanos truth) {
  EXPECT_GE(ours, truth - truth / 500);
  EXPECT_LE(ours, truth + truth / 2 + 5ms);
}

TEST(Calibration, AFixedDelayIsTheServiceTime) {
  const auto both = compare({.delay = 4ms}, {"-c", "4", "-d", "400ms"});
  expect_equal_counts(both);
  EXPECT_EQ(both.run.measurement.total.good, both.truth.right);
  expect_no_time_shorter_than_the_truth(both.run.measurement.service_time, both.truth.held);
  expect_about(both.run.measurement.service_time.quantile(0.5), 4ms);
}

TEST(Calibration, ABatchThatComesTogetherTookTheSameTimeForEachOfItsRequests) {
  const auto both = compare({.delay = 20ms}, {"-c", "2", "--pipeline", "10", "-d", "300ms"});
  expect_equal_counts(both);
  expect_no_time_shorter_than_the_truth(both.run.measurement.service_time, both.truth.held);
  EXPECT_GE(both.run.measurement.service_time.min(), 20ms) << "no time is shared out among the requests of a batch";
  expect_about(both.run.measurement.service_time.quantile(0.5), 20ms);
}

TEST(Calibration, PipelinedRequestsThatAreServedInTurnWaitForEachOther) {
  const auto both =
      compare({.pace = Behaviour::Pace::in_turn, .delay = 2ms}, {"-c", "2", "--pipeline", "8", "-d", "400ms"});
  expect_equal_counts(both);
  expect_no_time_shorter_than_the_truth(both.run.measurement.service_time, both.truth.held);
  // Eight are always in the queue, so each waits for the seven before it.
  expect_about(both.run.measurement.service_time.quantile(0.5), both.truth.held.quantile(0.5));
  EXPECT_GE(both.run.measurement.service_time.quantile(0.5), 14ms);
}

TEST(Calibration, OneWorkerAtHalfLoadWithConstantArrivalsNeverMakesAQueue) {
  // D/D/1: 250/s to a worker that takes 2 ms; every response time is 2 ms.
  const auto both =
      compare({.pace = Behaviour::Pace::queue, .delay = 2ms}, {"-c", "8", "--rate", "250/s", "-d", "600ms"});
  expect_equal_counts(both);
  EXPECT_EQ(both.run.measurement.requests.sent, 150U);
  expect_no_time_shorter_than_the_truth(both.run.measurement.response_time, both.truth.held);
  expect_about(both.run.measurement.response_time.quantile(0.5), 2ms);
}

// An open loop of rate R over a window W meets a server that stops for S: a share S/W of the requests is due in the
// stop, and the response times among them fall evenly from S to 0. So p(q) = S − (1 − q)·W, and all R·W are sent all
// the same.
class AStop : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(AStop, IsInTheResponseTimesAsTheScheduleSays) {
  auto arguments = GetParam();
  arguments.insert(arguments.end(), {"--rate", "500/s", "-d", "4s"});
  const auto both = compare({.stall_at = 1s, .stall = 400ms}, arguments);
  expect_equal_counts(both);
  const auto& measurement = both.run.measurement;
  EXPECT_EQ(measurement.requests.sent + measurement.never_sent, 2000U) << "R·W, stop or no stop";
  EXPECT_LE(measurement.never_sent, 10U) << "this machine may stand still when the window ends";
  EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
  for (const auto& [q, predicted] : {std::pair(0.99, 360ms), std::pair(0.98, 320ms), std::pair(0.95, 200ms)}) {
    EXPECT_GE(measurement.response_time.quantile(q), predicted * 9 / 10) << q;
    EXPECT_LE(measurement.response_time.quantile(q), predicted * 6 / 5 + 20ms) << q;
  }
  EXPECT_GE(measurement.response_time.max(), 380ms);
  EXPECT_LE(measurement.response_time.quantile(0.5), 50ms);
}

// Four connections hold back what is due in the stop; 400 places take it in.
INSTANTIATE_TEST_SUITE_P(Calibration, AStop,
                         testing::Values(std::vector<std::string>{"-c", "4"},
                                         std::vector<std::string>{"-c", "50", "--pipeline", "8"}),
                         [](const auto& one) { return one.index == 0 ? "HeldBack" : "InFlight"; });

TEST(Calibration, AStopHardlyMovesTheServiceTimeOfFewConnections) {
  const auto both = compare({.stall_at = 200ms, .stall = 100ms}, {"-c", "2", "--rate", "500/s", "-d", "1s"});
  expect_equal_counts(both);
  // Two requests in 500 met the stop; the others waited for their turn on our side.
  EXPECT_LE(both.run.measurement.service_time.quantile(0.99), 50ms);
  EXPECT_GE(both.run.measurement.response_time.quantile(0.99), 80ms);
  EXPECT_GE(both.run.measurement.service_time.max(), 90ms);
}

TEST(Calibration, PeriodicStopsAreInTheTimesOfAClosedLoopToo) {
  const auto both = compare({.stall_at = 50ms, .stall = 30ms, .stall_every = 100ms}, {"-c", "3", "-d", "500ms"});
  expect_equal_counts(both);
  expect_no_time_shorter_than_the_truth(both.run.measurement.service_time, both.truth.held);
  EXPECT_GE(both.run.measurement.service_time.max(), 25ms);
}

TEST(Calibration, PipelinedRequestsThatAreDroppedAreMissedToTheLast) {
  const auto both = compare({.only_first = true}, {"-c", "2", "--pipeline", "8", "-d", "300ms", "--timeout", "80ms"});
  const auto& [run, truth] = both;
  EXPECT_GT(truth.unanswered, 0U);
  EXPECT_EQ(run.measurement.total.sent, truth.requests);
  EXPECT_EQ(run.measurement.total.answered, truth.answered);
  EXPECT_EQ(run.measurement.total.failed + run.measurement.total.timed_out, truth.unanswered);
  EXPECT_GT(run.errors("timeout"), 0U) << run.kinds();
  EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
}

TEST(Calibration, AnAnnouncedCloseAfterEachAnswerCostsConnectionsNotRequests) {
  const auto both = compare({.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nUGLY",
                             .then = Behaviour::Then::close},
                            {"-c", "3", "-d", "200ms"});
  expect_equal_counts(both);
  EXPECT_EQ(both.run.measurement.total.good, both.truth.answered);
  EXPECT_EQ(both.truth.connections,
            both.run.measurement.connections.requested + both.run.measurement.connections.reconnects);
}

TEST(Calibration, AnUnannouncedCloseAfterEachAnswerLosesWhatWasSentAfterIt) {
  const auto both = compare({.then = Behaviour::Then::close}, {"-c", "3", "-d", "200ms"});
  const auto& total = both.run.measurement.total;
  EXPECT_GT(both.truth.right, 0U);
  EXPECT_EQ(total.good, both.truth.right) << both.run.kinds();
  EXPECT_EQ(total.failed + total.timed_out + total.in_flight_at_end, total.sent - both.truth.right);
}

TEST(Calibration, AServerThatTurnsTo404StopsBeingThroughput) {
  const auto both = compare({.delay = 1ms, .not_found_after = 150ms}, {"-c", "4", "-d", "400ms"});
  expect_equal_counts(both);
  const auto& [run, truth] = both;
  EXPECT_GT(truth.right, 0U);
  EXPECT_GT(truth.not_found, 0U);
  EXPECT_EQ(run.measurement.total.good, truth.right);
  EXPECT_EQ(run.measurement.status.at(200), truth.right);
  EXPECT_EQ(run.measurement.status.at(404), truth.not_found);
  EXPECT_EQ(run.errors("status"), truth.not_found);
  EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
}

TEST(Calibration, ADripIsOverWithItsLastByte) {
  const auto both = compare({.byte_gap = 100us}, {"-c", "2", "--pipeline", "2", "-d", "300ms"});
  expect_equal_counts(both);
  EXPECT_EQ(both.run.measurement.total.good, both.truth.right);
  expect_no_time_shorter_than_the_truth(both.run.measurement.service_time, both.truth.held);
  EXPECT_GE(both.run.measurement.service_time.min(), 100us * 41);  // 42 bytes
}

TEST(Calibration, EveryWrongBodyIsFoundAndNoOther) {
  for (const char* depth : {"1", "7"}) {
    const auto both =
        compare({.wrong_every = 5}, {"-c", "3", "--pipeline", depth, "-d", "200ms", "--expect-body", "UGLY"});
    expect_equal_counts(both);
    EXPECT_GT(both.truth.wrong, 0U);
    EXPECT_EQ(both.run.measurement.total.good, both.truth.right);
    EXPECT_EQ(both.run.errors("body"), both.truth.wrong);
    EXPECT_NE(both.run.measurement.verdict.level, load::VerdictLevel::valid);
  }
}

TEST(Calibration, InterimResponsesAreNoAnswers) {
  std::string three_hints;
  for (int i = 0; i < 3; ++i) three_hints += "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
  const auto both = compare({.answer = three_hints + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY"},
                            {"-c", "2", "--pipeline", "4", "-d", "200ms"});
  expect_equal_counts(both);
  EXPECT_GT(both.truth.answered, 0U);
  EXPECT_EQ(both.run.measurement.total.good, both.truth.answered) << "one for each, not four";
  EXPECT_EQ(both.run.measurement.status.size(), 1U);
}

TEST(Calibration, AWarmUpIsCountedInTheTotalsAndInNoTime) {
  // The server stops in the warm-up only: that must not show in the window.
  const auto both = compare({.delay = 1ms, .stall = 400ms}, {"-c", "2", "-d", "200ms", "--warm-up", "600ms"});
  EXPECT_EQ(both.run.measurement.total.sent, both.truth.requests);
  EXPECT_EQ(both.run.measurement.total.answered, both.truth.answered);
  EXPECT_LT(both.run.measurement.requests.sent, both.truth.requests);
  EXPECT_GE(both.truth.held.max(), 350ms);
  EXPECT_LT(both.run.measurement.service_time.max(), 350ms);
}

}  // namespace
}  // namespace hotlap::calibration
