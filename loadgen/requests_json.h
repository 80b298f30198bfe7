// The requests document of --requests: several requests, the values of their placeholders, and what makes responses
// good, as JSON (docs/requests.md has the grammar). Read strictly: an unknown or duplicate key, a wrong type or a range
// without anything in it is refused with the key's path. Errors end in ExitCode::bad_config.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

// Fills requests, order, values and keep_cookies of `spec`. `file` names the document in messages, and the files that
// it mentions lie beside it.
[[nodiscard]] Result<void> read_requests(std::string_view json, const std::string& file, load::LoadSpec& spec);

// The bytes of a regular file, at most 256 MiB of them. Error: it cannot be read, is larger or is none.
[[nodiscard]] Result<std::string> read_request_file(const std::string& path);

}  // namespace hotlap::loadgen
