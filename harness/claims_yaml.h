// The key `claims` of a scenario: what was published, as hypotheses about the scenario's cases.
// Axes that a claim names must exist, and so must values: in the scenario, in a file that it extends or in a profile.
// Error: the first complaint, with file:line:column. Source of the keys: docs/claims.md.
#pragma once

#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {

// `scenario` has its axes already; `values`: those that may be named.
[[nodiscard]] Result<std::vector<results::Claim>> read_claims(const YamlNode& node, const Scenario& scenario,
                                                              const AxisValues& values);

}  // namespace hotlap::harness
