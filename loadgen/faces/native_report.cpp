#include <fmt/core.h>

#include <array>
#include <cmath>

#include "loadgen/faces/native.h"

namespace hotlap::loadgen {
namespace {

// A percentile stands only where at least ten samples lie beyond it.
std::string at(const Histogram& histogram, double q) {
  const bool enough = static_cast<double>(histogram.count()) * (1 - q) >= 10 - 1e-9;
  return enough ? format_duration(histogram.quantile(q)) : "-";
}

std::string row(std::string_view name, const Histogram& histogram) {
  return fmt::format("  {:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", name, format_duration(histogram.mean()),
                     format_duration(histogram.standard_deviation()), at(histogram, 0.5), at(histogram, 0.9),
                     at(histogram, 0.99), at(histogram, 0.999), format_duration(histogram.max()));
}

std::string per_second(const load::Measurement& measurement) {
  if (measurement.series.size() < 2) return {};
  double low = 0, high = 0, sum = 0, squares = 0;
  int whole_seconds = 0;
  for (const auto& second : measurement.series) {
    if (std::chrono::seconds(second.second + 1) > measurement.window) continue;  // the last one is not whole
    const auto good = static_cast<double>(second.good);
    low = whole_seconds == 0 ? good : std::min(low, good);
    high = std::max(high, good);
    sum += good;
    squares += good * good;
    ++whole_seconds;
  }
  if (whole_seconds < 2) return {};
  const double mean = sum / whole_seconds;
  const double deviation = std::sqrt(std::max(0.0, squares / whole_seconds - mean * mean));
  return fmt::format("  {:<14}{}/s to {}/s, standard deviation {}\n", "Per second", format_count(low),
                     format_count(high), format_count(deviation));
}

}  // namespace

std::string native_report(const load::LoadSpec& spec, const load::Measurement& measurement) {
  const auto& requests = measurement.requests;
  const double window_s = static_cast<double>(measurement.window.count()) / 1e9;
  std::string text = fmt::format("{} on {}\n", format_duration(measurement.window), printable(spec.url.text(), 200));
  text += fmt::format("  {} thread{}, {} connections, {} in flight on each, ", spec.threads,
                      spec.threads == 1 ? "" : "s", spec.connections, spec.pipeline_depth);
  text += spec.open_loop() ? fmt::format("open loop, {}\n", measurement.arrivals)
                           : std::string("closed loop: times are service times, coordinated omission does not apply\n");
  text += fmt::format("\n  {:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "mean", "stdev", "p50", "p90",
                      "p99", "p99.9", "max");
  if (spec.open_loop()) {
    text += row("Response time", measurement.response_time);
    text += row("Service time", measurement.service_time);
    text += row("Send lag", measurement.send_lag);
  } else {
    text += row("Service time", measurement.service_time);
  }
  text += per_second(measurement);
  text += fmt::format("\n  {} requests sent: {} answered ({} good), {} failed, {} timed out, {} in flight at the end\n",
                      requests.sent, requests.answered, requests.good, requests.failed, requests.timed_out,
                      requests.in_flight_at_end);
  if (!measurement.status.empty()) {
    text += "  Status";
    for (const auto& [code, count] : measurement.status) text += fmt::format("  {}: {}", code, count);
    text += '\n';
  }
  const auto& connections = measurement.connections;
  text += fmt::format("  Connections: {} requested, {} established, {} served, {} reconnects\n", connections.requested,
                      connections.established, connections.served, connections.reconnects);
  for (const auto& error : measurement.errors)
    text += fmt::format("  Error {}: {}; first: {}\n", error.kind, error.count, error.first);
  const double cpu_ns = static_cast<double>((measurement.cpu_user + measurement.cpu_system).count());
  text += fmt::format("  Load CPU: {:.0f} % of {} thread{}", cpu_ns / (window_s * 1e7 * measurement.threads),
                      measurement.threads, measurement.threads == 1 ? "" : "s");
  if (requests.answered > 0)
    text += fmt::format(", {:.2f} us per request", cpu_ns / 1e3 / static_cast<double>(requests.answered));
  text += fmt::format("\n\n  Throughput  {:>12.2f}/s good responses\n  Received    {:>12}/s\n",
                      measurement.throughput_per_s,
                      format_bytes(static_cast<double>(measurement.bytes_received) / window_s));
  text += fmt::format("  Verdict     {:>12}\n", load::to_text(measurement.verdict.level));
  for (const auto& reason : measurement.verdict.reasons) text += fmt::format("    - {}\n", reason);
  return text;
}

}  // namespace hotlap::loadgen
