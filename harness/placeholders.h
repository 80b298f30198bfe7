// "{name}" in a scenario's values. One rule: "{axis}" anywhere in a value of target or load becomes that axis' value;
// other braces stay as they are, and {port}, {source} and the like and the names of services are filled in when the
// target is started. (Vars were filled in before: scenario_layers.h.) Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results/parameters.h"

namespace hotlap::harness {

// What is filled in when a target is started, besides services: port, socket, ready_fd, source, work_dir, here.
[[nodiscard]] const std::vector<std::string>& place_names();
// Names that stand for something else wherever "{name}" may be written.
[[nodiscard]] const std::vector<std::string>& reserved_names();
[[nodiscard]] bool is_axis_name(std::string_view name);

// The names in braces that look like placeholders.
[[nodiscard]] std::vector<std::string> placeholders(std::string_view text);
[[nodiscard]] std::string fill_in(std::string_view text, const results::Parameters& values);
// Whether what fill_in makes of it stays within `most` bytes: placeholders of long values could otherwise make much of
// little. May say no for texts a little below.
[[nodiscard]] bool stays_within(std::size_t most, std::string_view text, const results::Parameters& values);

}  // namespace hotlap::harness
