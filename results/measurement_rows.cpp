#include <fmt/core.h>

#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "results/rows.h"

namespace hotlap::results {
namespace {

using Json = nlohmann::ordered_json;
using load::Measurement;

constexpr std::string_view kCodec = "hdr-v2-zlib";

// Histograms that a measurement has once. The first three are always stored, the others when something is in them.
struct SingleHistogram {
  std::string_view kind;
  Histogram Measurement::* histogram;
};
constexpr std::array<SingleHistogram, 8> kSingle = {{{"service", &Measurement::service_time},
                                                     {"response", &Measurement::response_time},
                                                     {"send_lag", &Measurement::send_lag},
                                                     {"service_at_least", &Measurement::service_time_at_least},
                                                     {"response_at_least", &Measurement::response_time_at_least},
                                                     {"held_up", &Measurement::held_up},
                                                     {"first_byte", &Measurement::first_byte_time},
                                                     {"connect", &Measurement::connect_time}}};
constexpr std::size_t kAlwaysStored = 3;

struct AuditHistogram {
  std::string_view kind;
  Histogram load::AuditResult::* histogram;
};
constexpr std::array<AuditHistogram, 3> kAudit = {{{"audit_wire", &load::AuditResult::wire_time},
                                                   {"audit_send_share", &load::AuditResult::send_share},
                                                   {"audit_receive_share", &load::AuditResult::receive_share}}};

// Histograms of one of several things, which `part` tells apart.
constexpr std::string_view kServiceByClass = "service_by_class";   // part: the class, "2xx"
constexpr std::string_view kErrorAfter = "error_after";            // part: the error's position
constexpr std::string_view kServiceOfRequest = "request_service";  // part: the request's position
constexpr std::string_view kResponseOfRequest = "request_response";

std::string reasons_to_json(const std::vector<std::string>& reasons) {
  return Json(reasons).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> reasons_from_json(const std::string& text) {
  std::vector<std::string> reasons;
  for (const auto& reason : Json::parse(text, nullptr, false))
    if (reason.is_string()) reasons.push_back(reason.get<std::string>());
  return reasons;
}

std::string thread_use_to_json(const std::vector<load::ThreadUse>& threads) {
  Json json = Json::array();
  for (const auto& thread : threads)
    json.push_back({{"user_ns", thread.cpu_user.count()},
                    {"system_ns", thread.cpu_system.count()},
                    {"waited_ns", thread.waited.count()},
                    {"polled_ns", thread.polled.count()}});
  return json.dump();
}

// Our own column; whoever edited it by hand into something else gets zeros, not a crash.
std::vector<load::ThreadUse> thread_use_from_json(const std::string& text) {
  std::vector<load::ThreadUse> threads;
  for (const auto& json : Json::parse(text, nullptr, false)) {
    const auto time = [&](const char* key) {
      const bool there = json.is_object() && json.contains(key) && json[key].is_number_integer();
      return Nanos(there ? json[key].get<std::int64_t>() : 0);
    };
    threads.push_back({.cpu_user = time("user_ns"),
                       .cpu_system = time("system_ns"),
                       .waited = time("waited_ns"),
                       .polled = time("polled_ns")});
  }
  return threads;
}

load::VerdictLevel level_from_text(std::string_view text) {
  for (const auto level : {load::VerdictLevel::valid, load::VerdictLevel::suspect})
    if (load::to_text(level) == text) return level;
  return load::VerdictLevel::invalid;
}

std::string encoded(const Histogram::Sparse& sparse) {
  if (sparse.empty()) return {};
  Histogram histogram;
  histogram.add(sparse);
  return histogram.encode();
}

void write_histogram(Steps& steps, std::int64_t trial, std::string_view kind, std::string_view part,
                     const Histogram& histogram) {
  steps.run("INSERT INTO histogram(trial_id, kind, part, codec, count, data) VALUES(?, ?, ?, ?, ?, ?)", trial, kind,
            part, kCodec, histogram.count(), Blob{histogram.encode()});
}

void write_histograms(Steps& steps, std::int64_t trial, const Measurement& m) {
  for (std::size_t i = 0; i < kSingle.size(); ++i) {
    const auto& histogram = m.*kSingle[i].histogram;
    if (i < kAlwaysStored || !histogram.empty()) write_histogram(steps, trial, kSingle[i].kind, {}, histogram);
  }
  for (const auto& [status_class, histogram] : m.service_time_by_class)
    write_histogram(steps, trial, kServiceByClass, status_class, histogram);
  if (m.audit)
    for (const auto& [kind, histogram] : kAudit) write_histogram(steps, trial, kind, {}, *m.audit.*histogram);
}

void write_parts(Steps& steps, std::int64_t trial, const Measurement& m) {
  for (const auto& [status, count] : m.status)
    steps.run("INSERT INTO trial_status(trial_id, status, count) VALUES(?, ?, ?)", trial, status, count);
  int position = 0;
  for (const auto& error : m.errors) {
    steps.run("INSERT INTO trial_error(trial_id, position, kind, count, first) VALUES(?, ?, ?, ?, ?)", trial, position,
              error.kind, error.count, error.first);
    if (error.first_at)
      steps.run("UPDATE trial_error SET first_at_ns = ? WHERE trial_id = ? AND position = ?", error.first_at->count(),
                trial, position);
    if (!error.after.empty()) write_histogram(steps, trial, kErrorAfter, fmt::format("{}", position), error.after);
    ++position;
  }
  position = 0;
  for (const auto& request : m.by_request) {
    const auto& counts = request.requests;
    steps.run(
        "INSERT INTO trial_request(trial_id, position, name, sent, answered, good, failed, timed_out, "
        "in_flight_at_end) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        trial, position, request.name, counts.sent, counts.answered, counts.good, counts.failed, counts.timed_out,
        counts.in_flight_at_end);
    const auto part = fmt::format("{}", position++);
    write_histogram(steps, trial, kServiceOfRequest, part, request.service_time);
    write_histogram(steps, trial, kResponseOfRequest, part, request.response_time);
  }
  for (const auto& sample : m.series)
    steps.run(
        "INSERT INTO series(trial_id, second, good, bad, sent, lost, bytes_received, service_time_hdr, "
        "response_time_hdr, send_lag_hdr) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        trial, sample.second, sample.good, sample.bad, sample.sent, sample.lost, sample.bytes_received,
        Blob{encoded(sample.service_time)}, Blob{encoded(sample.response_time)}, Blob{encoded(sample.send_lag)});
}

void write_measurement(Steps& steps, std::int64_t trial, const Measurement& m) {
  steps.run(
      "INSERT INTO measurement(trial_id, loop, window_ns, sent, answered, good, failed, timed_out, in_flight_at_end, "
      "total_sent, total_answered, total_good, total_failed, total_timed_out, total_in_flight_at_end, good_in_window, "
      "throughput_per_s, bytes_received, connections_requested, connections_established, connections_served, "
      "reconnects, answers_least, answers_median, answers_most, fairness, arrivals, scheduled, never_sent, dropped, "
      "transport, cpu_user_ns, cpu_system_ns, threads, thread_use_json, steal_ns, throttled_ns, verdict, "
      "verdict_reasons_json) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      trial, m.loop, m.window.count(), m.requests.sent, m.requests.answered, m.requests.good, m.requests.failed,
      m.requests.timed_out, m.requests.in_flight_at_end, m.total.sent, m.total.answered, m.total.good, m.total.failed,
      m.total.timed_out, m.total.in_flight_at_end, m.good_in_window, m.throughput_per_s, m.bytes_received,
      m.connections.requested, m.connections.established, m.connections.served, m.connections.reconnects,
      m.connections.least_answers, m.connections.median_answers, m.connections.most_answers, m.connections.fairness,
      m.arrivals, m.scheduled, m.never_sent, m.dropped, m.transport, m.cpu_user.count(), m.cpu_system.count(),
      m.threads, thread_use_to_json(m.thread_use), m.host.steal.count(), m.host.throttled.count(),
      load::to_text(m.verdict.level), reasons_to_json(m.verdict.reasons));
  steps.run("UPDATE measurement SET warm_up_ns = ? WHERE trial_id = ?", m.warm_up.count(), trial);
  if (m.audit)
    steps.run("UPDATE measurement SET audit_paired = ?, audit_unpaired = ? WHERE trial_id = ?", m.audit->paired,
              m.audit->unpaired, trial);
  write_histograms(steps, trial, m);
  write_parts(steps, trial, m);
}

// Only what is known: a percentile that unfinished requests or too few values leave open has no row.
void write_metrics(Steps& steps, const TrialRecord& trial) {
  const auto& m = *trial.measurement;
  const auto metric = [&](std::string_view key, double value) {
    steps.run("INSERT INTO trial_metric(trial_id, metric_id, value) SELECT ?, id, ? FROM metric_def WHERE key = ?",
              trial.id, value, key);
  };
  const auto quantile = [&](std::string_view key, const Histogram& known, const Histogram& at_least, double q) {
    const auto found = load::percentile(known, at_least, q);
    if (found.kind == load::Percentile::Kind::known) metric(key, static_cast<double>(found.value.count()));
  };
  metric("throughput_per_s", m.throughput_per_s);
  quantile("response_time_p50_ns", m.response_time, m.response_time_at_least, 0.5);
  quantile("response_time_p90_ns", m.response_time, m.response_time_at_least, 0.9);
  quantile("response_time_p99_ns", m.response_time, m.response_time_at_least, 0.99);
  quantile("response_time_p99_9_ns", m.response_time, m.response_time_at_least, 0.999);
  if (!m.response_time.empty() && m.response_time_at_least.empty())
    metric("response_time_max_ns", static_cast<double>(m.response_time.max().count()));
  quantile("service_time_p50_ns", m.service_time, m.service_time_at_least, 0.5);
  quantile("service_time_p99_ns", m.service_time, m.service_time_at_least, 0.99);
  quantile("send_lag_p99_ns", m.send_lag, {}, 0.99);
  const auto answered = static_cast<double>(m.requests.answered);
  if (answered > 0 && trial.target_cpu_ns > 0) metric("target_cpu_ns_per_request", trial.target_cpu_ns / answered);
  if (answered > 0)
    metric("load_cpu_ns_per_request", static_cast<double>((m.cpu_user + m.cpu_system).count()) / answered);
  if (trial.time_to_first_response_ns > 0)
    metric("time_to_first_response_ns", static_cast<double>(trial.time_to_first_response_ns));
  if (trial.target_counts) {
    if (const auto calls = trial.target_counts->store_calls_per_request()) metric("store_calls_per_request", *calls);
    if (const auto calls = trial.target_counts->syscalls_per_request()) metric("target_syscalls_per_request", *calls);
  }
  if (const auto calls = trial.database_calls_per_request()) metric("database_calls_per_request", *calls);
  if (trial.time_to_ready_ns > 0) metric("time_to_ready_ns", static_cast<double>(trial.time_to_ready_ns));
}

load::RequestCounts counts_from(const Statement& row, int column) {
  return {row.count(column),     row.count(column + 1), row.count(column + 2),
          row.count(column + 3), row.count(column + 4), row.count(column + 5)};
}

constexpr std::string_view kMeasurementColumns =
    "m.trial_id, m.loop, m.window_ns, m.sent, m.answered, m.good, m.failed, m.timed_out, m.in_flight_at_end, "
    "m.total_sent, m.total_answered, m.total_good, m.total_failed, m.total_timed_out, m.total_in_flight_at_end, "
    "m.good_in_window, m.throughput_per_s, m.bytes_received, m.connections_requested, m.connections_established, "
    "m.connections_served, m.reconnects, m.cpu_user_ns, m.cpu_system_ns, m.threads, m.verdict, "
    "m.verdict_reasons_json, m.answers_least, m.answers_median, m.answers_most, m.fairness, m.arrivals, m.scheduled, "
    "m.never_sent, m.dropped, m.transport, m.thread_use_json, m.steal_ns, m.throttled_ns, "
    "m.audit_paired IS NOT NULL, m.audit_paired, m.audit_unpaired, m.warm_up_ns";

Measurement measurement_from(const Statement& row) {
  Measurement m;
  m.loop = row.text(1);
  m.window = Nanos(row.integer(2));
  m.warm_up = Nanos(row.integer(42));
  m.requests = counts_from(row, 3);
  m.total = counts_from(row, 9);
  m.good_in_window = row.count(15);
  m.throughput_per_s = row.real(16);
  m.bytes_received = row.count(17);
  m.connections = {.requested = row.count(18),
                   .established = row.count(19),
                   .served = row.count(20),
                   .reconnects = row.count(21),
                   .least_answers = row.count(27),
                   .median_answers = row.count(28),
                   .most_answers = row.count(29),
                   .fairness = row.real(30)};
  m.cpu_user = Nanos(row.integer(22));
  m.cpu_system = Nanos(row.integer(23));
  m.threads = row.small(24);
  m.verdict = {level_from_text(row.text(25)), reasons_from_json(row.text(26))};
  m.arrivals = row.text(31);
  m.scheduled = row.count(32);
  m.never_sent = row.count(33);
  m.dropped = row.count(34);
  m.transport = row.text(35);
  m.thread_use = thread_use_from_json(row.text(36));
  m.host = {.steal = Nanos(row.integer(37)), .throttled = Nanos(row.integer(38))};
  if (row.integer(39) != 0) {
    m.audit.emplace();
    m.audit->paired = row.count(40);
    m.audit->unpaired = row.count(41);
  }
  return m;
}

using Measured = std::map<std::int64_t, Measurement*>;  // by trial

// Rows of a table that hangs on measured trials, each handed over with its trial's measurement.
template <class Take>
Result<void> read_details(Database& database, std::int64_t session_id, std::string_view columns, std::string_view table,
                          std::string_view order, const Measured& measured, Take take) {
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

std::unexpected<Error> damaged(const Database& database, std::string_view what, std::int64_t trial,
                               std::string_view why) {
  return fail(fmt::format("database '{}': the {} histogram of trial {} is damaged ({}); restore a copy",
                          database.path(), what, trial, why),
              ExitCode::store_failed);
}

template <class Part>
Part* part_at(std::vector<Part>& parts, const std::string& position) {
  std::size_t index = parts.size();
  std::from_chars(position.data(), position.data() + position.size(), index);
  return index < parts.size() ? &parts[index] : nullptr;
}

// Where a histogram of this kind belongs; none for a kind of a later program.
Histogram* place_of(Measurement& m, const std::string& kind, const std::string& part) {
  for (const auto& [name, histogram] : kSingle)
    if (name == kind) return &(m.*histogram);
  if (kind == kServiceByClass) return &m.service_time_by_class[part];
  if (m.audit)
    for (const auto& [name, histogram] : kAudit)
      if (name == kind) return &(*m.audit.*histogram);
  if (kind == kErrorAfter)
    if (auto* error = part_at(m.errors, part)) return &error->after;
  if (kind == kServiceOfRequest)
    if (auto* request = part_at(m.by_request, part)) return &request->service_time;
  if (kind == kResponseOfRequest)
    if (auto* request = part_at(m.by_request, part)) return &request->response_time;
  return nullptr;
}

// Columns: trial, kind, part, data, count. After errors and requests, which some of them belong to.
Result<void> take_histogram(const Database& database, const Statement& row, Measurement& measurement) {
  const std::string kind = row.text(1);
  Histogram* place = place_of(measurement, kind, row.text(2));
  if (place == nullptr) return {};
  auto decoded = Histogram::decode(row.bytes(3));
  if (!decoded) return damaged(database, kind, row.integer(0), decoded.error().message);
  if (decoded->count() != row.count(4))
    return damaged(database, kind, row.integer(0),
                   fmt::format("{} values instead of {}", decoded->count(), row.count(4)));
  *place = std::move(*decoded);
  return {};
}

// Columns: trial, second, its counts, its three histograms.
Result<void> take_second(const Database& database, const Statement& row, Measurement& measurement) {
  load::SecondSample second;
  second.second = row.integer(1);
  second.good = row.count(2);
  second.bad = row.count(3);
  second.sent = row.count(4);
  second.lost = row.count(5);
  second.bytes_received = row.count(6);
  int column = 7;
  for (auto* into : {&second.service_time, &second.response_time, &second.send_lag}) {
    const auto bytes = row.bytes(column++);
    if (bytes.empty()) continue;
    auto decoded = Histogram::decode(bytes);
    if (!decoded)
      return damaged(database, fmt::format("second {}'s", second.second), row.integer(0), decoded.error().message);
    *into = decoded->drain();
  }
  measurement.series.push_back(std::move(second));
  return {};
}

}  // namespace

Result<void> write_measurement_rows(Database& database, const TrialRecord& trial) {
  if (!trial.measurement) return {};
  Steps steps(database);
  write_measurement(steps, trial.id, *trial.measurement);
  write_metrics(steps, trial);
  return steps.result();
}

Result<void> erase_measurement_rows(Database& database, std::int64_t trial_id) {
  Steps steps(database);
  for (const char* table : {"measurement", "histogram", "trial_status", "trial_error", "series", "trial_request",
                            "trial_metric", "resource_sample", "trial_service"})
    steps.run(fmt::format("DELETE FROM {} WHERE trial_id = ?", table), trial_id);
  return steps.result();
}

Result<void> read_measurement_rows(Database& database, std::int64_t session_id, std::vector<TrialRecord>& trials) {
  std::map<std::int64_t, TrialRecord*> by_id;
  for (auto& trial : trials) by_id[trial.id] = &trial;
  Measured measured;
  auto read = database.query(
      fmt::format("SELECT {} FROM measurement m JOIN trial t ON t.id = m.trial_id WHERE t.session_id = ?",
                  kMeasurementColumns),
      [&](const Statement& row) {
        TrialRecord& trial = *by_id.at(row.integer(0));
        measured[trial.id] = &trial.measurement.emplace(measurement_from(row));
        return Result<void>{};
      },
      session_id);
  if (!read) return read;
  read = read_details(database, session_id, "x.status, x.count", "trial_status", "x.status", measured,
                      [](const Statement& row, Measurement& m) {
                        m.status[row.small(1)] = row.count(2);
                        return Result<void>{};
                      });
  if (!read) return read;
  read = read_details(
      database, session_id, "x.kind, x.count, x.first, x.first_at_ns IS NOT NULL, x.first_at_ns", "trial_error",
      "x.position", measured, [](const Statement& row, Measurement& m) {
        m.errors.push_back(
            {.kind = row.text(1), .count = row.count(2), .first = row.text(3), .first_at = {}, .after = {}});
        if (row.integer(4) != 0) m.errors.back().first_at = Nanos(row.integer(5));
        return Result<void>{};
      });
  if (!read) return read;
  read = read_details(
      database, session_id, "x.name, x.sent, x.answered, x.good, x.failed, x.timed_out, x.in_flight_at_end",
      "trial_request", "x.position", measured, [](const Statement& row, Measurement& m) {
        m.by_request.push_back(
            {.name = row.text(1), .requests = counts_from(row, 2), .service_time = {}, .response_time = {}});
        return Result<void>{};
      });
  if (!read) return read;
  read = read_details(database, session_id, "x.kind, x.part, x.data, x.count", "histogram", "x.id", measured,
                      [&](const Statement& row, Measurement& m) { return take_histogram(database, row, m); });
  if (!read) return read;
  return read_details(database, session_id,
                      "x.second, x.good, x.bad, x.sent, x.lost, x.bytes_received, x.service_time_hdr, "
                      "x.response_time_hdr, x.send_lag_hdr",
                      "series", "x.second", measured,
                      [&](const Statement& row, Measurement& m) { return take_second(database, row, m); });
}

}  // namespace hotlap::results
