// A plan that fits into a given time: fewer trials first, then shorter windows, never below what statistics need. Pure.
#pragma once

#include <string>

#include "base/cpu_set.h"
#include "base/error.h"
#include "harness/plan.h"

namespace hotlap::harness {

inline constexpr int kFewestTrials = 3;                            // fewer have no spread to speak of
inline constexpr Nanos kShortestWindow = std::chrono::seconds(1);  // shorter ones hold the noise of a single moment

struct BudgetedPlan {
  Plan plan;
  std::string said;  // what was cut, one sentence; empty: nothing
};

// What has fewer trials or shorter windows of its own keeps them. Error (usage): the least that it takes.
[[nodiscard]] Result<BudgetedPlan> plan_within(Plan plan, Nanos budget, const CpuSet& machine);

}  // namespace hotlap::harness
