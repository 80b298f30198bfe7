#include "harness/scenario.h"

#include <fmt/core.h>

#include "harness/did_you_mean.h"

namespace hotlap::harness {

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
    return scenario;
  }
  return fail(fmt::format("{}: profile '{}' is unknown{}", scenario.file, profile,
                          names.empty() ? "; the scenario has none" : did_you_mean(profile, names)),
              ExitCode::bad_config);
}

}  // namespace hotlap::harness
