#include "harness/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

results::SessionRecord one_trial_session() {
  results::SessionRecord session;
  session.id = 4;
  session.cases.push_back({.id = 9, .scenario = "s", .label = "engine=epoll", .parameters = {}});
  results::TrialRecord trial;
  trial.case_id = 9;
  trial.state = results::TrialState::failed;
  trial.reason = "the target ended in mid-trial: exit code 3";
  trial.target_command = "./x";
  trial.target_log = "line one\n\x1b[31mline two";
  session.trials.push_back(std::move(trial));
  return session;
}

TEST(PlanText, HoldsCasesCommandsOrderAndTime) {
  const auto scenario = scenario_from_yaml(
      "name: s\ntitle: A title\ntrials: 2\ntarget: {engine: \"{engine}\", store: tuplestore}\n"
      "load: {path: /ugly, duration: 1s}\nmatrix: {engine: [epoll, blocking]}\n",
      "s.yaml");
  const auto plan = make_plan({*scenario}, {});
  const auto text = plan_text(*plan, {"/bin"});
  EXPECT_THAT(text, HasSubstr("s: A title"));
  EXPECT_THAT(text, HasSubstr("2 cases, 2 trials each, from s.yaml"));
  EXPECT_THAT(text, HasSubstr("   1  engine=epoll"));
  EXPECT_THAT(text, HasSubstr("service  /bin/hotlap-tuplestore --port 0"));
  EXPECT_THAT(text, HasSubstr("target   /bin/hotlap-target --engine blocking --port 0 --workers 1 --store tuplestore "
                              "--store-address {tuplestore} --store-connections one"));
  EXPECT_THAT(text,
              HasSubstr("load     /bin/hotlap-load -t 1 -c 10 -d 1s --json - --events http://127.0.0.1:{port}/ugly"));
  EXPECT_THAT(text, HasSubstr("order, by seed 1"));
  EXPECT_THAT(text, HasSubstr("4 trials of 2 cases take about 6 s"));
}

TEST(SessionsText, SaysHowToMakeTheFirst) {
  EXPECT_THAT(sessions_text({}), HasSubstr("hotlap run"));
}

TEST(SessionText, GivesEveryTrialWithItsReason) {
  const auto text = session_text(one_trial_session());
  EXPECT_THAT(text, HasSubstr("failed"));
  EXPECT_THAT(text, HasSubstr("engine=epoll  the target ended in mid-trial: exit code 3"));
}

TEST(TrialText, HoldsCommandAndLogMadePrintable) {
  const auto text = trial_text(one_trial_session(), 1);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("trial 1 of session 4: engine=epoll"));
  EXPECT_THAT(*text, HasSubstr("    line one\n    \\x1b[31mline two\n"));
}

TEST(TrialText, ShowsOnlyWhatWasMeasuredAndWhatTheSamplesSupport) {
  auto session = one_trial_session();
  auto& measured = session.trials[0].measurement.emplace();
  measured.requests.sent = measured.requests.answered = measured.requests.good = 100;
  measured.cpu_user = std::chrono::microseconds(200);
  for (int i = 0; i < 100; ++i) measured.service_time.record(std::chrono::microseconds(5));
  const auto text = trial_text(session, 1);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("service time   p50 5.00 us, p90 5.00 us, p99 -, p99.9 -, max 5.00 us"));
  EXPECT_THAT(*text, HasSubstr("response time  p50 -, p90 -, p99 -, p99.9 -, max -"));
  EXPECT_THAT(*text, HasSubstr("CPU per request  target not measured, load 2.00 us"));
  session.trials[0].target_cpu_ns = 300e3;
  EXPECT_THAT(*trial_text(session, 1), HasSubstr("CPU per request  target 3.00 us, load 2.00 us"));
}

TEST(TrialText, OfATrialThatIsNotThereNamesTheRange) {
  const auto text = trial_text(one_trial_session(), 2);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "session 4 has no trial 2; its trials are 1 to 1");
}

TEST(ShowRequest, IsASessionOrATrialOfOne) {
  EXPECT_EQ(parse_show_request("last")->session, "last");
  EXPECT_EQ(parse_show_request("last")->trial, 0);
  EXPECT_EQ(parse_show_request("3:7")->session, "3");
  EXPECT_EQ(parse_show_request("3:7")->trial, 7);
  for (const char* text : {"", ":", "3:", ":7", "3:x", "3:0"}) EXPECT_FALSE(parse_show_request(text)) << text;
}

}  // namespace
}  // namespace hotlap::harness
