#include "loadgen/validity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;
using load::VerdictLevel;
using testing::HasSubstr;

// 100 connections, depth 1, 1 ms each: 100,000 in one second, as Little's law wants it.
struct Figures {
  load::LoadSpec spec{.url = {}, .method = "GET", .connections = 100};
  load::Measurement measurement;

  Figures() {
    measurement.window = std::chrono::seconds(1);
    measurement.requests = {.sent = 100'000, .answered = 100'000, .good = 100'000};
    measurement.good_in_window = 100'000;
    measurement.throughput_per_s = 100'000;
    measurement.connections = {.requested = 100, .established = 100, .served = 100};
    measurement.service_time.record(std::chrono::milliseconds(1), 100'000);
    measurement.response_time = measurement.service_time;
    measurement.thread_use = {{.cpu_user = 300ms, .cpu_system = 200ms, .waited = {}}};
  }
  void in_seconds(const std::vector<std::uint64_t>& good) {
    measurement.window = std::chrono::seconds(good.size());
    measurement.series.clear();
    for (const auto count : good)
      measurement.series.push_back({.second = static_cast<std::int64_t>(measurement.series.size()), .good = count});
    measurement.host = {};
  }
  [[nodiscard]] load::Verdict verdict() const { return judge(measurement, spec); }
};

TEST(Validity, ACleanRunIsValidWithoutRemarks) {
  const auto verdict = Figures().verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::valid);
  EXPECT_TRUE(verdict.reasons.empty());
}

TEST(Validity, NoGoodResponseIsInvalid) {
  Figures run;
  run.measurement.requests.good = 0;
  EXPECT_EQ(run.verdict().level, VerdictLevel::invalid);
}

TEST(Validity, TheReasonNamesTheMostFrequentError) {
  Figures run;
  run.measurement.requests.good = 0;
  run.measurement.errors = {{.kind = "reset", .count = 2},
                            {.kind = "status", .count = 9, .first = R"(HTTP/1.1 503 Service Unavailable\r\nDate: x)"}};
  EXPECT_EQ(run.verdict().reasons.at(0),
            "no good response in the window (100000 sent, 100000 answered; most often 'status': HTTP/1.1 503 Service "
            "Unavailable)");
}

TEST(Validity, AnOpenLoopWhoseWindowTheBacklogFilledIsSuspectNotInvalid) {
  Figures run;
  run.spec.rate = load::RateProfile{.points = {Rate{64'000}}};
  run.measurement.requests = {};
  run.measurement.service_time = {};
  run.measurement.response_time = {};
  run.measurement.scheduled = run.measurement.never_sent = 64'000;
  run.measurement.good_in_window = 20'000;
  run.measurement.throughput_per_s = 20'000;
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
  ASSERT_EQ(run.verdict().reasons.size(), 1U);
  EXPECT_TRUE(run.verdict().reasons[0].starts_with("overloaded: 64.0 k/s were due and 20.0 k/s answered"))
      << run.verdict().reasons[0];
  run.measurement.good_in_window = 0;  // nothing came at all
  EXPECT_EQ(run.verdict().level, VerdictLevel::invalid);
}

TEST(Validity, ResponsesThatWaitForAnAcknowledgementAreExplained) {
  Figures run;
  run.measurement.requests = {.sent = 2'400, .answered = 2'400, .good = 2'400};
  run.measurement.good_in_window = 2'400;
  run.measurement.throughput_per_s = 2'400;
  run.measurement.service_time = {};
  run.measurement.service_time.record(42ms, 2'400);
  run.measurement.first_byte_time.record(1ms, 2'400);
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid);
  ASSERT_EQ(run.verdict().reasons.size(), 1U);
  EXPECT_TRUE(run.verdict().reasons[0].starts_with("half of the responses came in parts")) << run.verdict().reasons[0];
  run.measurement.first_byte_time = run.measurement.service_time;  // slow, but whole
  EXPECT_TRUE(run.verdict().reasons.empty());
}

TEST(PacingRemark, IsMadeOfLargeResponsesUnderACongestionControlThatPaces) {
  load::Measurement run;
  const auto of_size = [&](std::uint64_t bytes) {
    run.series = {{.second = 0, .good = 400, .bad = 50}, {.second = 1, .good = 550}};
    run.bytes_received = 1000 * bytes;
    return pacing_remark("bbr", run);
  };
  EXPECT_THAT(of_size(1'048'576), HasSubstr("responses of 1.05 MB on average came over the loopback under bbr"));
  EXPECT_EQ(pacing_remark("cubic", run), "");
  EXPECT_EQ(pacing_remark("", run), "") << "not visible";
  EXPECT_THAT(of_size(102'400), HasSubstr("responses of 102 kB"));
  EXPECT_EQ(of_size(102'399), "");
  EXPECT_EQ(of_size(65'640), "") << "leaves in one piece";
}

TEST(PacingRemark, AsksForTheResponsesThatCameWithTheBytes) {
  load::Measurement overloaded;  // what came in the window was due before it
  overloaded.requests = {};
  overloaded.bytes_received = 1'000'000;
  overloaded.series = {{.second = 0, .good = 1000}};
  EXPECT_EQ(pacing_remark("bbr", overloaded), "");
  overloaded.series.clear();
  EXPECT_EQ(pacing_remark("bbr", overloaded), "") << "none is whole";
}

TEST(OverLoopback, IsToldByTheAddress) {
  for (const char* here :
       {"127.0.0.1:80", "127.8.9.1:80", "0.0.0.0:80", "[::1]:80", "[::]:80", "[::ffff:127.0.0.1]:80"})
    EXPECT_TRUE(over_loopback(*resolve(here))) << here;
  for (const char* elsewhere : {"10.0.0.1:80", "[2001:db8::1]:80", "[::ffff:10.0.0.1]:80"})
    EXPECT_FALSE(over_loopback(*resolve(elsewhere))) << elsewhere;
  EXPECT_FALSE(over_loopback(*Address::unix_path("/run/app.sock")));
}

TEST(Validity, AShareOfBadResponsesIsSuspectAndAMajorityInvalid) {
  Figures run;
  run.measurement.requests.good -= 1;  // one in 100,000: told, but below the limit
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid);
  EXPECT_EQ(run.verdict().reasons.size(), 1U);
  run.measurement.requests.good -= 100;
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
  run.measurement.requests.good = 40'000;
  EXPECT_EQ(run.verdict().level, VerdictLevel::invalid);
}

TEST(Validity, AnswersThatNobodyAskedForAreSuspect) {
  Figures run;
  run.measurement.errors.push_back({.kind = "unexpected_response", .count = 3});
  const auto verdict = run.verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::suspect);
  ASSERT_EQ(verdict.reasons.size(), 1U);
  EXPECT_TRUE(verdict.reasons[0].starts_with("3 connections were answered without being asked"));
}

TEST(Validity, MissingAndStarvedConnectionsAreSuspect) {
  Figures run;
  run.measurement.connections = {.requested = 101, .established = 100, .served = 99};
  const auto verdict = run.verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::suspect);
  EXPECT_EQ(verdict.reasons.size(), 2U);
}

TEST(Validity, ABusyGeneratorIsSuspect) {
  Figures run;
  run.measurement.thread_use.push_back({.cpu_user = 500ms, .cpu_system = 450ms, .waited = {}});
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect) << "one busy thread is enough, though their mean is not busy";
  run.measurement.thread_use[1].polled = 200ms;
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid) << "it had time to look for something to do";
  run.measurement.thread_use[1].polled = {};
  run.spec.rate = load::RateProfile{.points = {Rate{100'000}}};
  run.measurement.scheduled = 100'000;
  run.measurement.send_lag.record(20us, 100'000);
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid) << "it sends in time";
  run.measurement.send_lag.record(20us, 10'000);
  run.measurement.held_up.record(20us, 10'000);
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect) << "it may be what kept the connections waiting";
  run.measurement.held_up.clear();
  run.measurement.send_lag.record(200us, 2'000);
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
  run.spec.rate = std::nullopt;
  run.measurement.thread_use[1].cpu_system = 300ms;
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid);
}

TEST(Validity, TimesThatBreakLittlesLawAreSuspect) {
  Figures run;
  run.measurement.service_time.clear();
  run.measurement.service_time.record(std::chrono::microseconds(100),
                                      100'000);  // what a tool that invents samples says
  const auto verdict = run.verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::suspect);
  EXPECT_NE(verdict.reasons.front().find("Little"), std::string::npos);
}

TEST(Validity, LittlesLawIsNotAskedWhereConnectionsComeAndGo) {
  Figures run;
  run.measurement.service_time.clear();
  run.measurement.service_time.record(std::chrono::microseconds(500), 100'000);  // the other half went into connecting
  run.measurement.connections.reconnects = 100'000;
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid);
}

TEST(Validity, AnOpenLoopThatCouldNotSendSaysHowManyItNeeds) {
  Figures run;
  run.spec.rate = load::RateProfile{.points = {Rate{200'000}}};
  run.measurement.never_sent = 100'000;
  run.measurement.scheduled = run.measurement.requests.sent + 100'000;
  const auto verdict = run.verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::suspect);
  EXPECT_NE(verdict.reasons.front().find("needs at least 200 in flight, 100 fit"), std::string::npos)
      << verdict.reasons.front();
}

TEST(Validity, ABusyMachineIsSuspect) {
  for (const auto& spoil : std::vector<void (*)(load::Measurement&)>{
           [](load::Measurement& m) { m.thread_use[0].waited = 30ms; },
           [](load::Measurement& m) { m.host.steal = 20ms; }, [](load::Measurement& m) { m.host.throttled = 20ms; }}) {
    Figures run;
    spoil(run.measurement);
    const auto verdict = run.verdict();
    EXPECT_EQ(verdict.level, VerdictLevel::suspect);
    EXPECT_EQ(verdict.reasons.size(), 1U);
  }
}

TEST(Validity, ConnectionsThatShareUnevenlyAreSuspect) {
  Figures run;
  run.measurement.connections.fairness = 0.3;
  run.measurement.connections.median_answers = 20;
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
}

TEST(Validity, MostConnectionsMissingIsInvalid) {
  Figures run;
  run.measurement.connections = {.requested = 300, .established = 100, .served = 100};
  EXPECT_EQ(run.verdict().level, VerdictLevel::invalid);
}

TEST(Validity, RequestsThatLeaveLateAreSuspectUnlessTheLagIsSmall) {
  Figures run;
  run.spec.rate = load::RateProfile{.points = {Rate{100'000}}};
  run.measurement.scheduled = 100'000;
  run.measurement.send_lag.record(50us, 100'000);
  EXPECT_EQ(run.verdict().level, VerdictLevel::valid);
  run.measurement.send_lag.record(300us, 2'000);
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
}

TEST(Validity, RequestsThatLeaveLateHaveTheOneAtFaultNamed) {
  Figures run;
  run.spec.rate = load::RateProfile{.points = {Rate{100'000}}};
  run.spec.connections = 100;
  run.measurement.scheduled = 100'000;
  run.measurement.window = 1s;
  run.measurement.send_lag.record(50us, 100'000);
  run.measurement.send_lag.record(3ms, 2'000);
  EXPECT_THAT(run.verdict().reasons, testing::Contains(testing::HasSubstr("also where a connection had room")));
  run.measurement.held_up.record(3ms, 2'000);
  EXPECT_THAT(run.verdict().reasons, testing::Contains(testing::HasSubstr(
                                         "1.96 % waited for a connection with room, up to 3.00 ms: limited by "
                                         "connections; 400 in flight would have held them, 100 fit")));
}

TEST(Validity, AThroughputThatDriftsIsNotSteady) {
  Figures run;
  run.in_seconds({100, 101, 99, 100, 102, 98, 100, 101, 99, 100});
  EXPECT_EQ(trend_probability({100, 101, 99, 100, 102, 98, 100, 101, 99, 100}) > 0.3, true);
  run.spec.rate = std::nullopt;
  const auto reasons_about_steadiness = [&] {
    int found = 0;
    for (const auto& reason : run.verdict().reasons) found += reason.starts_with("not steady") ? 1 : 0;
    return found;
  };
  EXPECT_EQ(reasons_about_steadiness(), 0);
  run.in_seconds({70, 75, 80, 85, 90, 92, 95, 97, 98, 100});
  EXPECT_EQ(reasons_about_steadiness(), 1);
  run.in_seconds({1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009});
  EXPECT_EQ(reasons_about_steadiness(), 0) << "a trend, but of less than a hundredth";
}

TEST(TrendProbability, KnowsATrendFromTheOrderAlone) {
  EXPECT_LT(trend_probability({1, 2, 3, 4, 5, 6, 7, 8}), 0.001);
  EXPECT_LT(trend_probability({8, 7, 6, 5, 4, 3, 2, 1}), 0.001);
  EXPECT_EQ(trend_probability({1, 1, 1, 1, 1, 1, 1, 1}), 1);
  EXPECT_EQ(trend_probability({1, 2, 3}), 1);
}

}  // namespace
}  // namespace hotlap::loadgen
