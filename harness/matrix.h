// From axes to cases: the cross product, first axis slowest, minus the exclusions, plus the inclusions. Pure functions.
// A matrix of more cases than allowed is refused before anything is expanded.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"

namespace hotlap::harness {

inline constexpr std::size_t kMostCases = 1000;            // unless somebody allows more,
inline constexpr std::size_t kMostCasesAllowed = 100'000;  // but never more than this

[[nodiscard]] Result<std::vector<results::Parameters>> expand(const Scenario& scenario, std::size_t most = kMostCases);

// "engine=epoll page=/good"; "single" without axes.
[[nodiscard]] std::string label_of(const results::Parameters& parameters);

// Which cases to keep: for every axis named, one of its values.
// Text: "engine=epoll,pipelined,depth=24": a term without "=" is one more value of the axis before it.
struct Filter {
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions;

  [[nodiscard]] static Result<Filter> parse(const std::vector<std::string>& texts);
  [[nodiscard]] bool keeps(const results::Parameters& parameters) const;
  // The scenario whose cases are those that are kept: the others excluded, in its own words.
  [[nodiscard]] Scenario applied_to(Scenario scenario) const;
  // Error when the scenario lacks an axis that the filter names.
  [[nodiscard]] Result<void> fits(const Scenario& scenario) const;
  // Error when it names a value that none of these scenarios has.
  [[nodiscard]] Result<void> fits_any(const std::vector<Scenario>& scenarios) const;
};

}  // namespace hotlap::harness
