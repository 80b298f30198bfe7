#include "harness/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hotlap::harness {
namespace {

Plan one_case() {
  Plan plan;
  plan.scenarios.emplace_back().name = "s";
  plan.cases.push_back({.parameters = {{"engine", "epoll"}}, .label = "engine=epoll", .trials = 2});
  plan.trials = {{.case_index = 0, .repetition = 0}, {.case_index = 0, .repetition = 1}};
  return plan;
}

class Events : public testing::Test {
 protected:
  [[nodiscard]] std::vector<nlohmann::json> lines() const {
    std::rewind(file_.get());
    std::string text(1 << 16, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file_.get()));
    std::vector<nlohmann::json> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_{std::tmpfile()};
  EventStream events_{file_.get()};
};

TEST_F(Events, TellASessionFromItsStartToItsEnd) {
  const auto plan = one_case();
  auto session = session_record(plan);
  session.id = 4;
  session.trials[0].state = results::TrialState::ok;  // this is a resumed one
  events_.session_begins(plan, session);
  events_.trial_begins(plan, 1);
  events_.phase_begins(TrialPhase::measuring);
  events_.looked({.elapsed = std::chrono::seconds(1), .good_per_s = 1000, .service_time_p99 = Nanos(5)});
  auto& trial = session.trials[1];
  trial.state = results::TrialState::failed;
  trial.reason = "the \"target\"\nended";
  events_.trial_ends(plan, 1, trial);
  session.status = "failed";
  events_.session_ends(session, ExitCode::invalid_run);
  events_.judged("SAME", "SAME: throughput …", ExitCode::success);

  const auto told = lines();
  ASSERT_EQ(told.size(), 7U);
  for (const auto& line : told) {
    EXPECT_EQ(line["schema"], "hotlap.events/1");
    EXPECT_GT(line["at_us"], 0);
  }
  EXPECT_EQ(told[0]["event"], "session_started");
  EXPECT_EQ(told[0]["session"], 4);
  EXPECT_EQ(told[0]["trials"], 2);
  EXPECT_EQ(told[0]["trials_to_run"], 1);
  EXPECT_EQ(told[0]["cases"][0]["parameters"]["engine"], "epoll");
  EXPECT_EQ(told[1]["event"], "trial_started");
  EXPECT_EQ(told[1]["trial"], 2);
  EXPECT_EQ(told[1]["repetition"], 2);
  EXPECT_TRUE(told[1]["pair"].is_null());
  EXPECT_EQ(told[2]["phase"], "measuring");
  EXPECT_EQ(told[3]["event"], "trial_progress");
  EXPECT_EQ(told[3]["service_time_p99_ns"], 5);
  EXPECT_EQ(told[4]["event"], "trial_finished");
  EXPECT_EQ(told[4]["reason"], "the \"target\"\nended");
  EXPECT_FALSE(told[4].contains("throughput_per_s"));
  EXPECT_EQ(told[5]["exit_code"], 20);
  EXPECT_EQ(told[6]["verdict"], "SAME");
}

TEST_F(Events, APercentileThatNobodyKnowsIsNull) {
  const auto plan = one_case();
  auto trial = session_record(plan).trials[0];
  trial.state = results::TrialState::ok;
  auto& measurement = trial.measurement.emplace();
  measurement.throughput_per_s = 12.5;
  measurement.requests = {.sent = 30, .answered = 25, .good = 20, .failed = 2, .timed_out = 2, .in_flight_at_end = 1};
  for (int i = 0; i < 25; ++i) measurement.response_time.record(Nanos(1000));
  events_.trial_ends(plan, 0, trial);
  const auto told = lines();
  EXPECT_EQ(told[0]["throughput_per_s"], 12.5);
  EXPECT_EQ(told[0]["errors"], 9);
  EXPECT_EQ(told[0]["response_time_p50_ns"], 1000);
  EXPECT_TRUE(told[0]["response_time_p99_ns"].is_null());
}

}  // namespace
}  // namespace hotlap::harness
