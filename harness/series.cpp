#include "harness/series.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

std::string value_in(const results::Parameters& parameters, const std::string& axis) {
  const auto found = std::ranges::find(parameters, axis, &std::pair<std::string, std::string>::first);
  return found == parameters.end() ? std::string() : found->second;
}

bool differ_only_in(const std::string& axis, results::Parameters one, results::Parameters other) {
  const auto is_axis = [&](const auto& parameter) { return parameter.first == axis; };
  std::erase_if(one, is_axis);
  std::erase_if(other, is_axis);
  return one == other;
}

}  // namespace

std::optional<std::string> series_ended_before(const Plan& plan, const std::vector<results::TrialRecord>& trials,
                                               std::size_t next) {
  const auto& wanted = plan.cases[plan.trials[next].case_index];
  const auto& scenario = plan.scenarios[wanted.scenario];
  if (scenario.stop_series_at.empty()) return std::nullopt;
  const auto axis = series_axis(scenario);
  const auto values = scenario.values_of(axis);
  const auto place_of = [&](const std::string& value) { return std::ranges::find(values, value) - values.begin(); };
  const auto place = place_of(value_in(wanted.parameters, axis));
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].crash_is_result) continue;
    const auto& crashed = plan.cases[plan.trials[i].case_index];
    const auto value = value_in(crashed.parameters, axis);
    if (crashed.scenario != wanted.scenario || place_of(value) >= place ||
        !differ_only_in(axis, crashed.parameters, wanted.parameters))
      continue;
    return fmt::format("the series ends at {}={}, where the target crashed in trial {}", axis, printable(value), i + 1);
  }
  return std::nullopt;
}

}  // namespace hotlap::harness
