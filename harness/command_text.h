// Argument lists as people write them: split at blanks, quotes keep blanks, no shell and no expansion. Pure functions;
// split_command(command_text(list)) == list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::harness {

// 'a "b c"' → a, b c. Single quotes keep everything; in double quotes and outside, a backslash keeps the next
// character.
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view text);
// As a POSIX shell would need it typed.
[[nodiscard]] std::string command_text(const std::vector<std::string>& arguments);

}  // namespace hotlap::harness
