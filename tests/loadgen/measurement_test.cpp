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
  measurement.errors = {{"status", 1, "HTTP/1.1 404 Not Found\\r\\n"}};
  measurement.connections = {.requested = 3, .established = 2, .served = 1, .reconnects = 4};
  for (int i = 1; i <= 7; ++i) {
    measurement.service_time.record(std::chrono::microseconds(10 * i));
    measurement.response_time.record(std::chrono::microseconds(11 * i));
    measurement.send_lag.record(std::chrono::nanoseconds(100 * i));
  }
  measurement.cpu_user = Nanos(5);
  measurement.cpu_system = Nanos(6);
  measurement.verdict.raise(VerdictLevel::suspect, "a reason");
  measurement.series = {{0, 3, 1}, {1, 4, 0}};
  return measurement;
}

TEST(Measurement, TheDocumentHasTheNamesThatOthersBuildOn) {
  const auto json = nlohmann::json::parse(to_json(sample()));
  for (const char* key : {"schema", "window_ns", "requests", "throughput_per_s", "bytes_received", "status", "errors",
                          "connections", "service_time", "response_time", "send_lag", "cpu", "verdict", "series"})
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

}  // namespace
}  // namespace hotlap::load
