#include "results/claim_metric.h"

#include <gmock/gmock.h>

namespace hotlap::results {
namespace {

TrialRecord trial(TrialState state = TrialState::ok) {
  TrialRecord one;
  one.state = state;
  one.target_cpu_ns = 5e8;
  auto& m = one.measurement.emplace();
  m.window = std::chrono::seconds(2);
  m.requests = {.sent = 1000, .answered = 900, .good = 300, .failed = 60, .timed_out = 40};
  m.good_in_window = 300;
  m.throughput_per_s = 150;
  m.scheduled = 1200;
  m.bytes_received = 9000;
  m.cpu_user = std::chrono::milliseconds(600);
  m.cpu_system = std::chrono::milliseconds(300);
  m.connections = {.requested = 10, .established = 7};
  m.errors = {{"status", 600, ""}, {"connect_refused", 9, ""}};
  m.service_time.record(std::chrono::milliseconds(4), 900);
  m.response_time.record(std::chrono::milliseconds(8), 2000);
  return one;
}

double figure(std::string_view name, const TrialRecord& of) {
  const auto reading = find_metric(name)->of(of);
  EXPECT_TRUE(reading) << name;
  return reading.value_or(Reading{}).value;
}

TEST(ClaimMetric, ReadsTrials) {
  const auto one = trial();
  EXPECT_DOUBLE_EQ(figure("throughput", one), 150);
  EXPECT_DOUBLE_EQ(figure("answered_rate", one), 450);
  EXPECT_NEAR(figure("response_time_p99", one), 8e6, 8e3);
  EXPECT_NEAR(figure("response_time_mean", one), 8e6, 8e3);
  EXPECT_DOUBLE_EQ(figure("target_cpu_per_request", one), 5e8 / 900);
  EXPECT_DOUBLE_EQ(figure("load_cpu_share", one), 0.45);
  EXPECT_DOUBLE_EQ(figure("errors", one), 700);
  EXPECT_DOUBLE_EQ(figure("error_share", one), 0.7);
  EXPECT_DOUBLE_EQ(figure("error_events", one), 612);  // three connections never came to be
  EXPECT_DOUBLE_EQ(figure("delivered", one), 0.25);
  EXPECT_NEAR(figure("in_flight", one), 450 * 0.004, 0.002);
  EXPECT_DOUBLE_EQ(figure("bytes_per_response", one), 10);
}

TEST(ClaimMetric, OnlyCountsOfErrorsMeanSomethingInAnInvalidTrial) {
  const auto bad = trial(TrialState::invalid);
  EXPECT_FALSE(find_metric("throughput")->of(bad));
  EXPECT_TRUE(find_metric("goodput")->of(bad));
  EXPECT_TRUE(find_metric("error_share")->of(bad));
  for (const auto state : {TrialState::failed, TrialState::skipped, TrialState::planned})
    EXPECT_FALSE(find_metric("goodput")->of(trial(state)));
  auto excluded = trial();
  excluded.excluded = true;
  EXPECT_FALSE(find_metric("goodput")->of(excluded));
}

TEST(ClaimMetric, TimesThatRequestsWithoutAnswerHideAreLowerBounds) {
  auto one = trial();
  one.measurement->response_time_at_least.record(std::chrono::seconds(2), 500);
  const auto p99 = find_metric("response_time_p99")->of(one);
  ASSERT_TRUE(p99);
  EXPECT_TRUE(p99->at_least);
  EXPECT_TRUE(find_metric("response_time_mean")->of(one)->at_least);
  EXPECT_FALSE(find_metric("response_time_p50")->of(one)->at_least);
  EXPECT_FALSE(find_metric("response_time_p99_9")->of(trial()));  // 2,000 values do not reach that far
}

TEST(ClaimMetric, WhatWasNotMeasuredIsNothing) {
  auto one = trial();
  one.target_cpu_ns = 0;
  one.measurement->scheduled = 0;
  EXPECT_FALSE(find_metric("target_cpu_per_request")->of(one));
  EXPECT_FALSE(find_metric("delivered")->of(one));
  one.measurement.reset();
  EXPECT_FALSE(find_metric("throughput")->of(one));
}

TEST(ClaimMetric, ValuesAreReadBackAsTheyAreWritten) {
  for (const auto& [unit, value] : {std::pair{Unit::per_second, 1234.5}, std::pair{Unit::nanoseconds, 2'500'000.0},
                                    std::pair{Unit::share, 0.07}, std::pair{Unit::number, 7.98}}) {
    const auto again = parse_value(unit, write_value(unit, value));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_DOUBLE_EQ(*again, value);
  }
  EXPECT_EQ(write_value(Unit::share, 0.07), "7%");
  EXPECT_FALSE(parse_value(Unit::number, "1x"));
  EXPECT_FALSE(parse_value(Unit::number, "nan"));
}

TEST(ClaimMetric, ValuesOfAxesAreNumbersWhateverTheirUnit) {
  EXPECT_DOUBLE_EQ(*axis_number("64"), 64);
  EXPECT_DOUBLE_EQ(*axis_number("20k"), 20'000);
  EXPECT_DOUBLE_EQ(*axis_number("1.5k/s"), 1500);
  EXPECT_DOUBLE_EQ(*axis_number("2ms"), 2e6);
  EXPECT_FALSE(axis_number("epoll"));
}

}  // namespace
}  // namespace hotlap::results
