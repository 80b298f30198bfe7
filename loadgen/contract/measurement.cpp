#include "loadgen/contract/measurement.h"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hotlap::load {
namespace {

using nlohmann::ordered_json;

ordered_json counts_json(const RequestCounts& counts) {
  return {{"sent", counts.sent},     {"answered", counts.answered},   {"good", counts.good},
          {"failed", counts.failed}, {"timed_out", counts.timed_out}, {"in_flight_at_end", counts.in_flight_at_end}};
}

RequestCounts counts_from(const ordered_json& json) {
  return {json.at("sent"),   json.at("answered"),  json.at("good"),
          json.at("failed"), json.at("timed_out"), json.at("in_flight_at_end")};
}

// Percentiles that cannot be known are null; `at_least` is there when some requests were not wholly answered.
ordered_json times_json(const Histogram& known, const Histogram& at_least = {}) {
  const auto at = [&](double q) -> ordered_json {
    const auto found = percentile(known, at_least, q);
    return found.kind == Percentile::Kind::known ? ordered_json(found.value.count()) : ordered_json(nullptr);
  };
  ordered_json json = {{"count", known.count()},
                       {"min_ns", known.min().count()},
                       {"p50_ns", at(0.5)},
                       {"p90_ns", at(0.9)},
                       {"p99_ns", at(0.99)},
                       {"p99_9_ns", at(0.999)},
                       {"max_ns", known.max().count()},
                       {"mean_ns", known.mean().count()},
                       {"hdr", known.encode_base64()}};
  if (!at_least.empty()) json["at_least"] = {{"count", at_least.count()}, {"hdr", at_least.encode_base64()}};
  return json;
}

Histogram whole(const Histogram::Sparse& sparse) {
  Histogram histogram;
  histogram.add(sparse);
  return histogram;
}

// The document is from another program: whatever is wrong with it becomes an exception here and an Error further out.
Histogram histogram_from(const ordered_json& json) {
  auto decoded = Histogram::decode_base64(json.at("hdr").get<std::string>());
  if (!decoded) throw std::runtime_error(decoded.error().message);
  return std::move(*decoded);
}

Histogram at_least_from(const ordered_json& json) {
  return json.contains("at_least") ? histogram_from(json.at("at_least")) : Histogram();
}

ordered_json error_json(const ErrorCount& error) {
  ordered_json json = {{"kind", error.kind}, {"count", error.count}, {"first", error.first}};
  if (error.first_at) json["first_at_ns"] = error.first_at->count();
  if (!error.after.empty()) json["after"] = times_json(error.after);
  return json;
}

ErrorCount error_from(const ordered_json& json) {
  ErrorCount error{
      .kind = json.at("kind"), .count = json.at("count"), .first = json.at("first"), .first_at = {}, .after = {}};
  if (json.contains("first_at_ns")) error.first_at = Nanos(json.at("first_at_ns").get<std::int64_t>());
  if (json.contains("after")) error.after = histogram_from(json.at("after"));
  return error;
}

ordered_json second_json(const SecondSample& second) {
  ordered_json json = {{"second", second.second}, {"good", second.good}, {"bad", second.bad},
                       {"sent", second.sent},     {"lost", second.lost}, {"bytes_received", second.bytes_received}};
  const auto add = [&](const char* key, const Histogram::Sparse& sparse) {
    if (!sparse.empty()) json[key] = whole(sparse).encode_base64();
  };
  add("service_time_hdr", second.service_time);
  add("response_time_hdr", second.response_time);
  add("send_lag_hdr", second.send_lag);
  return json;
}

SecondSample second_from(const ordered_json& json) {
  SecondSample second;
  second.second = json.at("second");
  second.good = json.at("good");
  second.bad = json.at("bad");
  second.sent = json.value("sent", std::uint64_t{0});
  second.lost = json.value("lost", std::uint64_t{0});
  second.bytes_received = json.value("bytes_received", std::uint64_t{0});
  const auto take = [&](const char* key, Histogram::Sparse& into) {
    if (!json.contains(key)) return;
    auto decoded = Histogram::decode_base64(json.at(key).get<std::string>());
    if (!decoded) throw std::runtime_error(decoded.error().message);
    into = decoded->drain();
  };
  take("service_time_hdr", second.service_time);
  take("response_time_hdr", second.response_time);
  take("send_lag_hdr", second.send_lag);
  return second;
}

constexpr std::array kLevels = {VerdictLevel::valid, VerdictLevel::suspect, VerdictLevel::invalid};

}  // namespace

void RequestCounts::add(const RequestCounts& other) noexcept {
  sent += other.sent;
  answered += other.answered;
  good += other.good;
  failed += other.failed;
  timed_out += other.timed_out;
  in_flight_at_end += other.in_flight_at_end;
}

std::string_view to_text(VerdictLevel level) noexcept {
  switch (level) {
    case VerdictLevel::valid:
      return "VALID";
    case VerdictLevel::suspect:
      return "SUSPECT";
    case VerdictLevel::invalid:
      return "INVALID";
  }
  return "?";
}

void Verdict::raise(VerdictLevel to, std::string reason) {
  if (to > level) level = to;
  reasons.push_back(std::move(reason));
}

Percentile percentile(const Histogram& known, const Histogram& at_least, double q) {
  using Kind = Percentile::Kind;
  const auto count = known.count() + at_least.count();
  if (count == 0 || static_cast<double>(count) * (1 - q) < 10 - 1e-9) return {};
  if (at_least.empty()) return {Kind::known, known.quantile(q)};
  Histogram all = known;
  all.merge(at_least);
  const Nanos least = all.quantile(q);
  // Were the unfinished ones to take for ever, would it still stand there?
  const auto rank = std::ceil(q * static_cast<double>(count));
  if (rank > static_cast<double>(known.count())) return {Kind::at_least, least};
  // Half a rank less: the quotient times the count must not come out above the rank.
  const Nanos most = known.quantile((rank - 0.5) / static_cast<double>(known.count()));
  return {most <= least ? Kind::known : Kind::at_least, least};
}

std::string to_json(const Measurement& measurement) {
  check(measurement.requests.balanced() && measurement.total.balanced(),
        "every request sent is answered, failed, timed out or in flight at the end");
  ordered_json json = {{"schema", kMeasurementSchema},
                       {"loop", measurement.loop},
                       {"window_ns", measurement.window.count()},
                       {"warm_up_ns", measurement.warm_up.count()},
                       {"requests", counts_json(measurement.requests)},
                       {"total", counts_json(measurement.total)},
                       {"good_in_window", measurement.good_in_window},
                       {"throughput_per_s", measurement.throughput_per_s},
                       {"bytes_received", measurement.bytes_received}};
  auto& status = json["status"] = ordered_json::object();
  for (const auto& [code, count] : measurement.status) status[std::to_string(code)] = count;
  auto& errors = json["errors"] = ordered_json::array();
  for (const auto& error : measurement.errors) errors.push_back(error_json(error));
  const auto& connections = measurement.connections;
  json["connections"] = {{"requested", connections.requested},
                         {"established", connections.established},
                         {"served", connections.served},
                         {"reconnects", connections.reconnects},
                         {"answers",
                          {{"least", connections.least_answers},
                           {"median", connections.median_answers},
                           {"most", connections.most_answers}}},
                         {"fairness", connections.fairness}};
  json["service_time"] = times_json(measurement.service_time, measurement.service_time_at_least);
  json["response_time"] = times_json(measurement.response_time, measurement.response_time_at_least);
  json["send_lag"] = times_json(measurement.send_lag);
  json["held_up"] = times_json(measurement.held_up);
  json["punctual"] = times_json(measurement.send_lag.without(measurement.held_up));
  json["first_byte_time"] = times_json(measurement.first_byte_time);
  json["connect_time"] = times_json(measurement.connect_time);
  auto& by_class = json["service_time_by_class"] = ordered_json::object();
  for (const auto& [name, histogram] : measurement.service_time_by_class) by_class[name] = times_json(histogram);
  if (!measurement.by_request.empty()) {
    auto& by_request = json["by_request"] = ordered_json::array();
    for (const auto& kind : measurement.by_request)
      by_request.push_back({{"name", kind.name},
                            {"requests", counts_json(kind.requests)},
                            {"service_time", times_json(kind.service_time)},
                            {"response_time", times_json(kind.response_time)}});
  }
  if (measurement.loop == "open")
    json["schedule"] = {{"arrivals", measurement.arrivals},
                        {"scheduled", measurement.scheduled},
                        {"never_sent", measurement.never_sent},
                        {"dropped", measurement.dropped}};
  json["transport"] = measurement.transport;
  json["cpu"] = {{"user_ns", measurement.cpu_user.count()},
                 {"system_ns", measurement.cpu_system.count()},
                 {"threads", measurement.threads}};
  auto& thread_use = json["thread_use"] = ordered_json::array();
  for (const auto& thread : measurement.thread_use)
    thread_use.push_back({{"user_ns", thread.cpu_user.count()},
                          {"system_ns", thread.cpu_system.count()},
                          {"waited_ns", thread.waited.count()},
                          {"polled_ns", thread.polled.count()}});
  json["host"] = {{"steal_ns", measurement.host.steal.count()}, {"throttled_ns", measurement.host.throttled.count()}};
  if (const auto& audit = measurement.audit)
    json["audit"] = {{"paired", audit->paired},
                     {"unpaired", audit->unpaired},
                     {"wire_time", times_json(audit->wire_time)},
                     {"send_share", times_json(audit->send_share)},
                     {"receive_share", times_json(audit->receive_share)}};
  json["verdict"] = {{"level", to_text(measurement.verdict.level)}, {"reasons", measurement.verdict.reasons}};
  auto& series = json["series"] = ordered_json::array();
  for (const auto& second : measurement.series) series.push_back(second_json(second));
  return json.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

Result<Measurement> measurement_from_json(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return fail(fmt::format("measurement document: {}", why), ExitCode::invalid_run);
  };
  try {
    const auto json = ordered_json::parse(text);
    if (json.at("schema") != kMeasurementSchema)
      return refuse(fmt::format("schema is not {}; use programs of one build", kMeasurementSchema));
    Measurement measurement;
    measurement.loop = json.at("loop");
    measurement.window = Nanos(json.at("window_ns").get<std::int64_t>());
    measurement.warm_up = Nanos(json.value("warm_up_ns", std::int64_t{0}));
    measurement.requests = counts_from(json.at("requests"));
    measurement.total = counts_from(json.at("total"));
    if (!measurement.requests.balanced() || !measurement.total.balanced())
      return refuse("sent is not answered + failed + timed_out + in_flight_at_end");
    measurement.good_in_window = json.at("good_in_window");
    measurement.throughput_per_s = json.at("throughput_per_s");
    measurement.bytes_received = json.at("bytes_received");
    for (const auto& [code, count] : json.at("status").items()) measurement.status[std::stoi(code)] = count;
    for (const auto& error : json.at("errors")) measurement.errors.push_back(error_from(error));
    const auto& connections = json.at("connections");
    measurement.connections = {.requested = connections.at("requested"),
                               .established = connections.at("established"),
                               .served = connections.at("served"),
                               .reconnects = connections.at("reconnects")};
    if (connections.contains("answers")) {
      const auto& answers = connections.at("answers");
      measurement.connections.least_answers = answers.at("least");
      measurement.connections.median_answers = answers.at("median");
      measurement.connections.most_answers = answers.at("most");
      measurement.connections.fairness = connections.at("fairness");
    }
    measurement.service_time = histogram_from(json.at("service_time"));
    measurement.service_time_at_least = at_least_from(json.at("service_time"));
    measurement.response_time = histogram_from(json.at("response_time"));
    measurement.response_time_at_least = at_least_from(json.at("response_time"));
    measurement.send_lag = histogram_from(json.at("send_lag"));
    if (json.contains("held_up")) measurement.held_up = histogram_from(json.at("held_up"));
    if (json.contains("first_byte_time")) measurement.first_byte_time = histogram_from(json.at("first_byte_time"));
    if (json.contains("connect_time")) measurement.connect_time = histogram_from(json.at("connect_time"));
    if (json.contains("service_time_by_class"))
      for (const auto& [name, times] : json.at("service_time_by_class").items())
        measurement.service_time_by_class[name] = histogram_from(times);
    if (json.contains("by_request"))
      for (const auto& kind : json.at("by_request"))
        measurement.by_request.push_back({.name = kind.at("name"),
                                          .requests = counts_from(kind.at("requests")),
                                          .service_time = histogram_from(kind.at("service_time")),
                                          .response_time = histogram_from(kind.at("response_time"))});
    if (json.contains("schedule")) {
      const auto& schedule = json.at("schedule");
      measurement.arrivals = schedule.at("arrivals");
      measurement.scheduled = schedule.at("scheduled");
      measurement.never_sent = schedule.at("never_sent");
      measurement.dropped = schedule.at("dropped");
    }
    measurement.transport = json.value("transport", measurement.transport);
    if (json.contains("thread_use"))
      for (const auto& thread : json.at("thread_use"))
        measurement.thread_use.push_back({.cpu_user = Nanos(thread.at("user_ns").get<std::int64_t>()),
                                          .cpu_system = Nanos(thread.at("system_ns").get<std::int64_t>()),
                                          .waited = Nanos(thread.at("waited_ns").get<std::int64_t>()),
                                          .polled = Nanos(thread.value("polled_ns", std::int64_t{0}))});
    if (json.contains("host")) {
      measurement.host.steal = Nanos(json.at("host").at("steal_ns").get<std::int64_t>());
      measurement.host.throttled = Nanos(json.at("host").at("throttled_ns").get<std::int64_t>());
    }
    if (json.contains("audit")) {
      const auto& audit = json.at("audit");
      measurement.audit = AuditResult{.paired = audit.at("paired"),
                                      .unpaired = audit.at("unpaired"),
                                      .wire_time = histogram_from(audit.at("wire_time")),
                                      .send_share = histogram_from(audit.at("send_share")),
                                      .receive_share = histogram_from(audit.at("receive_share"))};
    }
    measurement.cpu_user = Nanos(json.at("cpu").at("user_ns").get<std::int64_t>());
    measurement.cpu_system = Nanos(json.at("cpu").at("system_ns").get<std::int64_t>());
    measurement.threads = json.at("cpu").at("threads");
    const auto& verdict = json.at("verdict");
    for (const auto level : kLevels)
      if (verdict.at("level") == to_text(level)) measurement.verdict.level = level;
    measurement.verdict.reasons = verdict.at("reasons").get<std::vector<std::string>>();
    for (const auto& second : json.at("series")) measurement.series.push_back(second_from(second));
    return measurement;
  } catch (const std::exception& error) {  // nlohmann's and stoi's; they stop here
    return refuse(printable(error.what(), 200));
  }
}

}  // namespace hotlap::load
