#include "loadgen/faces/wrk_outcome.h"

#include <string_view>

namespace hotlap::loadgen::wrk {
namespace {

SocketErrors errors_of(const load::Measurement& measurement) {
  SocketErrors errors;
  for (const auto& error : measurement.errors) {
    const std::string_view kind = error.kind;
    if (kind.starts_with("connect") || kind == "no_free_port")
      errors.connect += error.count;
    else if (kind.starts_with("write"))
      errors.write += error.count;
    else if (kind.starts_with("eof") || kind.starts_with("read") || kind == "reset" || kind == "parse" ||
             kind == "unexpected_response")
      errors.read += error.count;
  }
  for (const auto& [code, count] : measurement.status)
    if (code > 399) errors.status += count;
  errors.timeout = measurement.requests.timed_out;
  return errors;
}

// Per thread the mean of the threads: the threads' own seconds are not kept apart.
Samples rates_of(const load::Measurement& measurement) {
  const auto threads = static_cast<std::uint64_t>(std::max(1, measurement.threads));
  std::vector<Sample> samples;
  for (const auto& second : measurement.series)
    if (std::chrono::seconds(second.second + 1) <= measurement.window)
      samples.push_back({(second.good + second.bad) / threads, 1});
  const double window_s = in_seconds(measurement.window);
  if (samples.empty() && measurement.requests.answered > 0 && window_s > 0)
    samples.push_back(
        {static_cast<std::uint64_t>(static_cast<double>(measurement.requests.answered) / window_s) / threads, 1});
  return Samples(std::move(samples));
}

Samples with_unanswered(Histogram known, const Histogram& at_least) {
  known.merge(at_least);
  return Samples::microseconds(known);
}

}  // namespace

Outcome outcome_of(const Command& command, const load::Measurement& measurement) {
  Outcome outcome{
      .duration_us = static_cast<std::uint64_t>(measurement.window.count() / 1000),
      .requests = measurement.requests.answered,
      .bytes = measurement.bytes_received,
      .errors = errors_of(measurement),
      .rate = rates_of(measurement),
  };
  auto service = with_unanswered(measurement.service_time, measurement.service_time_at_least);
  if (command.dialect == Dialect::wrk) {
    outcome.latency = std::move(service);
  } else {
    outcome.latency = with_unanswered(measurement.response_time, measurement.response_time_at_least);
    outcome.uncorrected = std::move(service);
  }
  return outcome;
}

}  // namespace hotlap::loadgen::wrk
