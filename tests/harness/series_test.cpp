#include "harness/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

constexpr const char* kSweep =
    "name: s\ntrials: 2\nstop_series_at: crash\ntarget: {engine: \"{engine}\"}\n"
    "load: {rate: \"{rate}\", connections: 10, duration: 1s}\n"
    "matrix: {engine: [epoll, blocking], rate: [1k/s, 2k/s, 4k/s]}\n";

struct Sweep {
  explicit Sweep(std::string_view yaml = kSweep) {
    auto scenario = scenario_from_yaml(yaml, "s.yaml");
    EXPECT_TRUE(scenario) << scenario.error().message;
    plan = make_plan({std::move(*scenario)}, {}).value();
    trials = session_record(plan).trials;
  }
  // The first trial of this case.
  [[nodiscard]] std::size_t trial_of(const results::Parameters& parameters) const {
    for (std::size_t i = 0; i < plan.trials.size(); ++i)
      if (plan.cases[plan.trials[i].case_index].parameters == parameters) return i;
    ADD_FAILURE() << "no such case";
    return 0;
  }
  [[nodiscard]] std::optional<std::string> ended_before(const char* engine, const char* rate) const {
    return series_ended_before(plan, trials, trial_of({{"engine", engine}, {"rate", rate}}));
  }
  Plan plan;
  std::vector<results::TrialRecord> trials;
};

TEST(Series, EndsBehindTheValueAtWhichTheTargetCrashed) {
  Sweep sweep;
  EXPECT_FALSE(sweep.ended_before("epoll", "4k/s"));
  const auto crashed = sweep.trial_of({{"engine", "epoll"}, {"rate", "2k/s"}});
  sweep.trials[crashed].state = results::TrialState::failed;
  sweep.trials[crashed].crash_is_result = true;
  EXPECT_FALSE(sweep.ended_before("epoll", "1k/s"));
  EXPECT_FALSE(sweep.ended_before("epoll", "2k/s"));  // the same value is worth another look
  EXPECT_EQ(sweep.ended_before("epoll", "4k/s"),
            "the series ends at rate=2k/s, where the target crashed in trial " + std::to_string(crashed + 1));
  EXPECT_FALSE(sweep.ended_before("blocking", "4k/s"));  // another series
}

TEST(Series, GoesOnAfterAFailureThatIsNoCrash) {
  Sweep sweep;
  sweep.trials[sweep.trial_of({{"engine", "epoll"}, {"rate", "1k/s"}})].state = results::TrialState::failed;
  EXPECT_FALSE(sweep.ended_before("epoll", "4k/s"));
}

TEST(Series, RunsAlongTheAxisOfTheRateOrOfTheConnectionsOrTheOneThatIsNamed) {
  const auto axis_of = [](const std::string& yaml) { return series_axis(Sweep(yaml).plan.scenarios[0]); };
  EXPECT_EQ(axis_of(kSweep), "rate");
  EXPECT_EQ(axis_of("name: s\nload: {connections: \"{n}\"}\nmatrix: {n: [1, 2]}\n"), "n");
  EXPECT_EQ(
      axis_of("name: s\nseries: d\nload: {connections: \"{n}\", pipeline: \"{d}\"}\nmatrix: {n: [1, 2], d: [1]}\n"),
      "d");
  EXPECT_EQ(axis_of("name: s\n"), "");
}

TEST(Series, MistakesAreRefusedAtTheirPlace) {
  const auto complaint = [](const std::string& more) {
    const auto scenario = scenario_from_yaml("name: s\n" + more, "s.yaml");
    return scenario ? std::string("nothing") : scenario.error().message;
  };
  EXPECT_THAT(complaint("stop_series_at: crash\n"), HasSubstr("s.yaml:2:17: stop_series_at needs an axis"));
  EXPECT_THAT(complaint("stop_series_at: crsh\nload: {rate: \"{r}\"}\nmatrix: {r: [1/s]}\n"),
              HasSubstr("stop_series_at 'crsh' is unknown; did you mean 'crash'?"));
  EXPECT_THAT(complaint("series: x\nload: {rate: \"{r}\"}\nmatrix: {r: [1/s]}\n"),
              HasSubstr("s.yaml:2:9: series: axis 'x' is unknown"));
}

TEST(Series, IsInTheRecordOfTheScenario) {
  const auto again = scenario_from_yaml(session_record(Sweep().plan).scenarios[0].resolved_yaml, "again.yaml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->stop_series_at, "crash");
}

}  // namespace
}  // namespace hotlap::harness
