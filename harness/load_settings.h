// A case's settings of `load` as a typed spec; what cannot run is refused with the place it was written at. What values
// may be stands in scenario_keys.h. Touches nothing but the requests document that they may name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

// How many operations a request should ask of the database.
struct ExpectedStoreCalls {
  double per_request = 0;
  Place place;
};
// Of `expect.store_calls`, which load_from has accepted.
[[nodiscard]] std::optional<ExpectedStoreCalls> expected_store_calls(const std::vector<Setting>& settings);
// The URL's port is still 0: it is the target's to choose.
[[nodiscard]] Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file);

}  // namespace hotlap::harness
