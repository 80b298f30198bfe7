// Are this run's numbers to be believed? Pure function from figures to a verdict whose reasons carry the figures.
// INVALID: the headline number means nothing. SUSPECT: read the reason before quoting it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/socket.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

struct ValidityLimits {
  double least_good_share = 0.9999;                     // of what was answered, failed or timed out
  double invalid_good_share = 0.5;                      // below: INVALID
  double generator_busy_share = 0.90;                   // of one thread's processor, of the busiest thread
  double waited_share = 0.02;                           // of the window that a load thread was kept from its processor
  double stolen_share = 0.01;                           // of the window, per processor: steal, throttling
  double little_tolerance = 0.10;                       // |in flight / (throughput × mean time) − 1|
  double offered_tolerance = 0.001;                     // open loop: scheduled requests that were not sent
  double few_held_up = 0.05;                            // open loop: with more, a busy thread may be what held them up
  Nanos harmless_lag = std::chrono::microseconds(100);  // open loop: send lag p99 below it is never a reason
  double lag_share = 0.10;                              // … nor below this share of the response time's p99
  double least_fairness = 0.5;                          // Jain's index over connections
  double drift = 0.05;  // throughput from the first to the last third, when the trend is significant
  std::uint64_t least_samples = 100;
  // Linux lets an acknowledgement wait 40 ms for data to travel with.
  Nanos least_acknowledgement_pause = std::chrono::milliseconds(38);
  Nanos most_acknowledgement_pause = std::chrono::milliseconds(48);
};

[[nodiscard]] load::Verdict judge(const load::Measurement& measurement, const load::LoadSpec& spec,
                                  const ValidityLimits& limits = {});

// Whether connections to it stay within this machine, by its address alone. A unix socket is none.
[[nodiscard]] bool over_loopback(const Address& target) noexcept;
// What the congestion control of connections over the loopback may have done to these figures; empty: nothing.
[[nodiscard]] std::string pacing_remark(std::string_view congestion_control, const load::Measurement& measurement);

// The probability that whole seconds without a trend rank as much in one direction as these do: Mann-Kendall,
// two-sided, normal approximation with ties. 1 for fewer than 8 values.
[[nodiscard]] double trend_probability(const std::vector<double>& values);

}  // namespace hotlap::loadgen
