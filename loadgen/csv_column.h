// One column of a CSV text (RFC 4180; LF alone ends a line too): its first line names the columns, every other gives
// one value. Pure; errors name the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::loadgen {

[[nodiscard]] Result<std::vector<std::string>> csv_column(std::string_view text, std::string_view column);

}  // namespace hotlap::loadgen
