// The name that somebody probably meant: for unknown keys, axes and values. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hotlap {

// Single-character insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// "; did you mean 'engine'?" when one of `known` is close enough to be a slip, else "; expected one of a, b, c".
[[nodiscard]] std::string did_you_mean(std::string_view given, const std::vector<std::string>& known);

}  // namespace hotlap
