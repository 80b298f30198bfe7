#include "loadgen/validity.h"

#include <fmt/core.h>

#include <cmath>

namespace hotlap::loadgen {
namespace {

double seconds(Nanos time) {
  return static_cast<double>(time.count()) / 1e9;
}

}  // namespace

load::Verdict judge(const load::Measurement& measurement, const load::LoadSpec& spec, const ValidityLimits& limits) {
  using load::VerdictLevel;
  load::Verdict verdict;
  const auto& requests = measurement.requests;
  const auto& connections = measurement.connections;
  const auto settled = requests.answered + requests.failed + requests.timed_out + requests.in_flight_at_end;

  if (requests.good == 0 || measurement.good_in_window == 0) {
    verdict.raise(VerdictLevel::invalid, fmt::format("no good response in the window ({} sent, {} answered)",
                                                     requests.sent, requests.answered));
    return verdict;
  }
  if (const auto bad = settled - requests.good; bad > 0) {
    const double share = static_cast<double>(requests.good) / static_cast<double>(settled);
    const auto reason =
        fmt::format("{} of {} requests were not answered as expected ({:.3g} %)", bad, settled, 100 * (1 - share));
    verdict.raise(share < 0.5                       ? VerdictLevel::invalid
                  : share < limits.least_good_share ? VerdictLevel::suspect
                                                    : VerdictLevel::valid,
                  reason);
  }
  if (connections.established < connections.requested)
    verdict.raise(VerdictLevel::suspect, fmt::format("only {} of {} connections were established",
                                                     connections.established, connections.requested));
  if (connections.served < connections.established)
    verdict.raise(VerdictLevel::suspect,
                  fmt::format("{} of {} connections were never answered in the window",
                              connections.established - connections.served, connections.established));
  const double busy =
      seconds(measurement.cpu_user + measurement.cpu_system) / (seconds(measurement.window) * measurement.threads);
  if (busy > limits.generator_busy_share)
    verdict.raise(VerdictLevel::suspect,
                  fmt::format("the load threads were busy {:.0f} % of the time: the target may be faster than this; "
                              "give the load more threads and processors",
                              100 * busy));
  // Where connections come and go, the time to connect belongs to no request, and the law says nothing about it.
  if (!spec.rate && requests.answered == settled && connections.reconnects == 0) {
    const double in_flight = static_cast<double>(connections.established) * spec.pipeline_depth;
    const double by_littles_law = measurement.throughput_per_s * seconds(measurement.service_time.mean());
    if (std::abs(by_littles_law / in_flight - 1) > limits.little_tolerance && requests.good == requests.answered)
      verdict.raise(VerdictLevel::suspect,
                    fmt::format("throughput × mean service time is {:.1f}, but {:.0f} requests were kept in flight "
                                "(Little's law)",
                                by_littles_law, in_flight));
  }
  if (spec.rate) {
    const auto never_sent = measurement.never_sent;
    const auto due = measurement.scheduled;
    if (static_cast<double>(never_sent) > limits.offered_tolerance * static_cast<double>(due)) {
      const double needed = spec.rate->peak().per_second * seconds(measurement.service_time.mean());
      verdict.raise(VerdictLevel::suspect,
                    fmt::format("{} of {} scheduled requests were never sent: limited by connections; {:.0f} in flight "
                                "would be needed on average, {} fit",
                                never_sent, due, std::ceil(needed),
                                static_cast<std::int64_t>(spec.connections) * spec.pipeline_depth));
    }
  }
  if (requests.answered < limits.least_samples)
    verdict.raise(VerdictLevel::suspect, fmt::format("only {} responses: too few for percentiles", requests.answered));
  return verdict;
}

}  // namespace hotlap::loadgen
