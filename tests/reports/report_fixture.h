// A small session with everything a report has to deal with: good, suspect, invalid, failed, excluded and unrun trials,
// claims that agree, differ and cannot be tested, and foreign text that wants to be obeyed.
#pragma once

#include <chrono>
#include <string>

#include "results/record.h"

namespace hotlap::reports {

// `count` answers spread evenly over 1…2 times `fastest`, all good.
inline load::Measurement measured(double throughput_per_s, Nanos fastest, std::int64_t count = 2000) {
  load::Measurement m;
  m.window = std::chrono::seconds(2);
  m.requests.sent = m.requests.answered = m.requests.good = static_cast<std::uint64_t>(count);
  m.total = m.requests;
  m.good_in_window = m.requests.good;
  m.throughput_per_s = throughput_per_s;
  m.bytes_received = 92 * m.requests.good;
  m.connections = {.requested = 10, .established = 10, .served = 10};
  m.cpu_user = std::chrono::milliseconds(6);
  m.cpu_system = std::chrono::milliseconds(4);
  for (std::int64_t i = 0; i < count; ++i) {
    m.response_time.record(fastest + fastest * i / count);
    m.service_time.record(fastest + fastest * i / count);
    m.send_lag.record(Nanos(700));
  }
  return m;
}

inline results::SessionRecord quick_session() {
  using results::TrialState;
  results::SessionRecord session;
  session.id = 7;
  session.uuid = "0123abcd-0000-4000-8000-000000000001";
  session.seed = 0xfedcba9876543210;
  session.status = "done";
  session.started_at_us = 1'700'000'000'000'000;
  session.finished_at_us = 1'700'000'060'000'000;
  session.command_line = "hotlap run scenarios/quick.yaml";
  session.tool_version = "0.1.0";
  session.environment = {{"cpu_model", "Test CPU"}, {"governor", "powersave"}};
  session.scenarios = {{.name = "quick",
                        .title = "Engines and pipelining",
                        .question = "Does pipelining speed up a page that hardly works?",
                        .article = "Python and Tarantool Races in the Loop",
                        .resolved_yaml = "name: quick\n",
                        .claims = {{.id = "H1",
                                    .statement = "pipelining pays",
                                    .cases = {{{"depth", "24"}}, {{"depth", "1"}}},
                                    .published = 3.2,
                                    .tolerance = 0.5,
                                    .caveat = "one vCPU"},
                                   {.id = "H2",
                                    .statement = "epoll beats threads",
                                    .cases = {{{"engine", "epoll"}}, {{"engine", "blocking"}}},
                                    .published = 9},
                                   {.id = "H3",
                                    .statement = "io_uring pays",
                                    .cases = {{{"engine", "uring"}}, {{"engine", "epoll"}}},
                                    .published = 2}},
                        .published_figures = {{"Japronto", 1214440.2, "1/s", "A2"}}}};
  const auto add_case = [&](std::int64_t id, const std::string& engine, const std::string& depth) {
    session.cases.push_back({id,
                             "quick",
                             "engine=" + engine + " depth=" + depth,
                             {{"engine", engine}, {"page", "/ugly"}, {"depth", depth}}});
  };
  add_case(1, "blocking", "1");
  add_case(2, "blocking", "24");
  add_case(3, "epoll", "1");
  add_case(4, "epoll", "24");
  const auto add_trial = [&](std::int64_t one, double throughput_per_s, Nanos fastest) -> results::TrialRecord& {
    results::TrialRecord trial;
    trial.id = static_cast<std::int64_t>(session.trials.size()) + 1;
    trial.case_id = one;
    trial.position = static_cast<int>(session.trials.size());
    trial.state = TrialState::ok;
    trial.started_at_us = session.started_at_us + trial.position * 3'000'000;
    trial.time_to_ready_ns = 12'000'000;
    trial.target_cpu_ns = 20e6;
    trial.measurement = measured(throughput_per_s, fastest);
    return session.trials.emplace_back(std::move(trial));
  };
  using std::chrono::microseconds;
  for (const double throughput : {10'000.0, 10'200.0, 9'900.0}) add_trial(1, throughput, microseconds(100));
  for (const double throughput : {20'000.0, 26'000.0, 21'000.0}) add_trial(2, throughput, microseconds(300));
  for (const double throughput : {30'000.0, 30'300.0, 29'800.0}) add_trial(3, throughput, microseconds(80));
  for (const double throughput : {120'000.0, 121'000.0}) add_trial(4, throughput, microseconds(150));

  session.trials[6].measurement->verdict.raise(load::VerdictLevel::suspect, "generator used 93 % of its CPU");
  auto& invalid = add_trial(4, 500'000, microseconds(1));
  invalid.state = TrialState::invalid;
  invalid.reason = "generator used 99 % of its CPU";
  invalid.measurement->verdict.raise(load::VerdictLevel::invalid, invalid.reason);
  auto& failed = add_trial(3, 0, microseconds(1));
  failed.state = TrialState::failed;
  failed.reason = "target ended with \x1b[31mstatus 1";
  failed.measurement.reset();
  auto& excluded = add_trial(1, 1, microseconds(1));
  excluded.excluded = true;
  auto& errors = session.trials[0].measurement;
  errors->requests = {.sent = 2005, .answered = 2003, .good = 2000, .failed = 1, .timed_out = 1};
  errors->errors = {{"status", 3, "HTTP/1.1 404 </script><b>"}, {"reset", 1, ""}, {"timeout", 1, ""}};
  session.trials[1].measurement->errors = {{"reset", 2, "later"}};
  return session;
}

// The same session, but of 80 requests of the fourth trial (engine=blocking depth=24) the response never came.
inline results::SessionRecord session_with_timeouts() {
  auto session = quick_session();
  auto& one = *session.trials[3].measurement;
  one.requests.sent += 80;
  one.requests.timed_out += 80;
  one.service_time_at_least.record(std::chrono::seconds(2), 80);
  one.response_time_at_least.record(std::chrono::seconds(2), 80);
  one.errors = {{"timeout", 80, "no response within 2.00 s"}};
  return session;
}

// One second of a side, which ends `at` seconds after the start of the window.
inline results::ResourceSample used(const std::string& side, double at, Nanos cpu, double span = 1) {
  const auto seconds = [](double amount) { return Nanos(static_cast<std::int64_t>(amount * 1e9)); };
  results::ResourceSample sample;
  sample.side = side;
  sample.at = seconds(at);
  sample.span = seconds(span);
  sample.cpu = cpu;
  return sample;
}

// The same session, but the cases of epoll were skipped.
inline results::SessionRecord session_with_skips() {
  auto session = quick_session();
  for (auto& trial : session.trials) {
    if (trial.case_id < 3) continue;
    trial.state = results::TrialState::skipped;
    trial.reason = "program 'wildfly' is not installed; install the package wildfly";
    trial.measurement.reset();
  }
  return session;
}

// Five scenarios alike but for their names; labels say nothing about which.
inline results::SessionRecord session_of_five() {
  const auto one = quick_session();
  auto session = one;
  session.scenarios.clear();
  session.cases.clear();
  session.trials.clear();
  for (int nth = 0; nth < 5; ++nth) {
    auto scenario = one.scenarios[0];
    scenario.name = "s" + std::to_string(nth + 1);
    session.scenarios.push_back(scenario);
    for (auto item : one.cases) {
      item.id += nth * 10;
      item.scenario = scenario.name;
      session.cases.push_back(item);
    }
    for (auto trial : one.trials) {
      trial.id += nth * 100;
      trial.case_id += nth * 10;
      trial.position += nth * 100;
      session.trials.push_back(trial);
    }
  }
  return session;
}

// Ten pairs whose new side is slower by a tenth.
inline results::SessionRecord check_session() {
  results::SessionRecord session;
  session.id = 8;
  session.uuid = "89abcdef-0000-4000-8000-000000000002";
  session.kind = "check";
  session.status = "done";
  session.verdict = "REGRESSED";
  session.scenarios = {{.name = "check"}};
  session.cases = {{5, "check", "", {}}};
  for (int pair = 0; pair < 10; ++pair)
    for (const bool is_new : {pair % 2 == 0, pair % 2 != 0}) {
      results::TrialRecord trial;
      trial.id = static_cast<std::int64_t>(session.trials.size()) + 1;
      trial.case_id = 5;
      trial.position = static_cast<int>(session.trials.size());
      trial.arm = is_new ? "new" : "base";
      trial.pair = pair;
      trial.state = results::TrialState::ok;
      trial.measurement = measured((is_new ? 900 : 1000) + pair, std::chrono::microseconds(100), 200);
      session.trials.push_back(std::move(trial));
    }
  return session;
}

}  // namespace hotlap::reports
