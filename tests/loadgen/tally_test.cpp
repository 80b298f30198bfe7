#include "loadgen/tally.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

Tally tally(std::int64_t seconds, bool open_loop = false) {
  Tally tally;
  tally.reserve(1, seconds, open_loop);
  return tally;
}

load::Measurement written(const Tally& tally) {
  load::Measurement measurement;
  tally.write(measurement, {"only"});
  return measurement;
}

TEST(Tally, MergingAddsEverythingAndKeepsTheEarliestOfEachError) {
  Tally a = tally(1), b = tally(2), sum;
  a.sent(0, 2, 1us, false);
  b.sent(0, 3, 2us, true);
  a.answered(0, 2, 200, true, true, 7us, 8us);
  b.answered(0, 1, 404, false, true, 9us, 9us);
  b.failed(0, 2);
  a.arrived(0, 2, true);
  b.arrived(1, 1, false);
  a.error("reset", 1, 900ms, [] { return std::string("later"); });
  b.error("reset", 2, 100ms, [] { return std::string("earlier"); });
  b.error("parse", 1, std::nullopt, [] { return std::string("bytes"); });
  a.answers = {2, 0};
  b.answers = {1};
  a.established = 1;
  b.established = 2;
  for (auto* part : {&a, &b}) {
    part->finish();
    sum.merge(*part);
  }
  const auto measurement = written(sum);
  EXPECT_EQ(measurement.requests.sent, 5U);
  EXPECT_EQ(measurement.requests.answered, 3U);
  EXPECT_EQ(measurement.requests.failed, 2U);
  EXPECT_EQ(measurement.status.at(200), 2U);
  EXPECT_EQ(measurement.status.at(404), 1U);
  EXPECT_EQ(measurement.good_in_window, 2U);
  EXPECT_EQ(measurement.service_time.count(), 3U);
  EXPECT_EQ(measurement.service_time_by_class.at("2xx").count(), 2U);
  EXPECT_EQ(measurement.service_time_by_class.at("4xx").count(), 1U);
  EXPECT_EQ(measurement.send_lag.count(), 5U);
  EXPECT_EQ(measurement.held_up.count(), 3U);
  EXPECT_EQ(measurement.held_up.min(), 2us);
  ASSERT_EQ(measurement.errors.size(), 2U);
  EXPECT_EQ(measurement.errors[1].kind, "reset");
  EXPECT_EQ(measurement.errors[1].count, 3U);
  EXPECT_EQ(measurement.errors[1].first, "earlier");
  EXPECT_EQ(measurement.errors[1].first_at, 100ms);
  ASSERT_EQ(measurement.series.size(), 2U);
  EXPECT_EQ(measurement.series[0].good, 2U);
  EXPECT_EQ(measurement.series[1].bad, 1U);
  EXPECT_EQ(measurement.connections.established, 3U);
  EXPECT_EQ(measurement.connections.served, 2U);
  EXPECT_EQ(measurement.connections.least_answers, 0U);
  EXPECT_EQ(measurement.connections.most_answers, 2U);
  EXPECT_DOUBLE_EQ(measurement.connections.fairness, 9.0 / (3 * 5));
}

TEST(Tally, EachSecondKeepsItsOwnTimesAndTheWholeKeepsAll) {
  Tally one = tally(3);
  for (int second = 0; second < 3; ++second) {
    one.arrived(second, 1, true);
    one.answered(0, 1, 200, true, true, Nanos(1000 * (second + 1)), {});
  }
  one.arrived(9, 1, true);  // in the drain: belongs to the last second
  one.answered(0, 1, 200, true, true, 5us, {});
  one.finish();
  Tally sum;
  sum.merge(one);
  const auto measurement = written(sum);
  EXPECT_EQ(measurement.service_time.count(), 4U);
  std::vector<std::uint64_t> counts;
  for (const auto& second : measurement.series) {
    Histogram times;
    times.add(second.service_time);
    counts.push_back(times.count());
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 1, 2}));
  EXPECT_EQ(measurement.series[2].good, 2U);
}

TEST(Tally, RequestsWithoutAnAnswerAreTimesOfAtLeast) {
  Tally one = tally(1, true);
  one.sent(0, 2, 0ns, false);
  one.timed_out(0, 1, 2s, 3s);
  one.in_flight_at_end(0, 1, 1s, 1s);
  one.never_sent(4s);
  one.dropped(10ms);
  one.finish();
  const auto measurement = written(one);
  EXPECT_TRUE(measurement.requests.balanced());
  EXPECT_EQ(measurement.scheduled, 4U);
  EXPECT_EQ(measurement.never_sent, 1U);
  EXPECT_EQ(measurement.dropped, 1U);
  EXPECT_TRUE(measurement.response_time.empty());
  EXPECT_EQ(measurement.service_time_at_least.count(), 2U);
  EXPECT_EQ(measurement.response_time_at_least.count(), 4U);
}

TEST(Tally, TheFirstByteOfAResponseInOneReadComesWithItsLast) {
  Tally one = tally(1);
  one.answered(0, 1, 200, true, true, 5us, {});
  one.answered(0, 1, 200, true, false, 90us, {});
  one.first_byte(40us);
  one.finish();
  const auto measurement = written(one);
  EXPECT_EQ(measurement.first_byte_time.count(), 2U);
  EXPECT_LE(measurement.first_byte_time.max(), 41us);
  EXPECT_GE(measurement.service_time.max(), 90us);
}

}  // namespace
}  // namespace hotlap::loadgen
