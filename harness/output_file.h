// Files that a person asked for by name: written whole, or an error that names the file (store_failed).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap::harness {

[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view content);
// "trials.csv" → "trials-cases.csv": where the second table of a CSV report goes. Pure.
[[nodiscard]] std::string cases_path(const std::string& path);

}  // namespace hotlap::harness
