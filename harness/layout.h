// Which processors each side runs on, and whether that is further apart than two threads of one core: siblings share
// its execution units and caches, so each slows the other down although no processor is shared. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/cpu_set.h"
#include "harness/plan.h"

namespace hotlap::harness {

// `cores`: the machine's processors, those of one core together; empty: not known.
// A line for the machine, and one for each way in which cases share it out.
[[nodiscard]] std::string layout_text(const Plan& plan, const CpuSet& machine, const std::vector<CpuSet>& cores);

// Load and target, or load and front, on one core; with the remedy. Empty: no case has that.
[[nodiscard]] std::string siblings_warning(const std::vector<PlannedCase>& cases, const std::vector<CpuSet>& cores);

}  // namespace hotlap::harness
