// SHA-256, so that like is compared with like: scenarios, environments, programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hotlap::results {

[[nodiscard]] std::string sha256_hex(std::string_view bytes);
// Of a file's bytes; nullopt when it cannot be read.
[[nodiscard]] std::optional<std::string> sha256_of_file(const std::string& path);

}  // namespace hotlap::results
