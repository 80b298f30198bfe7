#include "loadgen/validity.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using load::VerdictLevel;

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
    measurement.cpu_user = std::chrono::milliseconds(500);
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

TEST(Validity, MissingAndStarvedConnectionsAreSuspect) {
  Figures run;
  run.measurement.connections = {.requested = 101, .established = 100, .served = 99};
  const auto verdict = run.verdict();
  EXPECT_EQ(verdict.level, VerdictLevel::suspect);
  EXPECT_EQ(verdict.reasons.size(), 2U);
}

TEST(Validity, ABusyGeneratorIsSuspect) {
  Figures run;
  run.measurement.cpu_system = std::chrono::milliseconds(450);
  EXPECT_EQ(run.verdict().level, VerdictLevel::suspect);
  run.measurement.threads = 2;
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
  EXPECT_NE(verdict.reasons.front().find("200 in flight would be needed"), std::string::npos)
      << verdict.reasons.front();
}

}  // namespace
}  // namespace hotlap::loadgen
