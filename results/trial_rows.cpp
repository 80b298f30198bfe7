#include <fmt/core.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "results/rows.h"

namespace hotlap::results {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kCodec = "hdr-v2-zlib";

struct HistogramColumn {
  std::string_view kind;
  Histogram load::Measurement::* histogram;
};
constexpr std::array<HistogramColumn, 3> kHistograms = {{{"service", &load::Measurement::service_time},
                                                         {"response", &load::Measurement::response_time},
                                                         {"send_lag", &load::Measurement::send_lag}}};

std::string reasons_to_json(const std::vector<std::string>& reasons) {
  return Json(reasons).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> reasons_from_json(const std::string& text) {
  std::vector<std::string> reasons;
  for (const auto& reason : Json::parse(text, nullptr, false))
    if (reason.is_string()) reasons.push_back(reason.get<std::string>());
  return reasons;
}

load::VerdictLevel level_from_text(std::string_view text) {
  for (const auto level : {load::VerdictLevel::valid, load::VerdictLevel::suspect})
    if (load::to_text(level) == text) return level;
  return load::VerdictLevel::invalid;
}

void write_measurement(Steps& steps, std::int64_t trial, const load::Measurement& m) {
  steps.run(
      "INSERT INTO measurement(trial_id, loop, window_ns, sent, answered, good, failed, timed_out, in_flight_at_end, "
      "total_sent, total_answered, total_good, total_failed, total_timed_out, total_in_flight_at_end, good_in_window, "
      "throughput_per_s, bytes_received, connections_requested, connections_established, connections_served, "
      "reconnects, cpu_user_ns, cpu_system_ns, threads, verdict, verdict_reasons_json) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      trial, m.loop, m.window.count(), m.requests.sent, m.requests.answered, m.requests.good, m.requests.failed,
      m.requests.timed_out, m.requests.in_flight_at_end, m.total.sent, m.total.answered, m.total.good, m.total.failed,
      m.total.timed_out, m.total.in_flight_at_end, m.good_in_window, m.throughput_per_s, m.bytes_received,
      m.connections.requested, m.connections.established, m.connections.served, m.connections.reconnects,
      m.cpu_user.count(), m.cpu_system.count(), m.threads, load::to_text(m.verdict.level),
      reasons_to_json(m.verdict.reasons));
  for (const auto& [kind, histogram] : kHistograms)
    steps.run("INSERT INTO histogram(trial_id, kind, codec, count, data) VALUES(?, ?, ?, ?, ?)", trial, kind, kCodec,
              (m.*histogram).count(), Blob{(m.*histogram).encode()});
  for (const auto& [status, count] : m.status)
    steps.run("INSERT INTO trial_status(trial_id, status, count) VALUES(?, ?, ?)", trial, status, count);
  int position = 0;
  for (const auto& error : m.errors)
    steps.run("INSERT INTO trial_error(trial_id, position, kind, count, first) VALUES(?, ?, ?, ?, ?)", trial,
              position++, error.kind, error.count, error.first);
  for (const auto& sample : m.series)
    steps.run("INSERT INTO series(trial_id, second, good, bad) VALUES(?, ?, ?, ?)", trial, sample.second, sample.good,
              sample.bad);
}

void write_metrics(Steps& steps, const TrialRecord& trial) {
  const auto& m = *trial.measurement;
  const auto metric = [&](std::string_view key, double value) {
    steps.run("INSERT INTO trial_metric(trial_id, metric_id, value) SELECT ?, id, ? FROM metric_def WHERE key = ?",
              trial.id, value, key);
  };
  const auto quantile = [&](std::string_view key, const Histogram& histogram, double q) {
    if (!histogram.empty()) metric(key, static_cast<double>(histogram.quantile(q).count()));
  };
  metric("throughput_per_s", m.throughput_per_s);
  quantile("response_time_p50_ns", m.response_time, 0.5);
  quantile("response_time_p90_ns", m.response_time, 0.9);
  quantile("response_time_p99_ns", m.response_time, 0.99);
  quantile("response_time_p99_9_ns", m.response_time, 0.999);
  quantile("response_time_max_ns", m.response_time, 1);
  quantile("service_time_p50_ns", m.service_time, 0.5);
  quantile("service_time_p99_ns", m.service_time, 0.99);
  quantile("send_lag_p99_ns", m.send_lag, 0.99);
  const auto answered = static_cast<double>(m.requests.answered);
  if (answered > 0 && trial.target_cpu_ns > 0) metric("target_cpu_ns_per_request", trial.target_cpu_ns / answered);
  if (answered > 0)
    metric("load_cpu_ns_per_request", static_cast<double>((m.cpu_user + m.cpu_system).count()) / answered);
  if (trial.time_to_ready_ns > 0) metric("time_to_ready_ns", static_cast<double>(trial.time_to_ready_ns));
}

load::RequestCounts counts_from(const Statement& row, int column) {
  return {row.count(column),     row.count(column + 1), row.count(column + 2),
          row.count(column + 3), row.count(column + 4), row.count(column + 5)};
}

load::Measurement measurement_from(const Statement& row) {
  load::Measurement m;
  m.loop = row.text(1);
  m.window = Nanos(row.integer(2));
  m.requests = counts_from(row, 3);
  m.total = counts_from(row, 9);
  m.good_in_window = row.count(15);
  m.throughput_per_s = row.real(16);
  m.bytes_received = row.count(17);
  m.connections = {
      .requested = row.count(18), .established = row.count(19), .served = row.count(20), .reconnects = row.count(21)};
  m.cpu_user = Nanos(row.integer(22));
  m.cpu_system = Nanos(row.integer(23));
  m.threads = row.small(24);
  m.verdict = {level_from_text(row.text(25)), reasons_from_json(row.text(26))};
  return m;
}

// Rows of a table that hangs on measured trials, each handed over with its trial's measurement.
template <class Take>
Result<void> read_details(Database& database, std::int64_t session_id, std::string_view columns, std::string_view table,
                          std::string_view order, const std::map<std::int64_t, load::Measurement*>& measured,
                          Take take) {
  return database.query(
      fmt::format("SELECT x.trial_id, {} FROM {} x JOIN trial t ON t.id = x.trial_id WHERE t.session_id = ? "
                  "ORDER BY x.trial_id, {}",
                  columns, table, order),
      [&](const Statement& row) -> Result<void> {
        const auto found = measured.find(row.integer(0));
        return found == measured.end() ? Result<void>{} : take(row, *found->second);
      },
      session_id);
}

Result<void> take_histogram(const Database& database, const Statement& row, load::Measurement& measurement) {
  const std::string kind = row.text(1);
  const auto damaged = [&](std::string_view why) {
    return fail(fmt::format("database '{}': the {} histogram of trial {} is damaged ({}); restore a copy",
                            database.path(), kind, row.integer(0), why),
                ExitCode::store_failed);
  };
  for (const auto& [name, histogram] : kHistograms) {
    if (name != kind) continue;
    auto decoded = Histogram::decode(row.bytes(2));
    if (!decoded) return damaged(decoded.error().message);
    if (decoded->count() != row.count(3))
      return damaged(fmt::format("{} values instead of {}", decoded->count(), row.count(3)));
    measurement.*histogram = std::move(*decoded);
  }
  return {};
}

}  // namespace

Result<void> insert_trial_row(Database& database, std::int64_t session_id, TrialRecord& trial) {
  auto inserted = database.run(
      "INSERT INTO trial(session_id, case_id, position, repetition, arm, pair, state, reason, excluded) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
      session_id, trial.case_id, trial.position, trial.repetition, trial.arm, trial.pair, to_text(trial.state),
      trial.reason, trial.excluded ? 1 : 0);
  if (inserted) trial.id = database.last_insert_id();
  return inserted;
}

Result<void> update_trial_row(Database& database, const TrialRecord& trial) {
  return database.run(
      "UPDATE trial SET state = ?, reason = ?, excluded = ?, started_at_us = ?, finished_at_us = ?, "
      "time_to_ready_ns = ?, target_command = ?, load_command = ?, target_log = ?, target_cpu_ns = ? WHERE id = ?",
      to_text(trial.state), trial.reason, trial.excluded ? 1 : 0, trial.started_at_us, trial.finished_at_us,
      trial.time_to_ready_ns, trial.target_command, trial.load_command, trial.target_log, trial.target_cpu_ns,
      trial.id);
}

Result<void> write_measurement_rows(Database& database, const TrialRecord& trial) {
  if (!trial.measurement) return {};
  Steps steps(database);
  write_measurement(steps, trial.id, *trial.measurement);
  write_metrics(steps, trial);
  return steps.result();
}

Result<void> read_trial_rows(Database& database, std::int64_t session_id, std::vector<TrialRecord>& trials) {
  auto read = database.query(
      "SELECT id, case_id, position, repetition, arm, pair, state, reason, excluded, started_at_us, finished_at_us, "
      "time_to_ready_ns, target_command, load_command, target_log, target_cpu_ns "
      "FROM trial WHERE session_id = ? ORDER BY position, id",
      [&](const Statement& row) {
        TrialRecord trial;
        trial.id = row.integer(0);
        trial.case_id = row.integer(1);
        trial.position = row.small(2);
        trial.repetition = row.small(3);
        trial.arm = row.text(4);
        trial.pair = row.small(5);
        trial.state = parse_trial_state(row.text(6)).value_or(TrialState::failed);
        trial.reason = row.text(7);
        trial.excluded = row.integer(8) != 0;
        trial.started_at_us = row.integer(9);
        trial.finished_at_us = row.integer(10);
        trial.time_to_ready_ns = row.integer(11);
        trial.target_command = row.text(12);
        trial.load_command = row.text(13);
        trial.target_log = row.text(14);
        trial.target_cpu_ns = row.real(15);
        trials.push_back(std::move(trial));
        return Result<void>{};
      },
      session_id);
  if (!read) return read;

  std::map<std::int64_t, TrialRecord*> by_id;
  for (auto& trial : trials) by_id[trial.id] = &trial;
  std::map<std::int64_t, load::Measurement*> measured;
  read = database.query(
      "SELECT m.trial_id, m.loop, m.window_ns, m.sent, m.answered, m.good, m.failed, m.timed_out, m.in_flight_at_end, "
      "m.total_sent, m.total_answered, m.total_good, m.total_failed, m.total_timed_out, m.total_in_flight_at_end, "
      "m.good_in_window, m.throughput_per_s, m.bytes_received, m.connections_requested, m.connections_established, "
      "m.connections_served, m.reconnects, m.cpu_user_ns, m.cpu_system_ns, m.threads, m.verdict, "
      "m.verdict_reasons_json FROM measurement m JOIN trial t ON t.id = m.trial_id WHERE t.session_id = ?",
      [&](const Statement& row) {
        TrialRecord& trial = *by_id.at(row.integer(0));
        measured[trial.id] = &trial.measurement.emplace(measurement_from(row));
        return Result<void>{};
      },
      session_id);
  if (!read) return read;
  read = read_details(database, session_id, "x.kind, x.data, x.count", "histogram", "x.id", measured,
                      [&](const Statement& row, load::Measurement& m) { return take_histogram(database, row, m); });
  if (!read) return read;
  read = read_details(database, session_id, "x.status, x.count", "trial_status", "x.status", measured,
                      [](const Statement& row, load::Measurement& m) {
                        m.status[row.small(1)] = row.count(2);
                        return Result<void>{};
                      });
  if (!read) return read;
  read = read_details(
      database, session_id, "x.kind, x.count, x.first", "trial_error", "x.position", measured,
      [](const Statement& row, load::Measurement& m) {
        m.errors.push_back(
            {.kind = row.text(1), .count = row.count(2), .first = row.text(3), .first_at = {}, .after = {}});
        return Result<void>{};
      });
  if (!read) return read;
  return read_details(database, session_id, "x.second, x.good, x.bad", "series", "x.second", measured,
                      [](const Statement& row, load::Measurement& m) {
                        m.series.push_back({.second = row.integer(1), .good = row.count(2), .bad = row.count(3)});
                        return Result<void>{};
                      });
}

}  // namespace hotlap::results
