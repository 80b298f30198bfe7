#include "reports/resource_use.h"

#include <gmock/gmock.h>

#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

std::vector<UseRow> of(const std::vector<results::TrialRecord>& trials) {
  std::vector<const results::TrialRecord*> pointers;
  for (const auto& trial : trials) pointers.push_back(&trial);
  return resources_of(pointers);
}

results::TrialRecord trial_with(std::vector<results::ResourceSample> samples) {
  results::TrialRecord trial;
  trial.resources = std::move(samples);
  return trial;
}

TEST(ResourceUse, SidesComeFirstServicesNextTheMachineLast) {
  const auto rows = of({trial_with({used("machine", 1, 1s), used("postgres", 1, 1s), used("load", 1, 1s),
                                    used("haproxy", 1, 1s), used("target", 1, 1s)})});
  EXPECT_THAT(rows,
              ElementsAre(Field(&UseRow::side, "target"), Field(&UseRow::side, "load"), Field(&UseRow::side, "haproxy"),
                          Field(&UseRow::side, "postgres"), Field(&UseRow::side, "machine")));
}

TEST(ResourceUse, ProcessorsAreTheMeanOverTrialsByTime) {
  const auto rows = of({trial_with({used("target", 1, 900ms), used("target", 2, 500ms)}),
                        trial_with({used("target", 1, 700ms), used("target", 1.5, 500ms, 0.5)})});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].trials, 2);
  EXPECT_NEAR(rows[0].whole.processors, 2.6 / 3.5, 1e-12);
  ASSERT_EQ(rows[0].seconds.size(), 2U);
  EXPECT_NEAR(rows[0].seconds[0].second.processors, 0.8, 1e-12);
  EXPECT_NEAR(rows[0].seconds[1].second.processors, 1.0 / 1.5, 1e-12);
}

TEST(ResourceUse, ASampleBelongsToTheSecondThatItIsMostlyAbout) {
  const auto rows =
      of({trial_with({used("load", 1.02, 1s, 1.02), used("load", 2.01, 1s, 0.99), used("load", 4.4, 1s, 0.4)})});
  std::vector<std::int64_t> seconds;
  for (const auto& one : rows.at(0).seconds) seconds.push_back(one.first);
  EXPECT_THAT(seconds, ElementsAre(0, 1, 4)) << "those that were not sampled have no row";
}

TEST(ResourceUse, WhatNoTrialKnowsIsNotZero) {
  auto known = used("target", 1, 1s);
  known.voluntary_switches = 0;
  known.resident_bytes = 5;
  const auto rows = of({trial_with({known}), trial_with({used("target", 1, 1s)})});
  const Use& use = rows.at(0).whole;
  EXPECT_EQ(use.voluntary_switches_per_s, 0.0);
  EXPECT_EQ(use.resident_max_bytes, 5);
  EXPECT_FALSE(use.involuntary_switches_per_s);
  EXPECT_FALSE(use.syscalls_per_s);
  EXPECT_FALSE(use.steal_processors);
}

TEST(ResourceUse, SwitchesCallsAndStealAreRatesOfTheTrialsThatKnowThem) {
  auto target = used("target", 2, 1s, 2);
  target.voluntary_switches = 300;
  target.involuntary_switches = 7;
  target.syscalls = 50'001;
  auto machine = used("machine", 2, 3s, 2);
  machine.steal = 100ms;
  machine.throttled = 0ns;
  const auto rows = of({trial_with({target, machine}), trial_with({used("target", 2, 1s, 2)})});
  EXPECT_EQ(rows[0].whole.voluntary_switches_per_s, 150.0);
  EXPECT_EQ(rows[0].whole.involuntary_switches_per_s, 3.5);
  EXPECT_EQ(rows[0].whole.syscalls_per_s, 25'000.5);
  EXPECT_EQ(rows[1].whole.steal_processors, 0.05);
  EXPECT_EQ(rows[1].whole.throttled_processors, 0.0);
  EXPECT_EQ(rows[1].whole.processors, 1.5);
}

TEST(ResourceUse, OnlyTrialsInTheSummaryCount) {
  auto session = quick_session();
  session.trials[0].resources = {used("target", 1, 500ms)};
  session.trials[13].resources = {used("target", 1, 1s)};  // excluded by hand
  const auto rows = build_view(session).cases[0].resources;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].trials, 1);
  EXPECT_EQ(rows[0].whole.processors, 0.5);
}

TEST(ResourceUse, NothingRecordedIsNothing) {
  EXPECT_THAT(of({trial_with({}), trial_with({used("target", 0, 0s, 0)})}), IsEmpty());
}

}  // namespace
}  // namespace hotlap::reports
