// A session's plan out of the store alone, so that it can go on after any death: the scenarios as they ran, the seed,
// and the same steps that made the plan at first. The result is compared with the trials that the store holds. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/cpu_set.h"
#include "base/error.h"
#include "harness/plan.h"
#include "results/record.h"

namespace hotlap::harness {

// `machine`: the processors to share out. Error (bad_config) when this hotlap no longer makes the same plan of it.
[[nodiscard]] Result<Plan> plan_of_session(const results::SessionRecord& session, const CpuSet& machine);

// The first case or trial in which the plan is not the session's; nullopt: they are the same.
[[nodiscard]] std::optional<std::string> plan_difference(const Plan& plan, const results::SessionRecord& session);

}  // namespace hotlap::harness
