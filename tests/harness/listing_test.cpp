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
  const auto machine = CpuSet::parse("0-1").value();
  const auto text = plan_text(*plan, {"/bin"}, machine, {machine});
  EXPECT_THAT(text, HasSubstr("s: A title"));
  EXPECT_THAT(text, HasSubstr("2 cases, 2 trials each, from s.yaml"));
  EXPECT_THAT(text, HasSubstr("   1  engine=epoll"));
  EXPECT_THAT(text, HasSubstr("service  /bin/hotlap-tuplestore --port 0"));
  EXPECT_THAT(text, HasSubstr("target   /bin/hotlap-target --engine blocking --port 0 --workers 1 --store tuplestore "
                              "--store-address {tuplestore} --store-connections one"));
  EXPECT_THAT(text,
              HasSubstr("load     /bin/hotlap-load -t 1 -c 10 -d 1s --json - --events http://127.0.0.1:{port}/ugly"));
  EXPECT_THAT(text, HasSubstr("processors\n  this machine has 0-1; siblings of one core: 0-1\n"));
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

TEST(TrialText, TellsEverythingThatTheMeasurementSays) {
  using std::chrono::milliseconds;
  auto session = one_trial_session();
  auto& m = session.trials[0].measurement.emplace();
  m.loop = "open";
  m.arrivals = "1000/s poisson";
  m.scheduled = 1110;
  m.never_sent = 60;
  m.dropped = 10;
  m.requests = {.sent = 1040, .answered = 1000, .good = 1000, .timed_out = 40};
  m.connections = {.requested = 10,
                   .established = 10,
                   .served = 9,
                   .reconnects = 3,
                   .least_answers = 0,
                   .median_answers = 110,
                   .most_answers = 130,
                   .fairness = 0.875};
  m.response_time.record(milliseconds(5), 1000);
  m.response_time_at_least.record(milliseconds(2000), 110);
  m.service_time = m.response_time;
  m.service_time_at_least.record(milliseconds(2000), 40);
  m.first_byte_time.record(milliseconds(4), 1000);
  m.connect_time.record(milliseconds(1), 13);
  m.service_time_by_class["2xx"].record(milliseconds(5), 1000);
  m.by_request = {
      {.name = "read\x1b", .requests = m.requests, .service_time = m.service_time, .response_time = m.response_time}};
  m.errors = {{.kind = "timeout", .count = 40, .first = "", .first_at = milliseconds(-20), .after = {}}};
  m.thread_use = {{.cpu_user = milliseconds(1), .cpu_system = milliseconds(2), .waited = milliseconds(3)}};
  m.host.steal = milliseconds(4);
  Histogram second;
  second.record(milliseconds(6), 1000);
  m.series = {{.second = 0, .good = 1000, .lost = 40, .response_time = second.drain()}, {.second = 1, .good = 7}};
  m.series[0].service_time = m.series[0].response_time;
  const auto text = trial_text(session, 1);
  ASSERT_TRUE(text);
  for (const char* line :
       {"  schedule       1000/s poisson: 1110 due, 60 never sent, 10 dropped\n",
        "  connections    10 requested, 10 established, 9 served, 3 reconnects\n",
        "  fairness       0.875; 0 to 130 responses on a connection, median 110\n",
        "  response time  p50 5.00 ms, p90 5.00 ms, p99 >2.00 s, p99.9 -, max >2.00 s\n",
        "110 of them are only known to be at least so long\n",
        "  first byte     p50 4.00 ms, p90 4.00 ms, p99 4.00 ms, p99.9 -, max 4.00 ms\n",
        "  connect        p50 -, p90 -, p99 -, p99.9 -, max 1.00 ms\n", "  service 2xx    p50 5.00 ms",
        "  request        read\\x1b: 1040 sent, 1000 answered (1000 good), 0 failed, 40 timed out",
        "                 response time p50 5.00 ms, p90 5.00 ms, p99 >5.00 ms, p99.9 -, max >5.00 ms\n",
        "  load thread 1  1.00 ms user, 2.00 ms system, 3.00 ms waiting for a processor\n",
        "  host           4.00 ms stolen, 0 ns throttled\n", "first 20.0 ms before the start of the window\n",
        "  each second, with response times\n", "         0        1000         0        40     6.00 ms     6.00 ms\n",
        "         1           7         0         0           -           -\n"})
    EXPECT_THAT(*text, HasSubstr(line));
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
