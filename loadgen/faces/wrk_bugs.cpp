#include "loadgen/faces/wrk_bugs.h"

#include <algorithm>

namespace hotlap::loadgen::wrk {
namespace {

// What was recorded after wrk2's calibration, in whole seconds; everything, when the run ended before.
Samples after_calibration(const Command& command, const load::Measurement& measurement, const Histogram& whole,
                          Histogram::Sparse load::SecondSample::* times) {
  const auto calibration =
      std::chrono::seconds(10) + std::chrono::milliseconds(5) * (command.spec.connections / command.spec.threads);
  if (measurement.window <= calibration) return Samples::microseconds(whole);
  Histogram later;
  for (const auto& second : measurement.series)
    if (std::chrono::seconds(second.second) >= calibration) later.add(second.*times);
  return Samples::microseconds(later);
}

Outcome wrk2_outcome(const Command& command, const load::Measurement& measurement, std::uint64_t batch,
                     Outcome outcome) {
  outcome.latency =
      after_calibration(command, measurement, measurement.response_time, &load::SecondSample::response_time);
  outcome.uncorrected =
      after_calibration(command, measurement, measurement.service_time, &load::SecondSample::service_time);
  if (command.batch_latency) {
    outcome.latency = per_batch(outcome.latency, batch);
    outcome.uncorrected = per_batch(outcome.uncorrected, batch);
  }
  // Rates are only sampled once the calibration is over.
  if (measurement.window <= std::chrono::seconds(10)) outcome.rate = {};
  return outcome;
}

Outcome wrk_outcome(const Command& command, const load::Measurement& measurement, std::uint64_t batch,
                    Outcome outcome) {
  const auto timeout_us = static_cast<std::uint64_t>(command.spec.timeout / std::chrono::microseconds(1));
  auto recorded = per_batch(Samples::microseconds(measurement.service_time), batch).rising();
  std::erase_if(recorded, [&](const Sample& sample) { return sample.value > timeout_us; });
  const auto gap_us =
      correction_gap_us(outcome.duration_us, outcome.requests, static_cast<std::uint64_t>(command.spec.connections));
  outcome.latency = corrected(Samples(std::move(recorded)), gap_us);
  outcome.wrk_percentiles = true;
  return outcome;
}

}  // namespace

Outcome outcome_with_bugs(const Command& command, const load::Measurement& measurement, int pipeline_depth) {
  const auto batch = static_cast<std::uint64_t>(std::max(1, pipeline_depth));
  auto outcome = outcome_of(command, measurement);
  if (command.dialect == Dialect::wrk2) return wrk2_outcome(command, measurement, batch, std::move(outcome));
  return wrk_outcome(command, measurement, batch, std::move(outcome));
}

Samples per_batch(const Samples& per_request, std::uint64_t batch) {
  std::vector<Sample> samples;
  std::uint64_t requests = 0, batches = 0;
  for (const auto& [value, count] : per_request.rising()) {
    requests += count;
    samples.push_back({value, requests / batch - batches});
    batches = requests / batch;
  }
  return Samples(std::move(samples));
}

Samples corrected(const Samples& samples, std::uint64_t gap_us) {
  if (gap_us == 0 || samples.max() < 2 * gap_us) return samples;
  // Dense, because what is invented seldom falls on what is there. `invented[v]` must not be corrected again.
  std::vector<std::uint64_t> invented(samples.max() + 1);
  for (const auto& [value, count] : samples.rising()) {
    if (value < 2 * gap_us) continue;
    for (auto lower = value - gap_us; lower > gap_us; lower -= gap_us) invented[lower] += count;
  }
  auto all = samples.rising();
  for (std::uint64_t value = 0; value < invented.size(); ++value)
    if (invented[value] > 0) all.push_back({value, invented[value]});
  return Samples(std::move(all));
}

std::uint64_t correction_gap_us(std::uint64_t duration_us, std::uint64_t requests, std::uint64_t connections) {
  const auto each = connections > 0 ? requests / connections : 0;
  return each > 0 ? duration_us / each : 0;
}

}  // namespace hotlap::loadgen::wrk
