#include "reports/published.h"

#include <gmock/gmock.h>

#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

TEST(Published, PairsCasesThatDifferOnlyInTheNamedAxes) {
  const auto rows = build_view(quick_session()).published;
  ASSERT_EQ(rows.size(), 3U);
  // blocking: 21000 / 10000; epoll: 120500 / 30000 (the trials' extremes: 20000 / 10200 … 121000 / 29800)
  EXPECT_DOUBLE_EQ(*rows[0].measured, (21'000.0 / 10'000 + 120'500.0 / 30'000) / 2);
  EXPECT_DOUBLE_EQ(*rows[0].low, 20'000.0 / 10'200);
  EXPECT_DOUBLE_EQ(*rows[0].high, 121'000.0 / 29'800);
  EXPECT_EQ(rows[0].caveat, "one vCPU");
}

TEST(Published, AgreesWithinAFifthOrInsideTheTrials) {
  auto session = quick_session();
  auto& ratio = session.scenarios[0].published_ratios[0];
  const auto verdict = [&](double published) {
    ratio.published = published;
    return build_view(session).published[0].verdict;
  };
  EXPECT_EQ(verdict(3.0), "agrees");  // near 3.06
  EXPECT_EQ(verdict(2.0), "agrees");  // a third off, but the trials reach from 1.96 to 4.06
  EXPECT_EQ(verdict(1.9), "differs");
  EXPECT_EQ(verdict(4.2), "differs");
  ratio.numerator = {{"engine", "blocking"}, {"depth", "24"}};
  ratio.denominator = {{"engine", "blocking"}, {"depth", "1"}};
  EXPECT_EQ(verdict(1.7), "agrees");  // 19 % below 2.1 and below every trial's
  EXPECT_EQ(verdict(1.6), "differs");
}

TEST(Published, WhatDidNotRunIsNotMeasured) {
  auto session = quick_session();
  EXPECT_EQ(build_view(session).published[2].verdict, "not measured");  // no such case
  EXPECT_FALSE(build_view(session).published[2].measured);
  for (auto& trial : session.trials) trial.state = results::TrialState::failed;
  EXPECT_EQ(build_view(session).published[0].verdict, "not measured");
}

TEST(Published, PairsWithoutGoodTrialsAreLeftOutAndNamed) {
  auto session = quick_session();
  for (auto& trial : session.trials)
    if (trial.case_id == 4) trial.state = results::TrialState::failed;
  const auto row = build_view(session).published[0];
  EXPECT_DOUBLE_EQ(*row.measured, 2.1);
  EXPECT_EQ(row.caveat, "one vCPU; 1 of 2 pairs of cases have no good trial and are left out");
}

}  // namespace
}  // namespace hotlap::reports
