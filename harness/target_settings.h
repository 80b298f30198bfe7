// A case's settings of `target` as a typed spec; what cannot run is refused with the place it was written at. What
// values may be stands in scenario_keys.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/target_spec.h"

namespace hotlap::harness {

[[nodiscard]] Result<TargetSpec> target_from(const std::vector<Setting>& settings, const std::string& file);

}  // namespace hotlap::harness
