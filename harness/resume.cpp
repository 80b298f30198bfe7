#include "harness/resume.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/check.h"
#include "harness/load_settings.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

std::string parameter(const results::CaseRecord& one, std::string_view name) {
  for (const auto& [key, value] : one.parameters)
    if (key == name) return value;
  return {};
}

Result<Plan> plan_of_check(const results::SessionRecord& session, const Scenario& scenario, const CpuSet& machine) {
  auto load = load_from(scenario.load, scenario.file);
  if (!load) return std::unexpected(load.error());
  CheckOptions options;
  for (const auto& one : session.cases)
    (parameter(one, "side") == "base" ? options.base_text : options.new_text) = parameter(one, "target");
  options.load = std::move(*load);
  options.pairs = scenario.trials;
  options.policy = session.comparison_policy;
  options.seed = session.seed;
  options.machine = machine;
  return make_check_plan(options);
}

Result<Plan> plan_again(const results::SessionRecord& session, const CpuSet& machine) {
  std::vector<Scenario> scenarios;
  for (const auto& record : session.scenarios) {
    auto scenario = scenario_from_yaml(record.resolved_yaml, record.file);
    if (!scenario) return std::unexpected(scenario.error());
    scenarios.push_back(std::move(*scenario));
  }
  if (scenarios.empty()) return fail("it holds no scenario", ExitCode::bad_config);
  if (session.kind == "check") return plan_of_check(session, scenarios.front(), machine);
  return make_plan(std::move(scenarios), {.seed = session.seed, .most_cases = kMostCasesAllowed, .machine = machine});
}

}  // namespace

std::optional<std::string> plan_difference(const Plan& plan, const results::SessionRecord& session) {
  const auto made = session_record(plan);
  if (made.cases.size() != session.cases.size())
    return fmt::format("{} cases instead of {}", made.cases.size(), session.cases.size());
  for (std::size_t i = 0; i < made.cases.size(); ++i)
    if (made.cases[i].scenario != session.cases[i].scenario || made.cases[i].parameters != session.cases[i].parameters)
      return fmt::format("case {} is '{}' instead of '{}'", i + 1, made.cases[i].label, session.cases[i].label);
  if (made.trials.size() != session.trials.size())
    return fmt::format("{} trials instead of {}", made.trials.size(), session.trials.size());
  for (std::size_t i = 0; i < made.trials.size(); ++i) {
    const auto& one = made.trials[i];
    const auto& other = session.trials[i];
    const auto index = static_cast<std::size_t>(one.case_id - 1);
    if (other.case_id != session.cases[index].id || one.position != other.position ||
        one.repetition != other.repetition || one.arm != other.arm || one.pair != other.pair)
      return fmt::format("trial {} is of another case or repetition", i + 1);
  }
  return std::nullopt;
}

Result<Plan> plan_of_session(const results::SessionRecord& session, const CpuSet& machine) {
  auto plan = plan_again(session, machine);
  const auto different = plan ? plan_difference(*plan, session) : std::optional(plan.error().message);
  if (!different) return plan;
  return fail(
      fmt::format("session {} was planned by hotlap {} and this one, {}, would not plan it alike ({}); resume it "
                  "with the other, or run its scenario anew",
                  session.id, session.tool_version, HOTLAP_VERSION, *different),
      ExitCode::bad_config);
}

}  // namespace hotlap::harness
