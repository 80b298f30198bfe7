#include "reports/view.h"

#include <gmock/gmock.h>

#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::vector<std::string> sentences(const View& view) {
  std::vector<std::string> all;
  for (const auto& warning : view.warnings) all.push_back(warning.sentence);
  return all;
}

TEST(View, SumsUpOnlyTrialsThatEndedWell) {
  const View view = build_view(quick_session());
  ASSERT_EQ(view.cases.size(), 4U);
  const Summary& epoll24 = view.cases[3].summary;
  EXPECT_EQ(epoll24.trials_ok, 2);
  EXPECT_EQ(epoll24.trials_bad, 1);
  EXPECT_DOUBLE_EQ(*epoll24.throughput_per_s, 120'500);
  EXPECT_DOUBLE_EQ(*epoll24.throughput_low_per_s, 120'000);
  EXPECT_DOUBLE_EQ(*epoll24.throughput_high_per_s, 121'000);
  EXPECT_EQ(epoll24.verdict, "INVALID");
  EXPECT_EQ(view.cases[3].trials.size(), 3U);
  EXPECT_TRUE(view.cases[3].trials[2].excluded_from_summary);
  EXPECT_EQ(view.cases[2].summary.verdict, "INVALID");  // one failed
  EXPECT_EQ(view.cases[1].summary.verdict, "VALID");
}

TEST(View, ExcludedTrialsStayVisible) {
  const View view = build_view(quick_session());
  EXPECT_EQ(view.cases[0].summary.trials_ok, 3);
  EXPECT_DOUBLE_EQ(*view.cases[0].summary.throughput_low_per_s, 9'900);
  ASSERT_EQ(view.cases[0].trials.size(), 4U);
  EXPECT_TRUE(view.cases[0].trials[3].excluded_from_summary);
}

TEST(View, MergesHistogramsInsteadOfAveragingPercentiles) {
  auto session = quick_session();
  session.trials.resize(2);
  session.trials[0].measurement = measured(1000, std::chrono::microseconds(100), 9000);
  session.trials[1].measurement = measured(1000, std::chrono::milliseconds(10), 1000);
  const View view = build_view(session);
  const auto& response = view.cases[0].summary.response_time;
  EXPECT_LT(response.p50.value.count(), 200'000);  // nine tenths are fast; an average would say 7.6 ms
  EXPECT_GT(response.p99.value.count(), 15'000'000);
}

TEST(View, PercentilesNeedTenValuesAbove) {
  auto session = quick_session();
  session.trials.resize(1);
  const auto percentiles = [&](std::int64_t count) {
    session.trials[0].measurement = measured(1000, std::chrono::microseconds(100), count);
    return build_view(session).cases[0].summary.response_time;
  };
  using Kind = load::Percentile::Kind;
  EXPECT_EQ(percentiles(1000).p99.kind, Kind::known);
  EXPECT_EQ(percentiles(999).p99.kind, Kind::too_few);
  EXPECT_EQ(percentiles(9'999).p99_9.kind, Kind::too_few);
  EXPECT_EQ(percentiles(10'000).p99_9.kind, Kind::known);
  EXPECT_EQ(percentiles(20).p50.kind, Kind::known);
  EXPECT_EQ(percentiles(19).p50.kind, Kind::too_few);
  EXPECT_EQ(percentiles(0).max.kind, Kind::too_few);
}

TEST(View, RequestsWithoutAWholeResponseLeaveHighPercentilesOpen) {
  using Kind = load::Percentile::Kind;
  auto session = quick_session();
  session.trials.resize(2);
  for (auto& trial : session.trials) trial.measurement = measured(1000, std::chrono::microseconds(100), 990);
  session.trials[1].measurement->response_time_at_least.record(std::chrono::seconds(2), 40);
  const View view = build_view(session);
  const auto& merged = view.cases[0].summary.response_time;
  EXPECT_EQ(merged.p50.kind, Kind::known);
  EXPECT_EQ(merged.p90.kind, Kind::known);
  ASSERT_EQ(merged.p99.kind, Kind::at_least);
  EXPECT_NEAR(static_cast<double>(merged.p99.value.count()), 2e9, 2e6);
  EXPECT_EQ(merged.max.kind, Kind::at_least);
  EXPECT_EQ(view.cases[0].trials[0].response_time.max.kind, Kind::known);
  EXPECT_EQ(view.cases[0].trials[1].response_time.p99.kind, Kind::at_least);
  const auto& points = view.cases[0].percentiles;
  EXPECT_FALSE(points.front().at_least);
  EXPECT_TRUE(points.back().at_least);
  EXPECT_EQ(points.size(), 45U);
}

TEST(View, APercentileReadsAsWhatIsKnownOfIt) {
  using Kind = load::Percentile::Kind;
  EXPECT_EQ(percentile_text({Kind::known, std::chrono::microseconds(1250)}), "1.25 ms");
  EXPECT_EQ(percentile_text({Kind::at_least, std::chrono::seconds(2)}), ">2.00 s");
  EXPECT_EQ(percentile_text({Kind::too_few, {}}), "-");
}

TEST(View, CurveEndsWhereTenValuesLieAbove) {
  const View view = build_view(quick_session());
  const auto& points = view.cases[0].percentiles;  // 3 × 2000 values
  ASSERT_EQ(points.size(), 45U);                   // 40, and five that have a name
  EXPECT_DOUBLE_EQ(points.front().q, 0);
  EXPECT_NEAR(points.back().q, 1 - 10.0 / 6000, 1e-9);
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_GT(points[i].q, points[i - 1].q);
    EXPECT_GE(points[i].value_ns, points[i - 1].value_ns);
  }
  EXPECT_LE(*points.front().low_ns, points.front().value_ns);
  EXPECT_GE(*points.front().high_ns, points.front().value_ns);
  EXPECT_FALSE(points.back().low_ns);  // no single trial reaches that far
}

TEST(View, TheBandEndsWhereOneTrialDoesNotKnowItsPercentile) {
  auto session = quick_session();
  session.trials.resize(2);
  session.trials[0].measurement = measured(1000, std::chrono::microseconds(900), 4000);
  session.trials[1].measurement = measured(1000, std::chrono::microseconds(100), 200);
  const View view = build_view(session);
  const auto& points = view.cases[0].percentiles;
  ASSERT_GT(points.back().q, 0.95);
  for (const auto& point : points) {
    ASSERT_EQ(point.low_ns.has_value(), point.q <= 0.95) << "ten of 200 values lie above p95; q = " << point.q;
    ASSERT_EQ(point.high_ns.has_value(), point.low_ns.has_value()) << point.q;
    if (!point.low_ns) continue;
    EXPECT_LE(*point.low_ns, point.value_ns) << point.q;
    EXPECT_GE(*point.high_ns, point.value_ns) << point.q;
  }
}

TEST(View, TheCurveHasThePercentilesThatPeopleAskFor) {
  const auto points = build_view(quick_session()).cases[0].percentiles;
  for (const double named : {0.5, 0.75, 0.9, 0.95, 0.99})
    EXPECT_THAT(points, Contains(testing::Field(&PercentilePoint::q, named)));
  EXPECT_THAT(points, testing::Not(Contains(testing::Field(&PercentilePoint::q, 0.999))))
      << "6000 values do not reach it";
}

TEST(View, UsesTheScenariosEstimator) {
  auto session = quick_session();
  session.scenarios[0].estimator = "median_grouped";
  EXPECT_DOUBLE_EQ(*build_view(session).cases[3].summary.throughput_per_s, 121'000 - 0.5);
}

TEST(View, CpuPerRequestIsOfTargetAndLoadApart) {
  const View view = build_view(quick_session());
  EXPECT_DOUBLE_EQ(*view.cases[1].summary.target_cpu_us_per_request, 10);  // 20 ms / 2000
  EXPECT_DOUBLE_EQ(*view.cases[1].summary.load_cpu_us_per_request, 5);
  auto session = quick_session();
  for (auto& trial : session.trials) trial.target_cpu_ns = 0;
  EXPECT_FALSE(build_view(session).cases[1].summary.target_cpu_us_per_request);  // not known is not zero
}

TEST(View, CountsErrorsOfEveryTrialByKind) {
  const View view = build_view(quick_session());
  EXPECT_EQ(view.cases[0].summary.errors, 5U);
  ASSERT_EQ(view.errors.size(), 3U);
  EXPECT_EQ(view.errors[1].kind, "reset");
  EXPECT_EQ(view.errors[1].count, 3U);
  EXPECT_EQ(view.errors[0].case_label, "engine=blocking depth=1");
}

TEST(View, SaysThatAKilledSessionIsNotWhole) {
  auto session = quick_session();
  session.status = "running";
  session.finished_at_us = 0;
  session.trials[4].state = results::TrialState::running;
  session.trials[4].measurement.reset();
  session.trials[5].state = results::TrialState::planned;
  session.trials[5].measurement.reset();
  const View view = build_view(session);
  EXPECT_EQ(view.finished_at, "");
  EXPECT_EQ(view.cases[1].summary.trials_planned, 2);
  EXPECT_EQ(view.cases[1].trials[2].verdict, "");
  EXPECT_THAT(sentences(view),
              Contains(HasSubstr("still running or was killed: 2 of 14 trials did not run; 'hotlap resume ")));
}

TEST(View, WhatHappenedBesideThePlanIsAWarning) {
  auto session = quick_session();
  session.notes = {{1, "resumed although something had changed: kernel: 6.1 → 6.5"}};
  EXPECT_THAT(sentences(build_view(session)), Contains(HasSubstr("kernel: 6.1 → 6.5")));
}

TEST(View, AQuietSessionHasNoWarnings) {
  auto session = quick_session();
  session.environment = {{"governor", "performance"}};
  session.cases.resize(1);
  session.trials.resize(3);
  EXPECT_THAT(sentences(build_view(session)), testing::IsEmpty());
}

TEST(View, ACheckHasARowPerSideAndComparesCompletePairs) {
  auto session = check_session();
  const View view = build_view(session);
  ASSERT_EQ(view.cases.size(), 2U);
  EXPECT_EQ(view.cases[0].label, "side=base");
  EXPECT_EQ(view.cases[1].label, "side=new");
  EXPECT_EQ(view.cases[1].summary.trials_ok, 10);
  ASSERT_TRUE(view.comparison);
  EXPECT_EQ(view.comparison->outcome, results::Outcome::regressed);
  EXPECT_EQ(view.comparison->pairs, 10);
  session.trials[3].state = results::TrialState::failed;
  EXPECT_EQ(build_view(session).comparison->pairs, 9);
  EXPECT_FALSE(build_view(quick_session()).comparison);
}

TEST(View, ThePolicyOfTheSessionDecidesACheck) {
  auto session = check_session();
  session.comparison_policy = {.min_effect = 0.2, .fail_effect = 0.3};
  EXPECT_EQ(build_view(session).comparison->outcome, results::Outcome::same);
}

TEST(View, ACheckWithoutAVerdictIsNotCompared) {
  auto session = check_session();
  session.verdict = "";
  EXPECT_FALSE(build_view(session).comparison);
  session.verdict = "INVALID";
  EXPECT_FALSE(build_view(session).comparison);
  EXPECT_THAT(sentences(build_view(session)).front(), HasSubstr("the check is INVALID"));
}

TEST(View, ACheckWhoseCasesNameTheirSideSaysItOnce) {
  auto session = check_session();
  session.cases = {{5, "check", "base: a", {{"side", "base"}, {"target", "a"}}},
                   {6, "check", "new: b", {{"side", "new"}, {"target", "b"}}}};
  for (auto& trial : session.trials)
    if (trial.arm == "new") trial.case_id = 6;
  const View view = build_view(session);
  ASSERT_EQ(view.cases.size(), 2U);
  EXPECT_EQ(view.cases[0].label, "base: a");
  EXPECT_EQ(view.cases[1].label, "new: b");
  EXPECT_EQ(view.cases[1].parameters, session.cases[1].parameters);
}

TEST(View, AnEmptySessionIsAView) {
  const View view = build_view({});
  EXPECT_TRUE(view.cases.empty());
  EXPECT_EQ(view.started_at, "");
}

TEST(View, SkippedTrialsAreNeitherLostNorToBeRun) {
  const auto summary = build_view(session_with_skips()).cases[2].summary;
  EXPECT_EQ(summary.trials_skipped, 4);
  EXPECT_EQ(summary.trials_bad, 0);
  EXPECT_EQ(summary.trials_planned, 0);
  EXPECT_THAT(summary.skipped_because, HasSubstr("'wildfly' is not installed"));
  EXPECT_EQ(summary.verdict, "");
}

TEST(View, TrialsThatGoWrongAsAClaimSaysAreExpected) {
  auto session = quick_session();
  EXPECT_FALSE(build_view(session).cases[2].trials[3].expected);
  session.scenarios[0].claims.push_back({.id = "H9",
                                         .statement = "it dies",
                                         .kind = results::Claim::Kind::shows,
                                         .cases = {{{"engine", "epoll"}}},
                                         .text = "status 1"});
  EXPECT_TRUE(build_view(session).cases[2].trials[3].expected);
  EXPECT_FALSE(build_view(session).cases[3].trials[2].expected);
}

TEST(Title, NamesTheFirstOfManyScenarios) {
  EXPECT_EQ(build_view(quick_session()).title, "quick");
  auto check = quick_session();
  check.kind = "check";
  check.scenarios[0].title = "Baseline against candidate";
  EXPECT_EQ(build_view(check).title, "Baseline against candidate");
  EXPECT_EQ(build_view(session_of_five()).title, "5 scenarios: s1, s2, s3 and 2 more");
  EXPECT_EQ(title_of({{.name = "a"}, {.name = "b"}, {.name = "c"}}), "a, b, c");
  EXPECT_EQ(title_of({{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}}), "4 scenarios: a, b, c and 1 more");
  EXPECT_EQ(title_of({}), "");
}

TEST(IsoTime, IsUtcToTheSecond) {
  EXPECT_EQ(iso_time(1'700'000'000'999'999), "2023-11-14T22:13:20Z");
  EXPECT_EQ(iso_time(951'782'400'000'000), "2000-02-29T00:00:00Z");
  EXPECT_EQ(iso_time(0), "");
}

}  // namespace
}  // namespace hotlap::reports
