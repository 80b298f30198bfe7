#include <fmt/core.h>

#include <array>

#include "loadgen/faces/output.h"

namespace hotlap::loadgen {
namespace {

using Kind = load::Percentile::Kind;

constexpr std::array<std::string_view, 5> kNames = {"p50", "p90", "p99", "p99_9", "max"};
constexpr std::array kQuantiles = {0.5, 0.9, 0.99, 0.999};

// What is known of the five figures, or what they are at least.
std::string cells(const Histogram& known, const Histogram& at_least, Kind wanted) {
  std::string text;
  for (const double q : kQuantiles) {
    const auto found = load::percentile(known, at_least, q);
    text += found.kind == wanted ? fmt::format(",{}", found.value.count()) : ",";
  }
  const bool any = !known.empty() || !at_least.empty();
  const auto kind = at_least.empty() ? Kind::known : Kind::at_least;
  const auto longest = std::max(known.max(), at_least.max());
  return text + (any && kind == wanted ? fmt::format(",{}", longest.count()) : ",");
}

struct Times {
  const Histogram& service;
  const Histogram& response;
  const Histogram& send_lag;
  const Histogram& service_at_least;
  const Histogram& response_at_least;
};

std::string row(std::string_view name, const load::SecondSample& counts, const Times& times) {
  return fmt::format("{},{},{},{},{},{}", name, counts.good, counts.bad, counts.sent, counts.lost,
                     counts.bytes_received) +
         cells(times.service, times.service_at_least, Kind::known) +
         cells(times.response, times.response_at_least, Kind::known) + cells(times.send_lag, {}, Kind::known) +
         cells(times.service, times.service_at_least, Kind::at_least) +
         cells(times.response, times.response_at_least, Kind::at_least) + "\r\n";
}

}  // namespace

std::string csv_output(const load::Measurement& measurement) {
  std::string text = "second,good,bad,sent,lost,bytes_received";
  for (const auto* what : {"service_time", "response_time", "send_lag"})
    for (const auto name : kNames) text += fmt::format(",{}_{}_ns", what, name);
  for (const auto* what : {"service_time", "response_time"})
    for (const auto name : kNames) text += fmt::format(",{}_{}_at_least_ns", what, name);
  text += "\r\n";
  load::SecondSample sum;
  const Histogram none;
  for (const auto& second : measurement.series) {
    sum.good += second.good;
    sum.bad += second.bad;
    sum.sent += second.sent;
    sum.lost += second.lost;
    sum.bytes_received += second.bytes_received;
    Histogram service, response, send_lag;
    service.add(second.service_time);
    response.add(measurement.loop == "open" ? second.response_time : second.service_time);
    send_lag.add(second.send_lag);
    text += row(fmt::format("{}", second.second), second, {service, response, send_lag, none, none});
  }
  return text + row("total", sum,
                    {measurement.service_time, measurement.response_time, measurement.send_lag,
                     measurement.service_time_at_least, measurement.response_time_at_least});
}

}  // namespace hotlap::loadgen
