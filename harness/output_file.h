// Files that a person asked for by name: written whole, or an error that names the file (store_failed).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap::harness {

// Before what takes long: a file can be made there later. An empty path is none and fine. Error: store_failed.
[[nodiscard]] Result<void> require_folder_of(const std::string& path);
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view content);
// "trials.csv" and "cases" → "trials-cases.csv": where a further table of a CSV report goes. Pure.
[[nodiscard]] std::string table_path(const std::string& path, std::string_view table);

}  // namespace hotlap::harness
