#include "loadgen/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Objective objective(std::string_view text) {
  auto parsed = Objective::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed.value_or(Objective());
}

// 10,000 good requests, of which two in a hundred took 4 ms.
load::Measurement window() {
  load::Measurement m;
  m.loop = "open";
  m.window = 1s;
  m.scheduled = 10'000;
  m.requests = m.total = {.sent = 10'000, .answered = 10'000, .good = 10'000};
  m.good_in_window = 10'000;
  m.connections = {.requested = 10, .established = 10, .served = 10};
  m.response_time.record(1ms, 9'800);
  m.response_time.record(4ms, 200);
  return m;
}

TEST(Objective, ReadsItsTermsAndWritesThemBack) {
  const auto parsed = objective(" p99 < 5ms, p99.9<=10ms,mean<2ms ,errors<0.1%,throughput>=99.9%");
  ASSERT_EQ(parsed.terms.size(), 5U);
  EXPECT_DOUBLE_EQ(parsed.terms[0].quantile, 0.99);
  EXPECT_DOUBLE_EQ(parsed.terms[0].limit, 5e6);
  EXPECT_FALSE(parsed.terms[0].inclusive);
  EXPECT_TRUE(parsed.terms[1].inclusive);
  EXPECT_DOUBLE_EQ(parsed.terms[3].limit, 0.001);
  EXPECT_EQ(parsed.text(), "p99<5ms,p99.9<=10ms,mean<2ms,errors<0.1%,throughput>=99.9%");
  EXPECT_EQ(objective(parsed.text()).text(), parsed.text());
}

TEST(Objective, RefusesWithASentence) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "has no < or >="},
      {"p99", "has no < or >="},
      {"p99=5ms", "needs <"},
      {"p99<5", "duration '5'"},
      {"p99<0ms", "can never hold"},
      {"p99>5ms", "asks for long response times"},
      {"p100<5ms", "above 0 and below 100"},
      {"p0<5ms", "above 0 and below 100"},
      {"p<5ms", "is of none of"},
      {"latency<5ms", "is of none of"},
      {"errors<1", "0% to 100%"},
      {"errors<101%", "0% to 100%"},
      {"errors<0%", "errors<=0%"},
      {"errors>1%", "asks for many errors"},
      {"throughput<99%", "asks for little throughput"},
      {"throughput>100%", "can never hold"},
      {"p99<5ms,", "has no < or >="},
      {"p99<5ms,p99<6ms", "keep one"},
  };
  for (const auto& [text, part] : wrong) {
    const auto parsed = Objective::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(part)) << text;
    EXPECT_EQ(parsed.error().code, ExitCode::usage);
  }
}

TEST(Objective, EachTermIsJudgedByItsOwnFigure) {
  EXPECT_TRUE(meets(objective("p99<5ms"), window()).met);
  EXPECT_TRUE(meets(objective("p97<2ms"), window()).met);
  EXPECT_THAT(meets(objective("p99<3ms"), window()).reason, HasSubstr("p99 was 4.00 ms"));
  EXPECT_TRUE(meets(objective("mean<1.1ms"), window()).met);
  EXPECT_THAT(meets(objective("mean<1ms"), window()).reason, HasSubstr("the mean was 1.06 ms"));
  auto some_bad = window();
  some_bad.requests.good -= 20;
  EXPECT_TRUE(meets(objective("errors<=0.2%"), some_bad).met);
  EXPECT_THAT(meets(objective("errors<0.2%"), some_bad).reason, HasSubstr("20 of 10000 requests were errors"));
}

TEST(Objective, AnUnknowablePercentileMisses) {
  EXPECT_THAT(meets(objective("p99.99<1h"), window()).reason, HasSubstr("too few"));
  auto hanging = window();
  hanging.scheduled = 10'200;
  hanging.requests = {.sent = 10'200, .answered = 10'000, .good = 10'000, .timed_out = 200};
  hanging.response_time_at_least.record(2ms, 200);
  EXPECT_THAT(meets(objective("p99<5ms,errors<5%"), hanging).reason, HasSubstr("p99 is at least"));
  EXPECT_TRUE(meets(objective("p90<5ms,errors<5%"), hanging).met);
  EXPECT_THAT(meets(objective("mean<5ms,errors<5%"), hanging).reason, HasSubstr("the mean is unknown"));
}

TEST(Objective, AnOfferedRateThatWasNotSentMisses) {
  auto short_of_room = window();
  short_of_room.scheduled += 11;
  short_of_room.never_sent = 11;
  EXPECT_THAT(meets(objective("p99<5ms"), short_of_room).reason, HasSubstr("11 of 10011 scheduled requests"));
  short_of_room.scheduled -= 2;
  short_of_room.never_sent -= 2;
  EXPECT_TRUE(meets(objective("p99<5ms"), short_of_room).met);
}

TEST(Objective, ABacklogInManyConnectionsMisses) {
  auto behind = window();
  behind.good_in_window = 9'900;
  EXPECT_THAT(meets(objective("p99<5ms"), behind).reason, HasSubstr("9900 good responses came"));
  EXPECT_TRUE(meets(objective("p99<5ms,throughput>=99%"), behind).met);
  EXPECT_TRUE(meets(objective("p99<5ms,errors<=1%"), behind).met);
  behind.good_in_window = 9'990;  // ten are on their way at either end
  EXPECT_TRUE(meets(objective("p99<5ms"), behind).met);
}

TEST(Objective, AnInvalidWindowMisses) {
  auto invalid = window();
  invalid.verdict.raise(load::VerdictLevel::invalid, "only 1 of 10 connections were established");
  EXPECT_THAT(meets(objective("p99<5ms"), invalid).reason, HasSubstr("only 1 of 10"));
}

TEST(Objective, SamplesNeededFollowTheHighestPercentile) {
  EXPECT_EQ(objective("mean<1ms").samples_needed(), 100U);
  EXPECT_EQ(objective("p99<5ms,p50<1ms").samples_needed(), 1000U);
  EXPECT_EQ(objective("p99.9<5ms").samples_needed(), 10'000U);
}

TEST(Objective, WithoutErrorMeansEveryConnectionAndNoErrorOfAnyKind) {
  const auto none = objective("errors<=0%");
  auto m = window();
  m.loop = "closed";
  EXPECT_TRUE(meets_without_error(none, m).met);
  auto refused = m;
  refused.connections.established = 9;
  EXPECT_THAT(meets_without_error(none, refused).reason, HasSubstr("9 of 10 connections were established"));
  auto starved = m;
  starved.connections.served = 9;
  EXPECT_THAT(meets_without_error(none, starved).reason, HasSubstr("9 of 10 connections were served"));
  auto reset = m;
  reset.errors.push_back({.kind = "reset", .count = 1, .first = "in the warm-up"});
  EXPECT_THAT(meets_without_error(none, reset).reason, HasSubstr("reset"));
  auto bad = m;
  --bad.requests.good;
  EXPECT_THAT(meets_without_error(none, bad).reason, HasSubstr("1 of 10000 requests"));
}

}  // namespace
}  // namespace hotlap::loadgen
