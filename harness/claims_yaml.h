// The key `claims` of a scenario: what was published, as hypotheses about the scenario's cases.
// Axes and values that a claim names must exist, in the scenario or in one of its profiles. Error: the first complaint,
// with file:line:column. Source of the keys: docs/claims.md.
#pragma once

#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {

// `scenario` has its axes, inclusions and profiles already.
[[nodiscard]] Result<std::vector<results::Claim>> read_claims(const YamlNode& node, const Scenario& scenario);

}  // namespace hotlap::harness
