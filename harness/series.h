// Where a series ends. A series is the cases of one scenario that differ in one axis only, in the order of its values:
// offered rates from low to high, say. With `stop_series_at: crash` the value at which the target crashes is a result,
// and nothing is learnt from going beyond it. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan.h"
#include "results/record.h"

namespace hotlap::harness {

// Why the trial at `next` is passed over, from the trials that have run; nullopt: it is not.
[[nodiscard]] std::optional<std::string> series_ended_before(const Plan& plan,
                                                             const std::vector<results::TrialRecord>& trials,
                                                             std::size_t next);

}  // namespace hotlap::harness
