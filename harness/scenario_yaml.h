// Scenario files: YAML in, Scenario out, and back again for the record of what ran.
// Strict: unknown and duplicate keys, wrong types, bare numbers where a unit is due and names that do not exist are
// refused with file:line:column. The keys are described in scenarios/quick.yaml.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "harness/scenario.h"

namespace hotlap::harness {

[[nodiscard]] Result<Scenario> load_scenario(const std::string& path);
[[nodiscard]] Result<Scenario> scenario_from_yaml(std::string_view bytes, const std::string& file);
// Everything that shapes the measurement; scenario_from_yaml reads it back. Of a plan's scenario that is what ran: with
// defaults, profile and filter. Ratios of cases that they took away are left out.
[[nodiscard]] std::string to_yaml(const Scenario& scenario);

}  // namespace hotlap::harness
