#include "harness/measurement_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "reports/view.h"

namespace hotlap::harness {
namespace {

using load::Measurement;
using reports::percentile_text;

std::string line(std::string_view name, std::string_view words) {
  return fmt::format("  {:<14} {}\n", name, words);
}

std::string percentiles(const Histogram& known, const Histogram& at_least = {}) {
  const auto found = reports::percentiles_of(known, at_least);
  return fmt::format("p50 {}, p90 {}, p99 {}, p99.9 {}, max {}", percentile_text(found.p50), percentile_text(found.p90),
                     percentile_text(found.p99), percentile_text(found.p99_9), percentile_text(found.max));
}

std::string counts(const load::RequestCounts& requests) {
  return fmt::format("{} sent, {} answered ({} good), {} failed, {} timed out, {} in flight at the end", requests.sent,
                     requests.answered, requests.good, requests.failed, requests.timed_out, requests.in_flight_at_end);
}

std::string connections(const Measurement& measured) {
  const auto& one = measured.connections;
  auto text = line("connections", fmt::format("{} requested, {} established, {} served, {} reconnects", one.requested,
                                              one.established, one.served, one.reconnects));
  if (one.most_answers > 0)
    text += line("fairness", fmt::format("{:.3f}; {} to {} responses on a connection, median {}", one.fairness,
                                         one.least_answers, one.most_answers, one.median_answers));
  return text;
}

std::string times(const Measurement& measured) {
  auto text = line("service time", percentiles(measured.service_time, measured.service_time_at_least));
  text += line("response time", percentiles(measured.response_time, measured.response_time_at_least));
  if (const auto open = measured.response_time_at_least.count(); open > 0)
    text += line("", fmt::format("{} of them are only known to be at least so long", open));
  if (measured.loop == "open") text += line("send lag", percentiles(measured.send_lag));
  if (!measured.held_up.empty())
    text += line("held up",
                 fmt::format("{} requests waited for a connection with room; send lag of the others {}",
                             measured.held_up.count(), percentiles(measured.send_lag.without(measured.held_up))));
  if (!measured.first_byte_time.empty()) text += line("first byte", percentiles(measured.first_byte_time));
  if (!measured.connect_time.empty()) text += line("connect", percentiles(measured.connect_time));
  for (const auto& [status_class, histogram] : measured.service_time_by_class)
    text += line("service " + printable(status_class, 10), percentiles(histogram));
  return text;
}

std::string named_requests(const Measurement& measured) {
  std::string text;
  for (const auto& one : measured.by_request) {
    // How long the unfinished ones took at least is not known by name: at least something.
    Histogram unfinished;
    if (const auto count = one.requests.timed_out + one.requests.in_flight_at_end; count > 0)
      unfinished.record(Nanos(Histogram::kLowestNs), count);
    text += line("request", fmt::format("{}: {}", printable(one.name), counts(one.requests)));
    text += line("", "service time " + percentiles(one.service_time, unfinished));
    if (measured.loop == "open") text += line("", "response time " + percentiles(one.response_time, unfinished));
  }
  return text;
}

std::string processors(const Measurement& measured, double target_cpu_ns) {
  std::string text;
  if (measured.requests.answered > 0) {
    const auto answered = static_cast<double>(measured.requests.answered);
    text += fmt::format("  CPU per request  target {}, load {:.2f} us\n",
                        target_cpu_ns > 0 ? fmt::format("{:.2f} us", target_cpu_ns / answered / 1e3) : "not measured",
                        static_cast<double>((measured.cpu_user + measured.cpu_system).count()) / answered / 1e3);
  }
  for (std::size_t i = 0; i < measured.thread_use.size(); ++i) {
    const auto& thread = measured.thread_use[i];
    text += line(
        fmt::format("load thread {}", i + 1),
        fmt::format(
            "{} user, {} system{}, {} waiting for a processor", format_duration(thread.cpu_user),
            format_duration(thread.cpu_system),
            thread.polled > Nanos::zero() ? fmt::format(" ({} of both polling)", format_duration(thread.polled)) : "",
            format_duration(thread.waited)));
  }
  if (measured.host.steal.count() > 0 || measured.host.throttled.count() > 0)
    text += line("host", fmt::format("{} stolen, {} throttled", format_duration(measured.host.steal),
                                     format_duration(measured.host.throttled)));
  return text;
}

std::string audit(const Measurement& measured) {
  if (!measured.audit) return {};
  const auto& found = *measured.audit;
  auto text = line(
      "audit", fmt::format("{} requests with both of the kernel's stamps, {} without", found.paired, found.unpaired));
  text += line("  on the wire", percentiles(found.wire_time));
  text += line("  our sending", percentiles(found.send_share));
  text += line("  our receipt", percentiles(found.receive_share));
  return text;
}

std::string seconds(const Measurement& measured) {
  const bool open = measured.loop == "open";
  const bool timed =
      std::ranges::any_of(measured.series, [](const auto& second) { return !second.service_time.empty(); });
  if (measured.series.empty()) return {};
  std::string text = fmt::format("  each second{}\n", !timed ? ""
                                                      : open ? ", with response times"
                                                             : ", with service times");
  text += fmt::format("  {:>8}{:>12}{:>10}{:>10}", "second", "good", "bad", "lost");
  text += timed ? fmt::format("{:>12}{:>12}\n", "p50", "p99") : "\n";
  for (const auto& second : measured.series) {
    text += fmt::format("  {:>8}{:>12}{:>10}{:>10}", second.second, second.good, second.bad, second.lost);
    if (timed) {
      Histogram histogram;
      histogram.add(open ? second.response_time : second.service_time);
      const auto found = reports::percentiles_of(histogram);
      text += fmt::format("{:>12}{:>12}", percentile_text(found.p50), percentile_text(found.p99));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string measurement_text(const Measurement& measured, double target_cpu_ns) {
  auto text =
      line("throughput", fmt::format("{}/s good responses, {} loop, window {}", format_count(measured.throughput_per_s),
                                     measured.loop, format_duration(measured.window)));
  if (!measured.arrivals.empty())
    text += line("schedule", fmt::format("{}: {} due, {} never sent, {} dropped", printable(measured.arrivals),
                                         measured.scheduled, measured.never_sent, measured.dropped));
  text += line("requests", counts(measured.requests));
  text += connections(measured) + times(measured) + named_requests(measured) + processors(measured, target_cpu_ns);
  text += line("transport", printable(measured.transport)) + audit(measured);
  for (const auto& error : measured.errors) {
    text += line("error", fmt::format("{} × {}: {}", error.count, printable(error.kind), printable(error.first)));
    if (error.first_at)
      text += line("", fmt::format("first {} {} the start of the window{}", format_duration(abs(*error.first_at)),
                                   error.first_at->count() < 0 ? "before" : "after",
                                   error.after.empty() ? "" : "; after " + percentiles(error.after)));
  }
  for (const auto& reason : measured.verdict.reasons)
    text += line(load::to_text(measured.verdict.level), printable(reason, 300));
  return text + seconds(measured);
}

}  // namespace hotlap::harness
