// From a scenario's texts to typed specs: placeholders filled in, values parsed, everything that cannot run refused
// with the place it was written at. One rule: "{axis}" anywhere in a value of target or load becomes that axis' value;
// other braces stay as they are, and {port}, {tuplestore}, {tarantool} and {postgres} are filled in when the target is
// started. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/target_spec.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

[[nodiscard]] const std::vector<std::string>& target_keys();
[[nodiscard]] const std::vector<std::string>& load_keys();
[[nodiscard]] const std::vector<std::string>& service_names();
[[nodiscard]] bool is_axis_name(std::string_view name);

// The names in braces that look like placeholders.
[[nodiscard]] std::vector<std::string> placeholders(std::string_view text);
[[nodiscard]] std::string fill_in(std::string_view text, const results::Parameters& values);

// The settings of one case. A value that is nothing but a placeholder takes over the place of the axis' value.
[[nodiscard]] Result<std::vector<Setting>> settings_of_case(const std::vector<Setting>& settings,
                                                            const Scenario& scenario,
                                                            const results::Parameters& parameters);

// The same settings and, behind them, every default that holds where nothing is given.
[[nodiscard]] std::vector<Setting> with_target_defaults(std::vector<Setting> settings);
[[nodiscard]] std::vector<Setting> with_load_defaults(std::vector<Setting> settings);
// Settings that make this spec. Processors, rate, arrivals, headers and a body to expect are left to the caller.
[[nodiscard]] std::vector<Setting> load_settings(const load::LoadSpec& spec);

[[nodiscard]] Result<TargetSpec> target_from(const std::vector<Setting>& settings, const std::string& file);
// The URL's port is still 0: it is the target's to choose.
[[nodiscard]] Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file);

}  // namespace hotlap::harness
