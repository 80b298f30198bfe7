#include "base/did_you_mean.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hotlap {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment table.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t column = 0; column <= b.size(); ++column) last[column] = column;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestGuess = 64;
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const auto& name : known) {
    if (given.size() > kLongestGuess) break;
    const auto distance = edit_distance(given, name);
    const auto allowed = std::max<std::size_t>(1, std::max(given.size(), name.size()) / 3);
    if (distance > allowed || (best && distance >= best_distance)) continue;
    best = &name;
    best_distance = distance;
  }
  if (best) return fmt::format("; did you mean '{}'?", *best);
  if (known.empty()) return {};
  return fmt::format("; expected {}{}", known.size() > 1 ? "one of " : "", fmt::to_string(fmt::join(known, ", ")));
}

}  // namespace hotlap
