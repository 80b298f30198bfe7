// What one measurement says, as indented lines for people: everything that `hotlap show SESSION:TRIAL` knows about it.
// A percentile that unfinished requests leave open reads ">2.00 s", one that too few values stand behind "-". Pure;
// foreign text is made printable.
#pragma once

#include <string>

#include "loadgen/contract/measurement.h"

namespace hotlap::harness {

// `target_cpu_ns` of the target's processes in the window; 0: not measured.
[[nodiscard]] std::string measurement_text(const load::Measurement& measurement, double target_cpu_ns);

}  // namespace hotlap::harness
