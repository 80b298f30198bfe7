#include "loadgen/faces/wrk_bugs.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen::wrk {
namespace {

Command command_for(Dialect dialect, int connections) {
  Command command{.dialect = dialect};
  command.spec.threads = 1;
  command.spec.connections = connections;
  command.spec.timeout = std::chrono::seconds(2);
  return command;
}

TEST(WrkBugs, TheGapIsTheRunTimeOverEachConnectionsAnswersInIntegers) {
  EXPECT_EQ(correction_gap_us(1'000'000, 1'999, 100), 52'631);  // 19 each
  EXPECT_EQ(correction_gap_us(1'000'000, 99, 100), 0);
  EXPECT_EQ(correction_gap_us(10, 1'000, 1), 0);
}

// Gap 100: 450 also counts at 350, 250 and 150, but not at 50, which is not above the gap; 200 only at nothing, because
// 100 is not above it either; 199 is below twice the gap.
TEST(WrkBugs, CorrectionInventsSamplesDownToTheGap) {
  const Samples samples(std::vector<Sample>{{90, 10}, {199, 5}, {200, 3}, {450, 2}});
  EXPECT_EQ(corrected(samples, 100).rising(),
            (std::vector<Sample>{{90, 10}, {150, 2}, {199, 5}, {200, 3}, {250, 2}, {350, 2}, {450, 2}}));
  EXPECT_EQ(corrected(samples, 0).rising(), samples.rising());
  EXPECT_EQ(corrected(samples, 226).rising(), samples.rising());
}

TEST(WrkBugs, InventedSamplesAddToRealOnesAndInventNoneThemselves) {
  // 500 counts at 400, 300, 200; the invented 400 must not count again at 300 and 200. The real 300 counts at 200.
  const Samples samples(std::vector<Sample>{{300, 1}, {500, 1}});
  EXPECT_EQ(corrected(samples, 100).rising(), (std::vector<Sample>{{200, 2}, {300, 2}, {400, 1}, {500, 1}}));
}

TEST(WrkBugs, ABatchIsOneSample) {
  const Samples samples(std::vector<Sample>{{10, 3}, {20, 4}, {30, 9}});
  EXPECT_EQ(per_batch(samples, 4).rising(), (std::vector<Sample>{{20, 1}, {30, 3}}));
  EXPECT_EQ(per_batch(samples, 4).count(), 4);
  EXPECT_EQ(per_batch(samples, 1).rising(), samples.rising());
}

TEST(WrkBugs, PercentilesStandHalfARankTooHigh) {
  const Samples samples(std::vector<Sample>{{10, 1}, {20, 1}});
  EXPECT_EQ(samples.percentile(50), 10);
  EXPECT_EQ(samples.percentile_as_wrk(50), 20);  // round(1.5) = 2
  EXPECT_EQ(samples.percentile_as_wrk(100), 0);  // round(2.5) = 3, of two
}

// The trap of pipelining, T1 in the list: 16 in flight, each batch takes 1.6 ms. The gap is a sixteenth of what it
// should be, so every true sample brings 14 others: those at 1.5, 1.4 … 0.2 ms.
TEST(WrkBugs, PipeliningMultipliesTheSamples) {
  load::Measurement measurement;
  measurement.window = std::chrono::microseconds(1'600'000);
  measurement.requests = {.sent = 16'000, .answered = 16'000};
  measurement.service_time.record(std::chrono::microseconds(1'600), 16'000);
  const auto outcome = outcome_with_bugs(command_for(Dialect::wrk, 1), measurement, 16);
  EXPECT_EQ(outcome.latency.count(), 15'000);
  EXPECT_EQ(outcome.latency.rising().size(), 15);
  EXPECT_EQ(outcome.latency.min(), 200);
  EXPECT_EQ(outcome.latency.max(), 1'600);
  EXPECT_EQ(outcome.latency_at(50), 900);
  EXPECT_EQ(outcome_of(command_for(Dialect::wrk, 1), measurement).latency.rising(),
            (std::vector<Sample>{{1'600, 16'000}}));
}

TEST(WrkBugs, AnswersLaterThanTheTimeoutAreForgotten) {
  load::Measurement measurement;
  measurement.window = std::chrono::seconds(10);
  measurement.requests = {.sent = 3, .answered = 2, .timed_out = 1};
  measurement.service_time.record(std::chrono::milliseconds(1), 1);
  measurement.service_time.record(std::chrono::milliseconds(2'001), 1);
  measurement.service_time_at_least.record(std::chrono::seconds(2), 1);
  EXPECT_EQ(outcome_with_bugs(command_for(Dialect::wrk, 3), measurement, 1).latency.rising(),
            (std::vector<Sample>{{1'000, 1}}));
}

load::SecondSample second(std::int64_t index, std::chrono::milliseconds time) {
  Histogram times;
  times.record(time, 10);
  auto sparse = times.drain();
  return {.second = index, .good = 10, .service_time = sparse, .response_time = sparse};
}

TEST(WrkBugs, Wrk2ForgetsTheLatenciesOfItsCalibration) {
  load::Measurement measurement;
  measurement.window = std::chrono::seconds(13);
  measurement.requests = {.sent = 130, .answered = 130};
  for (std::int64_t i = 0; i < 13; ++i)
    measurement.series.push_back(second(i, std::chrono::milliseconds(i < 11 ? 500 : 1)));
  measurement.response_time.record(std::chrono::milliseconds(500), 110);
  measurement.response_time.record(std::chrono::milliseconds(1), 20);
  // 100 connections: 10.5 s, so seconds 11 and 12 are left.
  const auto outcome = outcome_with_bugs(command_for(Dialect::wrk2, 100), measurement, 1);
  EXPECT_EQ(outcome.latency.count(), 20);
  EXPECT_LT(outcome.latency.max(), 1'010);
  EXPECT_EQ(outcome.requests, 130);
}

TEST(WrkBugs, AShortRunOfWrk2HasNoRates) {
  load::Measurement measurement;
  measurement.window = std::chrono::seconds(2);
  measurement.requests = {.sent = 20, .answered = 20};
  measurement.series = {second(0, std::chrono::milliseconds(1)), second(1, std::chrono::milliseconds(1))};
  measurement.response_time.record(std::chrono::milliseconds(1), 20);
  const auto outcome = outcome_with_bugs(command_for(Dialect::wrk2, 1), measurement, 1);
  EXPECT_TRUE(outcome.rate.empty());
  EXPECT_EQ(outcome.latency.count(), 20);
}

}  // namespace
}  // namespace hotlap::loadgen::wrk
