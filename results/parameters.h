// Values of a scenario's axes, and selectors over them. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hotlap::results {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // axis → value, in the scenario's order

// Does a selector, such as {depth: 24}, name this axis?
[[nodiscard]] inline bool names(const Parameters& selector, const std::string& axis) {
  return std::ranges::any_of(selector, [&](const auto& wanted) { return wanted.first == axis; });
}

// Has the case one of the selector's values for every axis that the selector names? One axis may stand in it several
// times: any of these values will do.
[[nodiscard]] inline bool selects(const Parameters& selector, const Parameters& parameters) {
  return std::ranges::all_of(selector, [&](const auto& wanted) {
    return std::ranges::any_of(parameters, [&](const auto& parameter) {
      return parameter.first == wanted.first && std::ranges::find(selector, parameter) != selector.end();
    });
  });
}

}  // namespace hotlap::results
