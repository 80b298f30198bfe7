// How small an effect the trials of a plan will be able to see, told before they are run: between two of its cases, or
// between this session and another like it. From the spread of earlier trials of the same case, where the database has
// some, else from an assumption that is told as one. Source: docs/method.md, "Power". Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/plan.h"
#include "results/store.h"

namespace hotlap::harness {

inline constexpr double kAssumedSpread = 0.02;  // of throughput from trial to trial, as a share

struct CaseSpread {
  double spread = kAssumedSpread;  // standard deviation of the logarithm of throughput within a session
  int trials = 0;                  // that it comes from; 0: assumed
};

// Of earlier trials of one case: those of its window, each session about its own mean.
[[nodiscard]] CaseSpread spread_of(Nanos window, const std::vector<results::Store::CaseThroughput>& earlier);

// The share of slow-down that would show with 95 % probability; none: one trial has no spread.
[[nodiscard]] std::optional<double> smallest_effect(const CaseSpread& spread, int trials);

// Lines for `hotlap plan`; cases that come to the same are told together. `spreads` is of the plan's cases.
[[nodiscard]] std::string effect_text(const Plan& plan, const std::vector<CaseSpread>& spreads);

}  // namespace hotlap::harness
