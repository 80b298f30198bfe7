#include "results/claim_verdict.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "results/statistics.h"

namespace hotlap::results {
namespace {

using testing::HasSubstr;
using Kind = Claim::Kind;

// Cases along two axes, with the throughputs of their trials.
class ClaimVerdicts : public testing::Test {
 protected:
  void SetUp() override { session_.scenarios = {{.name = "s"}}; }

  TrialRecord& add_trial(std::int64_t id, TrialState state, double throughput_per_s) {
    TrialRecord trial;
    trial.case_id = id;
    trial.position = static_cast<int>(session_.trials.size());
    trial.state = state;
    if (state == TrialState::ok || state == TrialState::invalid) {
      auto& m = trial.measurement.emplace();
      m.window = std::chrono::seconds(1);
      m.requests = {.sent = 100, .answered = 100, .good = 100};
      m.throughput_per_s = throughput_per_s;
      m.connections = {.requested = 1, .established = 1};
    }
    return session_.trials.emplace_back(std::move(trial));
  }
  std::int64_t add_case(const Parameters& parameters, const std::vector<double>& throughputs) {
    const auto id = static_cast<std::int64_t>(session_.cases.size()) + 1;
    std::string label;
    for (const auto& [axis, value] : parameters) label += (label.empty() ? "" : " ") + axis + "=" + value;
    session_.cases.push_back({id, "s", label, parameters});
    for (const double throughput : throughputs) add_trial(id, TrialState::ok, throughput);
    return id;
  }
  ClaimFinding judge(const Claim& claim) {
    session_.scenarios[0].claims = {claim};
    return judge_claims(session_).at(0);
  }
  ClaimVerdict verdict(const Claim& claim) { return judge(claim).verdict; }

  SessionRecord session_;
};

Claim depth_ratio(double published, std::optional<double> tolerance = {}) {
  return {.id = "H", .cases = {{{"depth", "24"}}, {{"depth", "1"}}}, .published = published, .tolerance = tolerance};
}

TEST_F(ClaimVerdicts, ARatioIsTheGeometricMeanOfTheTrialsWithWelchsInterval) {
  add_case({{"depth", "1"}}, {100, 110, 121});
  add_case({{"depth", "24"}}, {300, 330, 363});
  const auto found = judge(depth_ratio(3));
  EXPECT_NEAR(*found.measured, 3, 1e-12);
  // ln 1.1 apart: s² = 0.00908…, so the error of the difference is sqrt(2 s²/3), and t(0.975, 4) = 2.776.
  const double half = 2.7764451 * std::sqrt(2 * std::pow(std::log(1.1), 2) / 3);
  EXPECT_NEAR(*found.low, 3 * std::exp(-half), 1e-6);
  EXPECT_NEAR(*found.high, 3 * std::exp(half), 1e-6);
  EXPECT_EQ(found.computation, "throughput of depth=24 over depth=1");
  EXPECT_EQ(found.expected, "3.00 within 20 %");
  EXPECT_EQ(found.unit, "");
}

TEST_F(ClaimVerdicts, AgreesOnlyWhenTheWholeIntervalIsNearAndDiffersOnlyWhenNoneIs) {
  add_case({{"depth", "1"}}, {100, 101, 102});
  add_case({{"depth", "24"}}, {300, 303, 306});  // 3.0 give or take 2.3 %
  EXPECT_EQ(verdict(depth_ratio(3.3)), ClaimVerdict::agrees);
  EXPECT_EQ(verdict(depth_ratio(3.6)), ClaimVerdict::cannot_tell);  // 20 % below is 3.0
  EXPECT_EQ(verdict(depth_ratio(4)), ClaimVerdict::differs);
  EXPECT_EQ(verdict(depth_ratio(2.48)), ClaimVerdict::cannot_tell);
  EXPECT_EQ(verdict(depth_ratio(2.4)), ClaimVerdict::differs);
  EXPECT_EQ(verdict(depth_ratio(3.3, 0.02)), ClaimVerdict::differs);
}

TEST_F(ClaimVerdicts, NoiseNeverAgrees) {
  add_case({{"depth", "1"}}, {100, 190, 60});
  add_case({{"depth", "24"}}, {300, 420, 200});
  const auto found = judge(depth_ratio(2.9));
  EXPECT_EQ(found.verdict, ClaimVerdict::cannot_tell);
  EXPECT_THAT(found.reason, HasSubstr("more trials narrow it"));
}

TEST_F(ClaimVerdicts, OneTrialHasNoIntervalAndTellsNothing) {
  add_case({{"depth", "1"}}, {100});
  add_case({{"depth", "24"}}, {300, 303});
  const auto found = judge(depth_ratio(3));
  EXPECT_EQ(found.verdict, ClaimVerdict::cannot_tell);
  EXPECT_DOUBLE_EQ(*found.measured, 300 * std::sqrt(1.01) / 100);
  EXPECT_FALSE(found.low);
  EXPECT_THAT(found.reason, HasSubstr("an interval takes two or more"));
}

TEST_F(ClaimVerdicts, CasesThatDifferOnlyInTheNamedAxesFormPairs) {
  add_case({{"engine", "epoll"}, {"depth", "1"}}, {100, 100.1});
  add_case({{"engine", "epoll"}, {"depth", "24"}}, {200, 200.1});
  add_case({{"engine", "uring"}, {"depth", "1"}}, {100, 100.1});
  add_case({{"engine", "uring"}, {"depth", "24"}}, {800, 800.1});
  const auto found = judge(depth_ratio(4));
  EXPECT_NEAR(*found.measured, 4, 0.01);
  EXPECT_EQ(found.reason, "2.00 to 8.00 over 2 pairs of cases");
  session_.trials[6].state = session_.trials[7].state = TrialState::failed;
  const auto rest = judge(depth_ratio(4));
  EXPECT_NEAR(*rest.measured, 2, 0.01);
  EXPECT_THAT(rest.reason, HasSubstr("1 of 2 pairs of cases have no good trial"));
}

TEST_F(ClaimVerdicts, CasesThatDifferElsewhereAreNeverCompared) {
  add_case({{"engine", "epoll"}, {"depth", "1"}}, {100, 101});
  add_case({{"engine", "uring"}, {"depth", "24"}}, {200, 202});
  const auto found = judge(depth_ratio(2));
  EXPECT_EQ(found.verdict, ClaimVerdict::cannot_test);
  EXPECT_EQ(found.reason, "no case of depth=24 agrees with one of depth=1 in the axes that the claim does not name");
}

TEST_F(ClaimVerdicts, ADirectionIsJudgedByItsBound) {
  add_case({{"depth", "1"}}, {100, 101, 102});
  add_case({{"depth", "24"}}, {300, 303, 306});
  Claim claim = depth_ratio(0);
  claim.published.reset();
  claim.at_least = 2.5;
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  EXPECT_EQ(judge(claim).expected, "at least 2.50");
  claim.at_least = 3;
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_tell);
  claim.at_least = 4;
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  claim.at_least.reset();
  claim.at_most = 2;
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  claim.at_least = 2;
  claim.at_most = 4;
  EXPECT_EQ(judge(claim).expected, "2.00 to 4.00");
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
}

TEST_F(ClaimVerdicts, WhatIsNotHereCannotBeTested) {
  add_case({{"depth", "1"}}, {100, 101});
  EXPECT_EQ(judge(depth_ratio(3)).reason, "this run has no case with depth=24");
  EXPECT_EQ(verdict(depth_ratio(3)), ClaimVerdict::cannot_test);
  const auto id = add_case({{"depth", "24"}}, {});
  add_trial(id, TrialState::skipped, 0).reason = "nginx is not installed; apt-get install nginx";
  EXPECT_EQ(verdict(depth_ratio(3)), ClaimVerdict::cannot_test);
  EXPECT_THAT(judge(depth_ratio(3)).reason, HasSubstr("nginx is not installed"));
  session_.trials.back().state = TrialState::failed;
  session_.trials.back().reason = "the target was not ready";
  EXPECT_EQ(verdict(depth_ratio(3)), ClaimVerdict::cannot_tell);
  EXPECT_THAT(judge(depth_ratio(3)).reason, HasSubstr("no trial of depth=24 counts: the target was not ready"));
  session_.trials.back() = {.case_id = id, .state = TrialState::planned};
  EXPECT_EQ(judge(depth_ratio(3)).reason, "depth=24 has not run");
  EXPECT_EQ(verdict({.id = "H", .kind = Kind::no_test, .text = "needs two machines"}), ClaimVerdict::cannot_test);
}

TEST_F(ClaimVerdicts, NothingOverSomethingIsNothing) {
  add_case({{"depth", "1"}}, {100, 101});
  add_case({{"depth", "24"}}, {0, 0});
  Claim claim = depth_ratio(3);
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  std::swap(claim.cases[0], claim.cases[1]);
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_tell);  // there is no ratio to 0
}

TEST_F(ClaimVerdicts, AValueHasToHoldInEveryCase) {
  add_case({{"depth", "1"}}, {100, 101, 102});
  add_case({{"depth", "2"}}, {200, 202, 204});
  Claim claim{.id = "H", .kind = Kind::value, .cases = {{}}, .at_least = 90};
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  claim.at_least = 150;
  const auto found = judge(claim);
  EXPECT_EQ(found.verdict, ClaimVerdict::differs);
  EXPECT_EQ(found.reason, "of 2, the furthest off is depth=1");
  EXPECT_EQ(found.measured_text, "101/s");
  EXPECT_EQ(found.unit, "/s");
}

TEST_F(ClaimVerdicts, NoErrorsAtAllAreCertain) {
  const auto id = add_case({{"depth", "1"}}, {100, 101});
  Claim claim{.id = "H", .kind = Kind::value, .metric = "errors", .cases = {{}}, .at_most = 0};
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  add_trial(id, TrialState::ok, 100).measurement->requests.good = 40;
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_tell);  // one of three trials
  for (auto& trial : session_.trials) trial.measurement->requests.good = 40;
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
}

TEST_F(ClaimVerdicts, AnOrderNeedsEveryStep) {
  add_case({{"engine", "a"}}, {300, 303});
  add_case({{"engine", "b"}}, {200, 202});
  add_case({{"engine", "c"}}, {100, 101});
  Claim claim{.id = "H", .kind = Kind::order, .cases = {{{"engine", "a"}}, {{"engine", "b"}}, {{"engine", "c"}}}};
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  std::swap(claim.cases[1], claim.cases[2]);
  const auto found = judge(claim);
  EXPECT_EQ(found.verdict, ClaimVerdict::differs);
  EXPECT_NEAR(*found.measured, 0.5, 1e-9);
  EXPECT_THAT(found.reason, HasSubstr("engine=c over engine=b"));
}

TEST_F(ClaimVerdicts, ARiseMayPauseButNotTurnBack) {
  add_case({{"depth", "1"}}, {100, 101, 102});
  add_case({{"depth", "2"}}, {200, 202, 204});
  const auto third = add_case({{"depth", "4"}}, {201, 202, 203});
  Claim claim{.id = "H", .kind = Kind::rises, .cases = {{}}, .along = "depth"};
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  for (auto& trial : session_.trials)
    if (trial.case_id == third) trial.measurement->throughput_per_s -= 60;
  const auto found = judge(claim);
  EXPECT_EQ(found.verdict, ClaimVerdict::differs);
  EXPECT_THAT(found.reason, HasSubstr("it falls from 2 to 4"));
  claim.up_to = "2";
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  claim.kind = Kind::falls;
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  claim.kind = Kind::rises;
  claim.up_to = "1";
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_test);
}

TEST_F(ClaimVerdicts, AKneeIsTheLastStepThatHolds) {
  for (const char* step : {"10", "20", "40", "80"}) add_case({{"c", step}}, {100, 100});
  Claim claim{.id = "H", .kind = Kind::knee, .metric = "errors", .cases = {{}}, .along = "c", .hold_most = 0};
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);  // there is none
  EXPECT_EQ(judge(claim).measured_text, "at least 80");
  EXPECT_EQ(judge(claim).expected, "one between the first step and the last");
  session_.trials[6].measurement->requests.good = session_.trials[7].measurement->requests.good = 99;
  const auto found = judge(claim);
  EXPECT_EQ(found.verdict, ClaimVerdict::agrees);
  EXPECT_EQ(found.measured_text, "40");
  EXPECT_EQ(*found.low, 40);
  EXPECT_EQ(*found.high, 40);
  session_.trials[5].measurement->requests.good = 99;  // one of two trials at 40
  EXPECT_EQ(*judge(claim).low, 20);
  EXPECT_EQ(*judge(claim).high, 40);
  claim.at_least = 30;
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_tell);
  EXPECT_EQ(judge(claim).expected, "at least 30");
  claim.at_least = 50;
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  claim.at_least = 15;
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
}

TEST_F(ClaimVerdicts, ACrashEndsASeriesAndIsItsKnee) {
  add_case({{"rate", "100/s"}}, {100, 100});
  add_case({{"rate", "200/s"}}, {200, 200});
  const auto crashed = add_case({{"rate", "400/s"}}, {});
  add_trial(crashed, TrialState::failed, 0).reason = "the target ended in mid-trial: killed by signal 11";
  const auto after = add_case({{"rate", "800/s"}}, {});
  add_trial(after, TrialState::skipped, 0).reason = "the series ended at rate=400/s";
  const Claim claim{
      .id = "H", .kind = Kind::knee, .metric = "error_share", .cases = {{}}, .along = "rate", .hold_most = 0.01};
  const auto found = judge(claim);
  EXPECT_EQ(found.verdict, ClaimVerdict::agrees);
  EXPECT_EQ(found.measured_text, "200/s");
  EXPECT_THAT(found.reason, HasSubstr("killed by signal 11"));
}

TEST_F(ClaimVerdicts, GrowthStopsAtAKneeToo) {
  add_case({{"depth", "1"}}, {100, 100.5});
  add_case({{"depth", "8"}}, {200, 201});
  add_case({{"depth", "24"}}, {400, 402});
  add_case({{"depth", "48"}}, {401, 402});
  const Claim claim{
      .id = "H", .kind = Kind::knee, .cases = {{}}, .along = "depth", .hold_growth = 0.05, .published = 24};
  const auto found = judge(claim);
  EXPECT_EQ(found.measured_text, "24");
  EXPECT_EQ(found.verdict, ClaimVerdict::agrees);
}

TEST_F(ClaimVerdicts, WhatTrialsSayIsFoundInReasonsAndErrors) {
  const auto id = add_case({{"server", "drop"}}, {});
  add_trial(id, TrialState::failed, 0).reason = "the server drops pipelined requests";
  Claim claim{.id = "H7", .kind = Kind::shows, .cases = {{{"server", "drop"}}}, .text = "drops pipelined"};
  EXPECT_EQ(verdict(claim), ClaimVerdict::agrees);
  EXPECT_EQ(expected_failures(session_), std::set<int>{0});
  auto& second = add_trial(id, TrialState::invalid, 1);
  second.measurement->errors = {{"status", 5, "HTTP/1.1 404 Not Found"}};
  EXPECT_EQ(verdict(claim), ClaimVerdict::cannot_tell);
  claim.text = "404";
  EXPECT_EQ(judge(claim).measured_text, "1 of 2");
  EXPECT_EQ(expected_failures(session_), std::set<int>{1});
  claim.text = "nothing of the kind";
  EXPECT_EQ(verdict(claim), ClaimVerdict::differs);
  EXPECT_TRUE(expected_failures(session_).empty());
}

TEST_F(ClaimVerdicts, AnInvalidTrialIsAResultWhereAClaimAsksAboutErrors) {
  const auto id = add_case({{"c", "10"}}, {100});
  add_trial(id, TrialState::invalid, 1);
  const auto expected = [&](const Claim& claim) {
    session_.scenarios[0].claims = {claim};
    return expected_failures(session_) == std::set<int>{1};
  };
  EXPECT_TRUE(
      expected({.id = "H", .kind = Kind::knee, .metric = "errors", .cases = {{}}, .along = "c", .hold_most = 0}));
  EXPECT_TRUE(expected({.id = "H", .kind = Kind::value, .metric = "errors", .cases = {{}}, .at_least = 1}));
  EXPECT_TRUE(expected({.id = "H", .metric = "goodput", .cases = {{{"c", "5"}}, {{"c", "10"}}}, .at_most = 1}));
  EXPECT_FALSE(expected({.id = "H", .kind = Kind::value, .metric = "errors", .cases = {{}}, .at_most = 0}));
  EXPECT_FALSE(expected({.id = "H", .kind = Kind::value, .metric = "throughput", .cases = {{}}, .at_least = 1}));
  EXPECT_FALSE(expected({.id = "H", .kind = Kind::value, .metric = "errors", .cases = {{{"c", "5"}}}, .at_least = 1}));
}

// Sessions of known truth: how often the interval holds it, and how often a claim is called wrong that is right.
TEST_F(ClaimVerdicts, TheIntervalHoldsTheTruthAsOftenAsItSays) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 0.03);
  for (const int trials : {2, 3, 10}) {
    constexpr int kSessions = 2000;
    int covered = 0;
    for (int i = 0; i < kSessions; ++i) {
      std::vector<double> above, below;
      for (int t = 0; t < trials; ++t) {
        above.push_back(std::log(3.0) + noise(random));
        below.push_back(2 * noise(random));  // twice as noisy
      }
      const auto interval = welch_interval(std::vector<WeightedSample>{{1, above}, {-1, below}});
      covered += interval.low <= std::log(3.0) && std::log(3.0) <= interval.high ? 1 : 0;
    }
    EXPECT_GE(covered, kSessions * 94 / 100) << trials << " trials";
    EXPECT_LE(covered, kSessions * 995 / 1000) << trials << " trials";
  }
}

}  // namespace
}  // namespace hotlap::results
