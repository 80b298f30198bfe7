#include <fmt/core.h>

#include <array>
#include <cmath>

#include "loadgen/faces/native.h"

namespace hotlap::loadgen {
namespace {

// "-" with fewer than ten samples beyond it, ">2.00 s" where unfinished requests hide it.
std::string at(const Histogram& known, const Histogram& at_least, double q) {
  using Kind = load::Percentile::Kind;
  const auto found = load::percentile(known, at_least, q);
  switch (found.kind) {
    case Kind::known:
      return format_duration(found.value);
    case Kind::at_least:
      return ">" + format_duration(found.value);
    case Kind::too_few:
      return "-";
  }
  return "?";
}

std::string row(std::string_view name, const Histogram& known, const Histogram& at_least = {}) {
  const std::string_view more = at_least.empty() ? "" : ">";  // the longest is not over
  const auto longest = std::max(known.max(), at_least.max());
  return fmt::format("  {:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", name, format_duration(known.mean()),
                     format_duration(known.standard_deviation()), at(known, at_least, 0.5), at(known, at_least, 0.9),
                     at(known, at_least, 0.99), at(known, at_least, 0.999),
                     fmt::format("{}{}", more, format_duration(longest)));
}

std::string times(const load::Measurement& m) {
  std::string text = fmt::format("\n  {:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "mean", "stdev", "p50",
                                 "p90", "p99", "p99.9", "max");
  const bool open = m.loop == "open";
  if (open) text += row("Response time", m.response_time, m.response_time_at_least);
  text += row("Service time", m.service_time, m.service_time_at_least);
  if (m.first_byte_time.mean() < m.service_time.mean()) text += row("First byte", m.first_byte_time);
  if (open) text += row("Send lag", m.send_lag);
  if (!m.held_up.empty()) text += row("  punctual", m.send_lag.without(m.held_up)) + row("  held up", m.held_up);
  if (!m.connect_time.empty()) text += row("Connect", m.connect_time);
  if (m.service_time_by_class.size() > 1)
    for (const auto& [name, histogram] : m.service_time_by_class) text += row("  " + name, histogram);
  for (const auto& kind : m.by_request)
    text += row(printable(kind.name, 12), open ? kind.response_time : kind.service_time);
  if (!m.held_up.empty())
    text += fmt::format("  {} of {} requests were held up: they waited for a connection with room\n", m.held_up.count(),
                        m.send_lag.count());
  if (const auto unfinished = m.response_time_at_least.count(); unfinished > 0)
    text += fmt::format("  {} request{} without a whole response: their times count as at least what they had waited\n",
                        unfinished, unfinished == 1 ? "" : "s");
  return text;
}

std::string audit_text(const load::AuditResult& audit) {
  return fmt::format("\n  Audit: {} requests stamped by the kernel at both ends, {} not\n", audit.paired,
                     audit.unpaired) +
         row("Wire time", audit.wire_time) + row("Send share", audit.send_share) +
         row("Receive share", audit.receive_share);
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
  const double window_s = in_seconds(measurement.window);
  std::string text = fmt::format("{} on {}\n", format_duration(measurement.window), printable(spec.url.text(), 200));
  text += fmt::format("  {} thread{}, {} connections, {} in flight on each, ", spec.threads,
                      spec.threads == 1 ? "" : "s", spec.connections, spec.pipeline_depth);
  text += spec.open_loop() ? fmt::format("open loop, {}\n", measurement.arrivals)
                           : std::string("closed loop: times are service times, coordinated omission does not apply\n");
  text += times(measurement);
  text += per_second(measurement);
  text += fmt::format("\n  {} requests sent: {} answered ({} good), {} failed, {} timed out, {} in flight at the end\n",
                      requests.sent, requests.answered, requests.good, requests.failed, requests.timed_out,
                      requests.in_flight_at_end);
  if (measurement.loop == "open" && measurement.scheduled > requests.sent)
    text += fmt::format("  {} were scheduled: {} never sent for lack of room, {} dropped by the catch-up policy\n",
                        measurement.scheduled, measurement.never_sent, measurement.dropped);
  if (!measurement.status.empty()) {
    text += "  Status";
    for (const auto& [code, count] : measurement.status) text += fmt::format("  {}: {}", code, count);
    text += '\n';
  }
  const auto& connections = measurement.connections;
  text += fmt::format(
      "  Connections: {} requested, {} established, {} served, {} reconnects; {} to {} answers each (fairness "
      "{:.2f})\n",
      connections.requested, connections.established, connections.served, connections.reconnects,
      connections.least_answers, connections.most_answers, connections.fairness);
  for (const auto& error : measurement.errors)
    text += fmt::format("  Error {}: {}; first{}: {}\n", error.kind, error.count,
                        error.first_at ? " at " + format_duration(*error.first_at) : "", error.first);
  const double cpu_ns = static_cast<double>((measurement.cpu_user + measurement.cpu_system).count());
  text += fmt::format("  Load CPU: {:.0f} % of {} thread{}", cpu_ns / (window_s * 1e7 * measurement.threads),
                      measurement.threads, measurement.threads == 1 ? "" : "s");
  if (requests.answered > 0)
    text += fmt::format(", {:.2f} us per request", cpu_ns / 1e3 / static_cast<double>(requests.answered));
  text += fmt::format(", {}", measurement.transport);
  if (measurement.audit) text += audit_text(*measurement.audit);
  text += fmt::format("\n\n  Throughput  {:>12.2f}/s good responses\n  Received    {:>12}/s\n",
                      measurement.throughput_per_s,
                      format_bytes(static_cast<double>(measurement.bytes_received) / window_s));
  text += fmt::format("  Verdict     {:>12}\n", load::to_text(measurement.verdict.level));
  for (const auto& reason : measurement.verdict.reasons) text += fmt::format("    - {}\n", reason);
  return text;
}

}  // namespace hotlap::loadgen
