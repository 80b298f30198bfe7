// Are this run's numbers to be believed? Pure function from figures to a verdict whose reasons carry the figures.
// INVALID: the headline number means nothing. SUSPECT: read the reason before quoting it.
#pragma once

#include <cstdint>

#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

struct ValidityLimits {
  double least_good_share = 0.9999;    // of what was answered, failed or timed out
  double generator_busy_share = 0.90;  // of one thread's core
  double little_tolerance = 0.10;      // |in flight / (throughput × mean time) − 1|
  double offered_tolerance = 0.01;     // open loop: scheduled requests that were never sent
  std::uint64_t least_samples = 100;
};

[[nodiscard]] load::Verdict judge(const load::Measurement& measurement, const load::LoadSpec& spec,
                                  const ValidityLimits& limits = {});

}  // namespace hotlap::loadgen
