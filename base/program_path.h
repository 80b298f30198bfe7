// Where programs stand.
#pragma once

#include <optional>
#include <string>

namespace hotlap {

// Where a program of this name stands: as given if it holds a slash, else the first hit in PATH.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);
// The folder this very program stands in, so that its sisters are found beside it.
[[nodiscard]] std::string own_directory();

}  // namespace hotlap
