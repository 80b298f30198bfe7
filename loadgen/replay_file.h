// The times of a recorded schedule, from a file: one per line, from the start of the window, never falling; a bare
// number is in seconds, or a duration has its unit. Only what stands before the first comma of a line is read, so that
// a CSV file whose first column holds the times will do. Blank lines, and lines that begin with #, are skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace hotlap::loadgen {

// Errors (ExitCode::bad_config) begin with the file's name and the line. A file without any time is refused.
[[nodiscard]] Result<std::vector<Nanos>> read_replay(const std::string& path);
[[nodiscard]] Result<std::vector<Nanos>> parse_replay(std::string_view text, std::string_view name);

}  // namespace hotlap::loadgen
