#include "results/environment.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"

namespace hotlap::results {

std::string FactDifference::text() const {
  return fmt::format("{}: {} → {}", name, printable(one), printable(other));
}

std::vector<FactDifference> environment_differences(const Facts& one, const Facts& other) {
  std::vector<FactDifference> differences;
  for (const auto& [name, value] : one) {
    if (name.starts_with("git")) continue;
    const auto found = std::ranges::find(other, name, &Facts::value_type::first);
    if (found != other.end() && found->second != value) differences.push_back({name, value, found->second});
  }
  return differences;
}

std::string to_text(const std::vector<FactDifference>& differences) {
  std::string text;
  for (const auto& difference : differences) text += (text.empty() ? "" : "; ") + difference.text();
  return text;
}

}  // namespace hotlap::results
