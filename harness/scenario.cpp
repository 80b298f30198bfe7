#include "harness/scenario.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/did_you_mean.h"

namespace hotlap::harness {

std::string series_axis(const Scenario& scenario) {
  if (!scenario.series.empty()) return scenario.series;
  for (const char* key : {"rate", "connections"})
    for (const auto& setting : scenario.load)
      for (const auto& axis : scenario.axes)
        if (setting.key == key && setting.text == "{" + axis.name + "}") return axis.name;
  return {};
}

void drop_idle_exclusions(Scenario& scenario) {
  for (auto& exclusion : scenario.excludes)
    for (auto& [axis, values] : exclusion.conditions) {
      const auto known = scenario.values_of(axis);
      std::erase_if(values, [&](const auto& value) { return std::ranges::find(known, value) == known.end(); });
    }
  std::erase_if(scenario.excludes, [](const Exclusion& exclusion) {
    return std::ranges::any_of(exclusion.conditions, [](const auto& condition) { return condition.second.empty(); });
  });
}

Result<Scenario> with_profile(Scenario scenario, const std::string& profile) {
  std::vector<std::string> names;
  for (const auto& candidate : scenario.profiles) {
    names.push_back(candidate.name);
    if (candidate.name != profile) continue;
    if (candidate.trials) scenario.trials = *candidate.trials;
    for (const auto& setting : candidate.load) {
      std::erase_if(scenario.load, [&](const Setting& old) { return old.key == setting.key; });
      scenario.load.push_back(setting);
    }
    for (const auto& replacement : candidate.axes)
      for (auto& axis : scenario.axes)
        if (axis.name == replacement.name) axis = replacement;
    drop_idle_exclusions(scenario);
    return scenario;
  }
  return fail(fmt::format("{}: profile '{}' is unknown{}", scenario.file, profile,
                          names.empty() ? "; the scenario has none" : did_you_mean(profile, names)),
              ExitCode::bad_config);
}

}  // namespace hotlap::harness
