#include "harness/validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/units.h"
#include "harness/complaints.h"
#include "harness/plan.h"
#include "harness/store_calls.h"

namespace hotlap::harness {
namespace {

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string size_of(const Plan& plan) {
  return fmt::format("{}, {}, about {}", plural(plan.cases.size(), "case"), plural(plan.trials.size(), "trial"),
                     minutes_text(estimated_time(plan)));
}

class Validator {
 public:
  Validator(std::size_t most_cases, const CpuSet& machine, const Programs& programs)
      : most_cases_(most_cases), machine_(machine), programs_(programs) {}

  void look_at(const std::string& file, const ScenarioChoices& choices) {
    auto scenario = load_scenario(file, choices);
    if (!scenario) return complain(scenario.error());
    const auto [first, is_new] = files_.emplace(scenario->name, file);
    if (!is_new)
      return complain({fmt::format("{}: the scenario is named '{}', and so is the one in {}; in one session names "
                                   "differ",
                                   file, scenario->name, first->second),
                       ExitCode::bad_config});
    std::vector<std::string> profiles;
    if (choices.profile.empty()) profiles = scenario->profiles;
    const auto plan = planned(std::move(*scenario));
    if (!plan) return complain(plan.error());
    auto line = fmt::format("{}: ok, {}", printable(file, 1000), size_of(*plan));
    auto warnings = plan->warnings;
    for (const auto& profile : profiles) {
      auto variant = load_scenario(file, {.profile = profile, .sets = choices.sets});
      if (!variant) return complain(variant.error());
      const auto shorter = planned(std::move(*variant));
      if (!shorter) return complain(shorter.error());
      line += fmt::format("; profile {}: {}", printable(profile), size_of(*shorter));
      for (const auto& warning : shorter->warnings)
        if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
    }
    found_.text += line + "\n";
    for (const auto& warning : warnings) found_.text += fmt::format("  warning: {}\n", warning);
  }

  Validation found() && { return std::move(found_); }

 private:
  [[nodiscard]] Result<Plan> planned(Scenario scenario) const {
    auto plan = make_plan({std::move(scenario)}, {.most_cases = most_cases_, .machine = machine_});
    if (!plan) return plan;
    if (auto counted = require_counts(*plan, programs_); !counted) return std::unexpected(counted.error());
    return plan;
  }
  void complain(const Error& error) {
    for (auto& line : lines_of(error)) found_.errors.push_back(std::move(line));
  }

  std::size_t most_cases_;
  const CpuSet& machine_;
  const Programs& programs_;
  std::map<std::string, std::string> files_;  // by the names of their scenarios
  Validation found_;
};

}  // namespace

Validation validate_files(const std::vector<std::string>& files, const ScenarioChoices& choices, std::size_t most_cases,
                          const CpuSet& machine, const Programs& programs) {
  Validator validator(most_cases, machine, programs);
  for (const auto& file : files) validator.look_at(file, choices);
  return std::move(validator).found();
}

}  // namespace hotlap::harness
