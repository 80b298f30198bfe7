// Scenario files: YAML in, Scenario out, and back again for the record of what ran.
// Strict: unknown and duplicate keys, wrong types, bare numbers where a unit is due and names that do not exist are
// refused with file:line:column. The keys stand in scenario_keys.cpp and, for people, in docs/scenarios.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/scenario_layers.h"

namespace hotlap::harness {

// What the command line changes before the file is read.
struct ScenarioChoices {
  std::string profile;            // empty: the scenario as it stands
  std::vector<std::string> sets;  // "load.duration=5s", over the profile
};

[[nodiscard]] Result<Scenario> load_scenario(const std::string& path, const ScenarioChoices& choices = {});
// `read` opens the files that it extends. The scenario without its choices is read too, and with each of its profiles:
// it is right or wrong as a whole.
[[nodiscard]] Result<Scenario> scenario_from_yaml(std::string_view bytes, const std::string& file,
                                                  const ScenarioChoices& choices = {},
                                                  const ReadFile& read = read_scenario_file);
// Everything that shapes the measurement; scenario_from_yaml reads it back. Of a plan's scenario that is what ran: with
// defaults, files that it extends, vars, profile, --set and filter. Ratios of cases that they took away are left out.
[[nodiscard]] std::string to_yaml(const Scenario& scenario);

}  // namespace hotlap::harness
