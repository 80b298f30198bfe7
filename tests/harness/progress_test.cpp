#include "harness/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

Plan ten_trials() {
  Plan plan;
  PlannedCase planned;
  planned.load.duration = std::chrono::seconds(1);
  plan.cases.push_back(planned);
  for (int i = 0; i < 10; ++i) plan.trials.push_back({.case_index = 0, .repetition = i});
  return plan;
}

TEST(ProgressLine, FitsItsWidth) {
  EXPECT_EQ(progress_line(3, 54, "engine=epoll", "", std::chrono::seconds(72), 100),
            "trial 3 of 54 · engine=epoll · 1:12 left");
  EXPECT_EQ(progress_line(3, 54, "engine=epoll", "", std::chrono::seconds(72), 33),
            "trial 3 of 54 · engin · 1:12 left");
  EXPECT_EQ(progress_line(3, 54, "engine=epoll", "", std::chrono::seconds(72), 5), "trial");
}

TEST(ProgressLine, TellsWhatTheTrialDoes) {
  EXPECT_EQ(progress_line(3, 54, "engine=epoll", "123 k/s", std::chrono::seconds(72), 100),
            "trial 3 of 54 · engine=epoll · 123 k/s · 1:12 left");
  EXPECT_EQ(progress_line(3, 54, "engine=epoll", "123 k/s", std::chrono::seconds(72), 43),
            "trial 3 of 54 · engin · 123 k/s · 1:12 left");
  EXPECT_THAT(progress_line(3, 54, "", "", Nanos(-5), 100), HasSubstr("0:00 left"));
}

TEST(LookText, HoldsRateAndP99AndWhatWentWrong) {
  LiveLook look{.elapsed = std::chrono::seconds(-1), .good_per_s = 123'456};
  EXPECT_EQ(look_text(look), "warming up, 123 k/s");
  look.elapsed = std::chrono::seconds(1);
  look.service_time_p99 = std::chrono::microseconds(1200);
  EXPECT_EQ(look_text(look), "123 k/s, p99 1.20 ms");
  look.bad_per_s = 5;
  EXPECT_EQ(look_text(look), "123 k/s, 5/s bad, p99 1.20 ms");
}

TEST(ProgressLine, ShowsControlCharactersOfForeignLabels) {
  EXPECT_THAT(progress_line(1, 1, "\x1b[2J", "", Nanos{0}, 80), HasSubstr("\\x1b[2J"));
}

TEST(FinishedLine, TellsThroughputOrWhatWentWrong) {
  results::TrialRecord trial;
  trial.state = results::TrialState::ok;
  trial.measurement.emplace().throughput_per_s = 123'456;
  EXPECT_EQ(finished_line(1, 2, "a=b", trial), "trial 1 of 2 · a=b · 123 k/s");
  trial.state = results::TrialState::failed;
  trial.reason = "the target ended in mid-trial: exit code 3";
  EXPECT_EQ(finished_line(1, 2, "a=b", trial),
            "trial 1 of 2 · a=b · failed: the target ended in mid-trial: exit code 3");
}

TEST(TimeLeft, BeginsWithTheEstimateAndLearnsFromTrialsBehind) {
  const auto plan = ten_trials();
  EXPECT_EQ(time_left(plan, 0, Nanos{0}), estimated_time(plan));
  // Four trials took 6 s: 0.5 s around each window.
  EXPECT_EQ(time_left(plan, 4, std::chrono::seconds(6)), std::chrono::seconds(9));
  EXPECT_EQ(time_left(plan, 10, std::chrono::seconds(60)), Nanos{0});
}

TEST(TimeLeft, IsNeverLessThanTheWindowsAhead) {
  EXPECT_EQ(time_left(ten_trials(), 5, std::chrono::seconds(1)), std::chrono::seconds(5));
}

}  // namespace
}  // namespace hotlap::harness
