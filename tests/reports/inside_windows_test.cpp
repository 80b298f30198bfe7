#include "reports/inside_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::reports {
namespace {

using namespace std::chrono_literals;
using Kind = load::Percentile::Kind;

load::SecondSample second(std::int64_t at, std::uint64_t good, Nanos time = 1ms) {
  Histogram times;
  times.record(time, good);
  return {.second = at, .good = good, .response_time = times.drain()};
}

TEST(SecondsOf, RatesAreOfTheTimeThatThereWas) {
  load::Measurement m;
  m.window = 2500ms;
  m.series = {second(0, 100), second(1, 200), second(2, 75)};
  const auto rows = seconds_of({&m});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_DOUBLE_EQ(rows[0].throughput_per_s, 100);
  EXPECT_DOUBLE_EQ(rows[1].throughput_per_s, 200);
  EXPECT_DOUBLE_EQ(rows[2].throughput_per_s, 150) << "75 in half a second";
}

TEST(SecondsOf, TrialsAreAddedAndTheirHistogramsMerged) {
  load::Measurement slow, fast;
  slow.window = fast.window = 1s;
  slow.series = {second(0, 100, 9ms)};
  slow.series[0].lost = 2;
  fast.series = {second(0, 300, 1ms)};
  fast.series[0].bad = 3;
  const auto rows = seconds_of({&slow, &fast});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_DOUBLE_EQ(rows[0].throughput_per_s, 200);
  EXPECT_DOUBLE_EQ(rows[0].throughput_low_per_s, 100);
  EXPECT_DOUBLE_EQ(rows[0].throughput_high_per_s, 300);
  EXPECT_EQ(rows[0].bad, 3U);
  EXPECT_EQ(rows[0].lost, 2U);
  EXPECT_EQ(rows[0].p50.kind, Kind::known);
  EXPECT_NEAR(static_cast<double>(rows[0].p50.value.count()), 1e6, 2e3) << "three of four took 1 ms";
  EXPECT_EQ(rows[0].p99.kind, Kind::too_few);
}

TEST(SecondsOf, AClosedLoopsServiceTimesStandInAndASecondWithoutAnswersStays) {
  load::Measurement m;
  m.window = 2s;
  m.series = {second(0, 50, 3ms), {.second = 1}};
  std::swap(m.series[0].response_time, m.series[0].service_time);
  const auto rows = seconds_of({&m});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].p50.kind, Kind::known);
  EXPECT_DOUBLE_EQ(rows[1].throughput_per_s, 0);
  EXPECT_EQ(rows[1].p50.kind, Kind::too_few);
}

TEST(StatusesOf, CodesAreCountedUnderTheirClass) {
  load::Measurement one, two;
  one.status = {{200, 10}, {204, 5}, {404, 1}};
  one.service_time_by_class["2xx"].record(1ms, 15);
  two.status = {{200, 1}, {503, 2}};
  two.service_time_by_class["2xx"].record(1ms, 10);
  const auto rows = statuses_of({&one, &two});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].status_class, "2xx");
  EXPECT_EQ(rows[0].answered, 16U);
  EXPECT_THAT(rows[0].codes, testing::ElementsAre(testing::Pair(200, 11), testing::Pair(204, 5)));
  EXPECT_EQ(rows[0].service_time.p50.kind, Kind::known);
  EXPECT_EQ(rows[1].status_class, "4xx");
  EXPECT_EQ(rows[1].service_time.p50.kind, Kind::too_few);
  EXPECT_EQ(rows[2].answered, 2U);
}

TEST(RequestsOf, TrialsAddUpByNameInTheOrderOfTheDocument) {
  const auto named = [](const char* name, std::uint64_t good) {
    load::RequestKindResult result{.name = name, .requests = {.sent = good, .answered = good, .good = good}};
    result.response_time.record(2ms, good);
    return result;
  };
  load::Measurement one, two;
  one.by_request = {named("shop", 15), named("cart", 1)};
  two.by_request = {named("shop", 15), named("buy", 2)};
  const auto rows = requests_of({&one, &two});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name, "shop");
  EXPECT_EQ(rows[0].requests.good, 30U);
  EXPECT_EQ(rows[0].response_time.p50.kind, Kind::known);
  EXPECT_EQ(rows[1].name, "cart");
  EXPECT_EQ(rows[2].name, "buy");
  EXPECT_TRUE(requests_of({}).empty());
}

}  // namespace
}  // namespace hotlap::reports
