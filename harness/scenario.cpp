#include "harness/scenario.h"

#include <algorithm>

namespace hotlap::harness {

std::string series_axis(const Scenario& scenario) {
  if (!scenario.series.empty()) return scenario.series;
  for (const char* key : {"rate", "connections"})
    for (const auto& setting : scenario.load)
      for (const auto& axis : scenario.axes)
        if (setting.key == key && setting.text == "{" + axis.name + "}") return axis.name;
  return {};
}

bool meets_all(const Conditions& conditions, const results::Parameters& parameters) {
  return std::ranges::all_of(conditions, [&](const auto& condition) {
    return std::ranges::any_of(parameters, [&](const auto& parameter) {
      return parameter.first == condition.first &&
             std::ranges::find(condition.second, parameter.second) != condition.second.end();
    });
  });
}

std::vector<std::string> Scenario::values_of(std::string_view axis_name) const {
  std::vector<std::string> values;
  if (const auto* found = axis(axis_name))
    for (const auto& value : found->values) values.push_back(value.text);
  for (const auto& inclusion : includes)
    for (const auto& [axis_of, value] : inclusion.parameters)
      if (axis_of == axis_name) values.push_back(value);
  return values;
}

std::vector<std::string> Scenario::axis_names() const {
  std::vector<std::string> names;
  names.reserve(axes.size());
  for (const auto& candidate : axes) names.push_back(candidate.name);
  return names;
}

AxisValues::AxisValues(const Scenario& scenario) {
  for (const auto& axis : scenario.axes)
    for (const auto& value : axis.values) values_[axis.name].insert(value.text);
  for (const auto& inclusion : scenario.includes)
    for (const auto& [axis, value] : inclusion.parameters) values_[axis].insert(value);
}

void AxisValues::add(const AxisValues& others) {
  for (const auto& [axis, values] : others.values_) values_[axis].insert(values.begin(), values.end());
}

bool AxisValues::has(const std::string& axis, const std::string& value) const {
  const auto found = values_.find(axis);
  return found != values_.end() && found->second.contains(value);
}

void drop_idle_conditions(Scenario& scenario) {
  if (scenario.excludes.empty() && scenario.overrides.empty()) return;
  const AxisValues known(scenario);
  const auto drop_from = [&](auto& list) {
    std::erase_if(list, [&](auto& one) {
      for (auto& [axis, values] : one.conditions)
        std::erase_if(values, [&](const auto& value) { return !known.has(axis, value); });
      return std::ranges::any_of(one.conditions, [](const auto& condition) { return condition.second.empty(); });
    });
  };
  drop_from(scenario.excludes);
  drop_from(scenario.overrides);
}

}  // namespace hotlap::harness
