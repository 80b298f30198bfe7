// The layouts: texts below were printed by wrk 4.1.0 (Debian 12), and ours has to be the same bytes for the same
// numbers.
#include "loadgen/faces/wrk_report.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hotlap::loadgen::wrk {
namespace {

Command command_for(Dialect dialect, int threads, int connections, std::string url, int seconds) {
  Command command{.dialect = dialect};
  command.spec.threads = threads;
  command.spec.connections = connections;
  command.spec.duration = std::chrono::seconds(seconds);
  command.target.url = std::move(url);
  return command;
}

TEST(WrkReport, LayoutIsWrksWithADistribution) {
  auto command = command_for(Dialect::wrk, 1, 2, "http://127.0.0.1:18081/foo", 1);
  command.latency = true;
  const Figures figures{
      .latency = {.mean = 461.77L, .deviation = 1'340, .max = 9'190, .near_mean_percent = 90.46L},
      .rate = {.mean = 92'970, .deviation = 13'480, .max = 108'880, .near_mean_percent = 63.64L},
      .distribution = {{50, 13}, {75, 19}, {90, 1'640}, {99, 6'790}},
      .requests = 101'615,
      .duration_us = 1'100'000,
      .bytes = 3.88L * 1'048'576,
      .requests_per_s = 92'413.90L,
      .bytes_per_s = 3.53L * 1'048'576,
  };
  EXPECT_EQ(opening_text(command) + closing_text(command, figures),
            R"(Running 1s test @ http://127.0.0.1:18081/foo
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   461.77us    1.34ms   9.19ms   90.46%
    Req/Sec    92.97k    13.48k  108.88k    63.64%
  Latency Distribution
     50%   13.00us
     75%   19.00us
     90%    1.64ms
     99%    6.79ms
  101615 requests in 1.10s, 3.88MB read
Requests/sec:  92413.90
Transfer/sec:      3.53MB
)");
}

TEST(WrkReport, LayoutIsWrksWithBadStatuses) {
  const auto command = command_for(Dialect::wrk, 2, 5, "http://127.0.0.1:18082/", 1);
  const Figures figures{
      .latency = {.mean = 63.80L, .deviation = 166.42L, .max = 4'650, .near_mean_percent = 98.65L},
      .rate = {.mean = 37'420, .deviation = 4'080, .max = 44'040, .near_mean_percent = 54.55L},
      .requests = 81'873,
      .duration_us = 1'100'000,
      .bytes = 3.12L * 1'048'576,
      .errors = {.status = 81'873},
      .requests_per_s = 74'451.66L,
      .bytes_per_s = 2.84L * 1'048'576,
  };
  EXPECT_EQ(opening_text(command) + closing_text(command, figures),
            R"(Running 1s test @ http://127.0.0.1:18082/
  2 threads and 5 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    63.80us  166.42us   4.65ms   98.65%
    Req/Sec    37.42k     4.08k   44.04k    54.55%
  81873 requests in 1.10s, 3.12MB read
  Non-2xx or 3xx responses: 81873
Requests/sec:  74451.66
Transfer/sec:      2.84MB
)");
}

TEST(WrkReport, LayoutIsWrksWithoutASample) {
  auto command = command_for(Dialect::wrk, 1, 2, "http://127.0.0.1:18083/", 2);
  command.latency = true;
  Outcome outcome{.duration_us = 2'003'000, .requests = 2, .bytes = 80, .errors = {.timeout = 2}};
  outcome.rate = Samples(std::vector<Sample>{{1, 1}});
  auto figures = figures_of(command, outcome);
  EXPECT_EQ(opening_text(command) + closing_text(command, figures),
            R"(Running 2s test @ http://127.0.0.1:18083/
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.00us    0.00us   0.00us    -nan%
    Req/Sec     1.00      0.00     1.00    100.00%
  Latency Distribution
     50%    0.00us
     75%    0.00us
     90%    0.00us
     99%    0.00us
  2 requests in 2.00s, 80.00B read
  Socket errors: connect 0, read 0, write 0, timeout 2
Requests/sec:      1.00
Transfer/sec:      39.94B
)");
}

// By hand from the printf formats of wrk2: 3 samples of 1 ms and one of 2.049 ms, of which three digits
// keep 2.048–2.049.
TEST(WrkReport, LayoutIsWrk2sWithItsSpectrum) {
  auto command = command_for(Dialect::wrk2, 2, 4, "http://h/", 20);
  command.latency = command.uncorrected_latency = true;
  Outcome outcome{.duration_us = 20'000'000, .requests = 4, .bytes = 400};
  outcome.latency = Samples(std::vector<Sample>{{1'000, 3}, {2'049, 1}});
  const auto text = closing_text(command, figures_of(command, outcome));
  EXPECT_EQ(text, R"(  Thread calibration: mean lat.: 1.262ms, rate sampling interval: 10ms
  Thread calibration: mean lat.: 1.262ms, rate sampling interval: 10ms
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.26ms  524.50us   2.05ms   75.00%
    Req/Sec     0.00      0.00     0.00      -nan%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    1.00ms
 75.000%    1.00ms
 90.000%    2.05ms
 99.000%    2.05ms
 99.900%    2.05ms
 99.990%    2.05ms
 99.999%    2.05ms
100.000%    2.05ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       1.000     0.000000            3         1.00
       1.000     0.100000            3         1.11
       1.000     0.200000            3         1.25
       1.000     0.300000            3         1.43
       1.000     0.400000            3         1.67
       1.000     0.500000            3         2.00
       1.000     0.550000            3         2.22
       1.000     0.600000            3         2.50
       1.000     0.650000            3         2.86
       1.000     0.700000            3         3.33
       1.000     0.750000            3         4.00
       2.049     0.775000            4         4.44
       2.049     1.000000            4          inf
#[Mean    =        1.262, StdDeviation   =        0.454]
#[Max     =        2.048, Total count    =            4]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------

  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed starts into account))
 50.000%    0.00us
 75.000%    0.00us
 90.000%    0.00us
 99.000%    0.00us
 99.900%    0.00us
 99.990%    0.00us
 99.999%    0.00us
100.000%    0.00us

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       0.000     1.000000            0          inf
#[Mean    =        0.000, StdDeviation   =        0.000]
#[Max     =        0.000, Total count    =            0]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  4 requests in 20.00s, 400.00B read
Requests/sec:      0.20
Transfer/sec:      20.00B
)");
}

TEST(WrkReport, CalibrationIsOnlySpokenOfAfterTenSecondsAndFiveMillisecondsAConnection) {
  auto command = command_for(Dialect::wrk2, 1, 100, "http://h/", 10);
  Outcome outcome{.duration_us = 10'499'999, .requests = 4};
  outcome.latency = Samples(std::vector<Sample>{{1'000, 4}});
  EXPECT_EQ(closing_text(command, figures_of(command, outcome)).find("calibration"), std::string::npos);
  outcome.duration_us = 10'500'000;
  EXPECT_NE(closing_text(command, figures_of(command, outcome)).find("calibration"), std::string::npos);
}

TEST(WrkReport, PercentilesAreTrueOnes) {
  const Samples samples(std::vector<Sample>{{10, 50}, {20, 49}, {30, 1}});
  EXPECT_EQ(samples.percentile(50), 10);
  EXPECT_EQ(samples.percentile(50.5L), 20);
  EXPECT_EQ(samples.percentile(99), 20);
  EXPECT_EQ(samples.percentile(100), 30);
  EXPECT_EQ(Samples().percentile(99), 0);
}

TEST(WrkReport, MeanAndDeviationAreWrks) {
  const Samples samples(std::vector<Sample>{{30, 1}, {10, 2}});  // mean 50/3, squares 2·(20/3)² + (40/3)² over 2
  EXPECT_NEAR(static_cast<double>(samples.mean()), 50.0 / 3, 1e-12);
  EXPECT_NEAR(static_cast<double>(samples.deviation()), std::sqrt((2 * 400.0 / 9 + 1600.0 / 9) / 2), 1e-12);
  EXPECT_NEAR(static_cast<double>(samples.near_mean_percent()), 200.0 / 3, 1e-12);
}

load::Measurement measured() {
  load::Measurement measurement;
  measurement.window = std::chrono::milliseconds(2'500);
  measurement.threads = 2;
  measurement.requests = {.sent = 1'010, .answered = 1'000, .good = 900, .failed = 7, .timed_out = 3};
  measurement.bytes_received = 5'000;
  measurement.status = {{200, 900}, {404, 60}, {503, 40}};
  measurement.errors = {{.kind = "connect_refused", .count = 1}, {.kind = "reset", .count = 2},
                        {.kind = "eof_midresponse", .count = 3}, {.kind = "write_failed", .count = 4},
                        {.kind = "timeout", .count = 3},         {.kind = "status", .count = 100}};
  measurement.series = {{.second = 0, .good = 390, .bad = 10},
                        {.second = 1, .good = 500, .bad = 90},
                        {.second = 2, .good = 10, .bad = 0}};
  measurement.service_time.record(std::chrono::microseconds(100), 1'000);
  measurement.response_time.record(std::chrono::microseconds(200), 1'000);
  return measurement;
}

TEST(WrkReport, AMeasurementIsToldUnderWrksNames) {
  const auto outcome = outcome_of(command_for(Dialect::wrk, 2, 2, "http://h/", 2), measured());
  EXPECT_EQ(outcome.duration_us, 2'500'000);
  EXPECT_EQ(outcome.requests, 1'000);
  EXPECT_EQ(outcome.errors.connect, 1);
  EXPECT_EQ(outcome.errors.read, 5);
  EXPECT_EQ(outcome.errors.write, 4);
  EXPECT_EQ(outcome.errors.timeout, 3);
  EXPECT_EQ(outcome.errors.status, 100);
  EXPECT_EQ(outcome.latency.rising(), (std::vector<Sample>{{100, 1'000}}));
  EXPECT_EQ(outcome.rate.rising(), (std::vector<Sample>{{200, 1}, {295, 1}}));  // the third second is not whole
}

TEST(WrkReport, Wrk2RecordsFromTheIntendedStart) {
  const auto outcome = outcome_of(command_for(Dialect::wrk2, 2, 2, "http://h/", 2), measured());
  EXPECT_EQ(outcome.latency.rising(), (std::vector<Sample>{{200, 1'000}}));
  EXPECT_EQ(outcome.uncorrected.rising(), (std::vector<Sample>{{100, 1'000}}));
}

TEST(WrkReport, RequestsWithoutAnAnswerStandInTheLatencies) {
  auto measurement = measured();
  measurement.service_time_at_least.record(std::chrono::seconds(2), 3);
  const auto outcome = outcome_of(command_for(Dialect::wrk, 2, 2, "http://h/", 2), measurement);
  EXPECT_EQ(outcome.latency.max(), 2'000'000);
  EXPECT_EQ(outcome.latency.count(), 1'003);
}

TEST(WrkReport, TheAuditTellsWhatTheLayoutHasNoPlaceFor) {
  auto command = command_for(Dialect::wrk, 2, 2, "http://h/", 2);
  auto measurement = measured();
  measurement.connections = {.requested = 10, .established = 9, .served = 8, .reconnects = 2};
  measurement.verdict.raise(load::VerdictLevel::suspect, "only 9 of 10 connections were established");
  auto text = audit_text(command, measurement);
  for (const char* part : {"SUSPECT", "only 9 of 10", "1010 requests sent", "10 requested, 9 established, 8 served"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  EXPECT_EQ(text.find("compat-bugs"), std::string::npos);
  command.compat_bugs = true;
  EXPECT_NE(audit_text(command, measurement).find("compat-bugs"), std::string::npos);
}

}  // namespace
}  // namespace hotlap::loadgen::wrk
