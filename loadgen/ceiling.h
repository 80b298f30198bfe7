// What the generator itself can do here: the same load, closed loop, against a null responder. A maximum found close to
// it may be the generator's and not the target's.
#pragma once

#include <functional>

#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

struct Ceiling {
  double throughput_per_s = 0;
  bool generator_was_limit = false;  // its threads were busy; otherwise it reaches at least this
  bool shared_cpus = false;          // no processor was left for the null responder: too low
};

// `response_bytes` is the target's mean response. Requests are sent with their headers but without their bodies.
[[nodiscard]] Result<Ceiling> measure_ceiling(const load::LoadSpec& spec, double response_bytes,
                                              const std::function<bool()>& stop_requested);

}  // namespace hotlap::loadgen
