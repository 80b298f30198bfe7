#include "harness/setting_reader.h"

#include <algorithm>
#include <filesystem>

namespace hotlap::harness {

bool is_token(std::string_view text) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOther.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

Result<std::string> file_beside(const std::string& scenario_file, const std::string& text) {
  const auto path = (std::filesystem::path(scenario_file).parent_path() / text).lexically_normal();
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return path.string();
  return fail(fmt::format("there is no file {}; it is looked for beside the scenario", printable(path.string())));
}

}  // namespace hotlap::harness
