// Sessions as literals, for the tests of the store: small, but with every field filled in differently.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "results/record.h"

namespace hotlap::results {

inline load::Measurement some_measurement(std::uint64_t good = 900) {
  load::Measurement m;
  m.window = std::chrono::seconds(2);
  m.requests = {
      .sent = good + 23, .answered = good + 20, .good = good, .failed = 1, .timed_out = 1, .in_flight_at_end = 1};
  m.total = {.sent = good + 100, .answered = good + 100, .good = good + 100};
  m.good_in_window = good;
  m.throughput_per_s = static_cast<double>(good) / 2;
  m.bytes_received = 92 * good;
  m.status = {{200, good}, {404, 20}};
  m.errors = {{"reset", 1, "connection reset by peer"}, {"status", 20, "HTTP/1.1 404"}};
  m.connections = {.requested = 10, .established = 9, .served = 8, .reconnects = 1};
  for (std::uint64_t i = 0; i < good + 20; ++i) {
    m.response_time.record(Nanos(100'000 + 1'000 * static_cast<std::int64_t>(i)));
    m.service_time.record(Nanos(90'000 + 1'000 * static_cast<std::int64_t>(i)));
    m.send_lag.record(Nanos(500));
  }
  m.held_up.record(Nanos(500));
  m.cpu_user = std::chrono::milliseconds(150);
  m.cpu_system = std::chrono::milliseconds(250);
  m.threads = 2;
  m.verdict.raise(load::VerdictLevel::suspect, "generator used 93 % of its CPU");
  m.series = {{0, good / 2, 10}, {1, good - good / 2, 10}};
  return m;
}

// The same with everything that only some runs have.
inline load::Measurement full_measurement() {
  load::Measurement m = some_measurement();
  const auto histogram = [](std::int64_t from, int count) {
    Histogram filled;
    for (int i = 0; i < count; ++i) filled.record(Nanos(from + 1'000 * i));
    return filled;
  };
  m.loop = "open";
  m.arrivals = "1000/s poisson";
  m.scheduled = 1000;
  m.never_sent = 60;
  m.dropped = 17;
  m.transport = "uring";
  m.service_time_at_least = histogram(2'000'000'000, 2);
  m.response_time_at_least = histogram(2'100'000'000, 79);
  m.first_byte_time = histogram(80'000, 920);
  m.connect_time = histogram(30'000, 10);
  m.service_time_by_class = {{"2xx", histogram(90'000, 900)}, {"4xx", histogram(70'000, 20)}, {"5xx", Histogram()}};
  m.by_request = {{.name = "read",
                   .requests = {.sent = 3, .answered = 2, .good = 1, .failed = 0, .timed_out = 1},
                   .service_time = histogram(1'000, 2),
                   .response_time = histogram(2'000, 2)},
                  {.name = "read",  // names need not differ
                   .requests = {.sent = 1, .in_flight_at_end = 1},
                   .service_time = {},
                   .response_time = {}}};
  m.connections.least_answers = 11;
  m.connections.median_answers = 90;
  m.connections.most_answers = 130;
  m.connections.fairness = 0.9375;
  m.errors[0].first_at = std::chrono::milliseconds(-250);
  m.errors[0].after = histogram(5'000'000, 1);
  m.errors[1].first_at = std::chrono::milliseconds(1250);
  m.thread_use = {{.cpu_user = Nanos(1), .cpu_system = Nanos(2), .waited = Nanos(3)},
                  {.cpu_user = Nanos(4), .cpu_system = Nanos(5), .waited = Nanos(6)}};
  m.host = {.steal = std::chrono::milliseconds(7), .throttled = std::chrono::milliseconds(8)};
  m.audit = load::AuditResult{.paired = 900,
                              .unpaired = 20,
                              .wire_time = histogram(85'000, 900),
                              .send_share = histogram(2'000, 900),
                              .receive_share = histogram(3'000, 900)};
  for (auto& second : m.series) {
    second.sent = 470;
    second.lost = 1;
    second.bytes_received = 43'000;
    second.service_time = histogram(90'000, 460).drain();
    second.response_time = histogram(100'000, 460).drain();
  }
  m.series[1].send_lag = histogram(500, 460).drain();  // the first second has none
  return m;
}

// Two cases, two repetitions each, nothing run yet. Cases are numbered by the caller.
inline SessionRecord some_session(const std::string& uuid = "0123abcd-0000-4000-8000-000000000001") {
  SessionRecord session;
  session.uuid = uuid;
  session.seed = 0xfedcba9876543210;  // more than a signed number holds
  session.started_at_us = 1'700'000'000'000'000;
  session.command_line = "hotlap run scenarios/quick.yaml";
  session.tool_version = "0.1.0";
  session.comparison_policy = {.alpha = 0.02, .min_effect = 0.125, .fail_effect = 0.25};
  session.environment = {{"cpu_model", "Test CPU"}, {"kernel", "6.1"}};
  session.scenarios = {{.name = "quick",
                        .title = "Quick",
                        .question = "Does it pay?",
                        .article = "A0",
                        .resolved_yaml = "name: quick\n",
                        .estimator = "median_grouped",
                        .claims = {{.id = "H2",
                                    .statement = "pipelining pays",
                                    .cases = {{{"depth", "24"}}, {{"depth", "1"}}},
                                    .published = 3.5,
                                    .caveat = "other host"}},
                        .published_figures = {{"Japronto", 1214440.2, "1/s", "A2"}}}};
  session.cases = {{7, "quick", "engine=epoll depth=1", {{"engine", "epoll"}, {"depth", "1"}}},
                   {3, "quick", "engine=epoll depth=24", {{"engine", "epoll"}, {"depth", "24"}}}};
  for (int position = 0; position < 4; ++position) {
    TrialRecord trial;
    trial.case_id = position % 2 == 0 ? 3 : 7;
    trial.position = position;
    trial.repetition = position / 2;
    session.trials.push_back(trial);
  }
  return session;
}

inline TrialRecord finished(TrialRecord trial, std::uint64_t good = 900) {
  trial.state = TrialState::ok;
  trial.started_at_us = 1'700'000'001'000'000;
  trial.finished_at_us = 1'700'000'004'000'000;
  trial.time_to_ready_ns = 12'345'678;
  trial.time_to_first_response_ns = 13'579'000;
  trial.target_command = "hotlap-target --engine epoll";
  trial.load_command = "hotlap-load -c 10";
  trial.target_log = "bye\n";
  trial.target_cpu_ns = 1.5e9;
  trial.harness_cpu_ns = 4e6;
  trial.database_calls = 2997;
  trial.services = {{.name = "tuplestore", .front = false, .command = "hotlap-tuplestore", .configuration_sha256 = {}},
                    {.name = "nginx", .front = true, .command = "nginx -c x", .configuration_sha256 = "ab12"}};
  trial.target_counts = TargetCounts{.requests = 1000, .store_calls = 3000, .syscalls = std::nullopt};
  trial.quiet_wait_ns = 50'000'000;
  trial.busy_before = 0.25;
  const auto second = std::chrono::seconds(1);
  trial.resources = {{.side = "target", .at = second, .span = second, .cpu = Nanos(700'000'000)},
                     {.side = "machine", .at = second, .span = second, .cpu = Nanos(1'500'000'000)}};
  trial.resources[0].resident_bytes = 12'345'678;
  trial.resources[0].proportional_bytes = 9'876'543;
  trial.resources[0].voluntary_switches = 12;
  trial.resources[0].involuntary_switches = 3;
  trial.resources[0].syscalls = 123'456;
  trial.resources[1].steal = std::chrono::milliseconds(10);
  trial.resources[1].throttled = Nanos(0);
  trial.measurement = some_measurement(good);
  trial.measurement->warm_up = std::chrono::milliseconds(300);
  return trial;
}

// A folder of this test's own, gone with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hotlap-store-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string text() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace hotlap::results
