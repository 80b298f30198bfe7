#include "loadgen/contract/measurement.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hotlap::load {
namespace {

Measurement sample() {
  Measurement measurement;
  measurement.window = std::chrono::seconds(2);
  measurement.requests = {.sent = 10, .answered = 7, .good = 6, .failed = 1, .timed_out = 1, .in_flight_at_end = 1};
  measurement.total = {.sent = 12, .answered = 9, .good = 8, .failed = 1, .timed_out = 1, .in_flight_at_end = 1};
  measurement.good_in_window = 7;
  measurement.throughput_per_s = 3.5;
  measurement.bytes_received = 1234;
  measurement.status = {{200, 6}, {404, 1}};
  measurement.errors = {{.kind = "status",
                         .count = 1,
                         .first = "HTTP/1.1 404 Not Found\\r\\n",
                         .first_at = std::chrono::milliseconds(3),
                         .after = {}}};
  measurement.errors[0].after.record(std::chrono::microseconds(50));
  measurement.connections = {.requested = 3, .established = 2, .served = 1, .reconnects = 4};
  for (int i = 1; i <= 7; ++i) {
    measurement.service_time.record(std::chrono::microseconds(10 * i));
    measurement.response_time.record(std::chrono::microseconds(11 * i));
    measurement.send_lag.record(std::chrono::nanoseconds(100 * i));
  }
  measurement.held_up.record(std::chrono::nanoseconds(700));
  measurement.cpu_user = Nanos(5);
  measurement.cpu_system = Nanos(6);
  measurement.verdict.raise(VerdictLevel::suspect, "a reason");
  measurement.series = {{.second = 0, .good = 3, .bad = 1, .sent = 9}, {.second = 1, .good = 4}};
  measurement.series[0].service_time = {{20, 3}, {400, 1}};
  measurement.loop = "open";
  measurement.arrivals = "5/s constant";
  measurement.scheduled = 13;
  measurement.never_sent = 2;
  measurement.dropped = 1;
  measurement.service_time_at_least.record(std::chrono::seconds(2), 2);
  measurement.response_time_at_least.record(std::chrono::seconds(3), 2);
  measurement.first_byte_time.record(std::chrono::microseconds(9));
  measurement.connect_time.record(std::chrono::microseconds(8));
  measurement.service_time_by_class["2xx"].record(std::chrono::microseconds(7));
  measurement.by_request = {
      {.name = "one", .requests = {.sent = 1, .answered = 1}, .service_time = {}, .response_time = {}}};
  measurement.connections.most_answers = 5;
  measurement.connections.fairness = 0.5;
  measurement.thread_use = {{.cpu_user = Nanos(5), .cpu_system = Nanos(6), .waited = Nanos(7)}};
  measurement.host = {.steal = Nanos(8), .throttled = Nanos(9)};
  measurement.audit = AuditResult{.paired = 4, .unpaired = 1, .wire_time = {}, .send_share = {}, .receive_share = {}};
  return measurement;
}

TEST(Measurement, TheDocumentHasTheNamesThatOthersBuildOn) {
  const auto json = nlohmann::json::parse(to_json(sample()));
  for (const char* key :
       {"schema", "window_ns", "requests", "throughput_per_s", "bytes_received", "status", "errors", "connections",
        "service_time", "response_time", "send_lag", "held_up", "punctual", "cpu", "verdict", "series"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key : {"sent", "answered", "good", "failed", "timed_out", "in_flight_at_end"})
    EXPECT_TRUE(json["requests"].contains(key)) << key;
  for (const char* key : {"count", "min_ns", "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "max_ns", "mean_ns", "hdr"})
    EXPECT_TRUE(json["service_time"].contains(key)) << key;
  EXPECT_EQ(json["status"]["404"], 1);
  EXPECT_EQ(json["verdict"]["level"], "SUSPECT");
}

TEST(Measurement, IsReadBackUnchanged) {
  const auto text = to_json(sample());
  const auto read = measurement_from_json(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->requests.good, 6U);
  EXPECT_EQ(read->service_time, sample().service_time);
  EXPECT_EQ(read->connections.reconnects, 4U);
  EXPECT_EQ(read->verdict.reasons, sample().verdict.reasons);
  EXPECT_EQ(read->series.size(), 2U);
  EXPECT_EQ(read->errors.front().first, "HTTP/1.1 404 Not Found\\r\\n");
  const auto once = to_json(*read);  // histograms come back with the bounds of their buckets
  EXPECT_EQ(nlohmann::json::parse(once).flatten().size(), nlohmann::json::parse(text).flatten().size());
  EXPECT_EQ(to_json(measurement_from_json(once).value()), once) << "every key is read back";
}

TEST(Percentile, StandsOnlyWithTenSamplesBeyondIt) {
  Histogram times;
  times.record(Nanos(100), 999);
  EXPECT_EQ(percentile(times, {}, 0.99).kind, Percentile::Kind::too_few);
  times.record(Nanos(100));
  EXPECT_EQ(percentile(times, {}, 0.99).kind, Percentile::Kind::known);
  EXPECT_EQ(percentile(times, {}, 0.99).value, Nanos(100));
}

TEST(Percentile, UnfinishedRequestsHideWhatLiesBehindThem) {
  Histogram times, at_least;
  times.record(Nanos(100), 980);
  at_least.record(Nanos(5000), 20);
  EXPECT_EQ(percentile(times, at_least, 0.9).kind, Percentile::Kind::known);
  EXPECT_EQ(percentile(times, at_least, 0.9).value, Nanos(100));
  const auto p99 = percentile(times, at_least, 0.99);
  EXPECT_EQ(p99.kind, Percentile::Kind::at_least);
  EXPECT_GE(p99.value, Nanos(5000));
}

TEST(Percentile, AnUnfinishedRequestOfUnknownPlaceHidesWhatItMayShift) {
  Histogram times, at_least;
  for (int i = 1; i <= 900; ++i) times.record(Nanos(i));
  at_least.record(Nanos(1), 100);  // they may end anywhere
  const auto p50 = percentile(times, at_least, 0.5);
  EXPECT_EQ(p50.kind, Percentile::Kind::at_least);
  EXPECT_EQ(p50.value, Nanos(400));
}

TEST(Measurement, UnbalancedOrForeignDocumentsAreRefused) {
  auto json = nlohmann::json::parse(to_json(sample()));
  json["requests"]["sent"] = 11;
  EXPECT_FALSE(measurement_from_json(json.dump()));
  json = nlohmann::json::parse(to_json(sample()));
  json["schema"] = "hotlap.measurement/999";
  EXPECT_FALSE(measurement_from_json(json.dump()));
  for (const char* bad : {"", "{}", "[1,2", "null"}) EXPECT_FALSE(measurement_from_json(bad)) << bad;
}

TEST(MeasurementDeathTest, LostRequestsAreABrokenPromise) {
  auto measurement = sample();
  measurement.requests.sent += 1;
  EXPECT_DEATH((void)to_json(measurement), "every request sent");
}

// 1520 / 3000 × 3000 is a little more than 1520 in binary fractions.
TEST(Percentile, OneThatTimeoutsLieFarBeyondIsKnownAtEveryCount) {
  for (std::int64_t count = 100; count < 3'100; count += 20) {
    Histogram known, at_least;
    for (std::int64_t i = 1; i <= count; ++i) known.record(Nanos(i % 2'000 + 1));
    at_least.record(std::chrono::seconds(2), 2);
    EXPECT_EQ(percentile(known, at_least, 0.5).kind, Percentile::Kind::known) << count;
  }
}

}  // namespace
}  // namespace hotlap::load
