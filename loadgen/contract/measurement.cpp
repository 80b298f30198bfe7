#include "loadgen/contract/measurement.h"

#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>

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

ordered_json histogram_json(const Histogram& histogram) {
  const auto at = [&](double q) { return histogram.quantile(q).count(); };
  return {{"count", histogram.count()},
          {"min_ns", histogram.min().count()},
          {"p50_ns", at(0.5)},
          {"p90_ns", at(0.9)},
          {"p99_ns", at(0.99)},
          {"p99_9_ns", at(0.999)},
          {"max_ns", histogram.max().count()},
          {"mean_ns", histogram.mean().count()},
          {"hdr", histogram.encode_base64()}};
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

std::string to_json(const Measurement& measurement) {
  check(measurement.requests.balanced() && measurement.total.balanced(),
        "every request sent is answered, failed, timed out or in flight at the end");
  ordered_json json = {{"schema", kMeasurementSchema},
                       {"loop", measurement.loop},
                       {"window_ns", measurement.window.count()},
                       {"requests", counts_json(measurement.requests)},
                       {"total", counts_json(measurement.total)},
                       {"good_in_window", measurement.good_in_window},
                       {"throughput_per_s", measurement.throughput_per_s},
                       {"bytes_received", measurement.bytes_received}};
  auto& status = json["status"] = ordered_json::object();
  for (const auto& [code, count] : measurement.status) status[std::to_string(code)] = count;
  auto& errors = json["errors"] = ordered_json::array();
  for (const auto& error : measurement.errors)
    errors.push_back({{"kind", error.kind}, {"count", error.count}, {"first", error.first}});
  json["connections"] = {{"requested", measurement.connections.requested},
                         {"established", measurement.connections.established},
                         {"served", measurement.connections.served},
                         {"reconnects", measurement.connections.reconnects}};
  json["service_time"] = histogram_json(measurement.service_time);
  json["response_time"] = histogram_json(measurement.response_time);
  json["send_lag"] = histogram_json(measurement.send_lag);
  json["cpu"] = {{"user_ns", measurement.cpu_user.count()},
                 {"system_ns", measurement.cpu_system.count()},
                 {"threads", measurement.threads}};
  json["verdict"] = {{"level", to_text(measurement.verdict.level)}, {"reasons", measurement.verdict.reasons}};
  auto& series = json["series"] = ordered_json::array();
  for (const auto& second : measurement.series)
    series.push_back({{"second", second.second}, {"good", second.good}, {"bad", second.bad}});
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
    measurement.requests = counts_from(json.at("requests"));
    measurement.total = counts_from(json.at("total"));
    if (!measurement.requests.balanced() || !measurement.total.balanced())
      return refuse("sent is not answered + failed + timed_out + in_flight_at_end");
    measurement.good_in_window = json.at("good_in_window");
    measurement.throughput_per_s = json.at("throughput_per_s");
    measurement.bytes_received = json.at("bytes_received");
    for (const auto& [code, count] : json.at("status").items()) measurement.status[std::stoi(code)] = count;
    for (const auto& error : json.at("errors"))
      measurement.errors.push_back({error.at("kind"), error.at("count"), error.at("first")});
    const auto& connections = json.at("connections");
    measurement.connections = {connections.at("requested"), connections.at("established"), connections.at("served"),
                               connections.at("reconnects")};
    for (const auto& [key, into] :
         {std::pair("service_time", &measurement.service_time), std::pair("response_time", &measurement.response_time),
          std::pair("send_lag", &measurement.send_lag)}) {
      auto decoded = Histogram::decode_base64(json.at(key).at("hdr").get<std::string>());
      if (!decoded) return refuse(decoded.error().message);
      *into = std::move(*decoded);
    }
    measurement.cpu_user = Nanos(json.at("cpu").at("user_ns").get<std::int64_t>());
    measurement.cpu_system = Nanos(json.at("cpu").at("system_ns").get<std::int64_t>());
    measurement.threads = json.at("cpu").at("threads");
    const auto& verdict = json.at("verdict");
    for (const auto level : kLevels)
      if (verdict.at("level") == to_text(level)) measurement.verdict.level = level;
    measurement.verdict.reasons = verdict.at("reasons").get<std::vector<std::string>>();
    for (const auto& second : json.at("series"))
      measurement.series.push_back({second.at("second"), second.at("good"), second.at("bad")});
    return measurement;
  } catch (const std::exception& error) {  // nlohmann's and stoi's; they stop here
    return refuse(printable(error.what(), 200));
  }
}

}  // namespace hotlap::load
