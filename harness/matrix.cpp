#include "harness/matrix.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/scenario_keys.h"

namespace hotlap::harness {
namespace {

Result<void> guard_size(const Scenario& scenario, std::size_t most) {
  std::size_t cases = 1;
  std::string factors;
  for (const auto& axis : scenario.axes) {
    const auto values = axis.values.size();
    cases = cases > std::numeric_limits<std::size_t>::max() / values ? std::numeric_limits<std::size_t>::max()
                                                                     : cases * values;
    factors += fmt::format("{}{} {}", factors.empty() ? "" : " × ", values, axis.name);
  }
  if (cases <= most) return {};
  return fail_at(scenario.file, scenario.axes.front().place,
                 fmt::format("the matrix has {} cases ({}), more than {}; give its axes fewer values, split the "
                             "scenario, or allow more with --most-cases",
                             cases, factors, most));
}

// An exclusion whose values are looked up instead of searched for.
class Excluder {
 public:
  explicit Excluder(const Exclusion& exclusion, const std::vector<std::string>& axes) {
    for (const auto& [axis, values] : exclusion.conditions) {
      const auto at = std::ranges::find(axes, axis);
      conditions_.emplace_back(static_cast<std::size_t>(at - axes.begin()),
                               std::unordered_set<std::string_view>(values.begin(), values.end()));
    }
  }
  // Parameters in the order of the axes.
  [[nodiscard]] bool excludes(const results::Parameters& parameters) const {
    return std::ranges::all_of(conditions_, [&](const auto& condition) {
      return condition.first < parameters.size() && condition.second.contains(parameters[condition.first].second);
    });
  }

 private:
  std::vector<std::pair<std::size_t, std::unordered_set<std::string_view>>> conditions_;
};

// Tells cases apart; no value holds this character.
std::string identity_of(const results::Parameters& parameters) {
  std::string text;
  for (const auto& [axis, value] : parameters) text += value + '\n';
  return text;
}

}  // namespace

Result<std::vector<results::Parameters>> expand(const Scenario& scenario, std::size_t most) {
  if (auto fits = guard_size(scenario, most); !fits) return std::unexpected(fits.error());
  std::vector<results::Parameters> cases{{}};
  for (const auto& axis : scenario.axes) {
    std::vector<results::Parameters> longer;
    longer.reserve(cases.size() * axis.values.size());
    for (const auto& parameters : cases) {
      for (const auto& value : axis.values) {
        longer.push_back(parameters);
        longer.back().emplace_back(axis.name, value.text);
      }
    }
    cases = std::move(longer);
  }
  std::vector<Excluder> excluders;
  excluders.reserve(scenario.excludes.size());
  for (const auto& exclusion : scenario.excludes) excluders.emplace_back(exclusion, scenario.axis_names());
  std::erase_if(cases, [&](const results::Parameters& parameters) {
    return std::ranges::any_of(excluders, [&](const Excluder& excluder) { return excluder.excludes(parameters); });
  });
  std::unordered_set<std::string> known;
  if (!scenario.includes.empty())
    for (const auto& parameters : cases) known.insert(identity_of(parameters));
  for (const auto& inclusion : scenario.includes) {
    if (!known.insert(identity_of(inclusion.parameters)).second)
      return fail_at(scenario.file, inclusion.place,
                     fmt::format("the matrix has case '{}' already", printable(label_of(inclusion.parameters))));
    cases.push_back(inclusion.parameters);
  }
  if (cases.size() > most)
    return fail_at(scenario.file, scenario.includes.back().place,
                   fmt::format("the matrix has {} cases, more than {}; include fewer, or allow more with --most-cases",
                               cases.size(), most));
  if (cases.empty())
    return fail_at(scenario.file, scenario.axes.front().place,
                   "matrix.exclude leaves no case; remove one of its items");
  return cases;
}

std::string label_of(const results::Parameters& parameters) {
  if (parameters.empty()) return "single";
  std::string label;
  for (const auto& [axis, value] : parameters) label += fmt::format("{}{}={}", label.empty() ? "" : " ", axis, value);
  return label;
}

Result<Filter> Filter::parse(const std::vector<std::string>& texts) {
  Filter filter;
  for (const auto& text : texts) {
    std::string_view rest = text;
    bool named = false;
    while (true) {
      const auto comma = rest.find(',');
      const auto term = rest.substr(0, comma);
      const auto equals = term.find('=');
      if (equals != std::string_view::npos && equals > 0) {
        filter.conditions.emplace_back(term.substr(0, equals), std::vector{std::string(term.substr(equals + 1))});
        named = true;
      } else if (named && !term.empty() && equals == std::string_view::npos) {
        filter.conditions.back().second.emplace_back(term);
      } else {
        return fail(
            fmt::format("filter '{}' is not like engine=epoll or engine=epoll,pipelined,depth=24", printable(text)),
            ExitCode::usage);
      }
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return filter;
}

bool Filter::keeps(const results::Parameters& parameters) const {
  return meets_all(conditions, parameters);
}

Scenario Filter::applied_to(Scenario scenario) const {
  std::erase_if(scenario.includes, [&](const Inclusion& inclusion) { return !keeps(inclusion.parameters); });
  for (const auto& [axis, kept] : conditions) {
    Exclusion others;
    others.conditions.emplace_back(axis, std::vector<std::string>{});
    for (const auto& value : scenario.axis(axis)->values)
      if (!contains(kept, value.text)) others.conditions.back().second.push_back(value.text);
    scenario.excludes.push_back(std::move(others));
  }
  drop_idle_conditions(scenario);
  return scenario;
}

Result<void> Filter::fits(const Scenario& scenario) const {
  for (const auto& [axis, values] : conditions)
    if (!scenario.axis(axis))
      return fail(fmt::format("filter: scenario {} has no axis '{}'{}", scenario.name, printable(axis),
                              did_you_mean(axis, scenario.axis_names())),
                  ExitCode::usage);
  return {};
}

Result<void> Filter::fits_any(const std::vector<Scenario>& scenarios) const {
  for (const auto& [axis, values] : conditions) {
    std::vector<std::string> known;
    for (const auto& scenario : scenarios)
      for (auto& value : scenario.values_of(axis)) known.push_back(std::move(value));
    for (const auto& value : values)
      if (!contains(known, value))
        return fail(
            fmt::format("filter: axis '{}' has no value '{}'{}", axis, printable(value), did_you_mean(value, known)),
            ExitCode::usage);
  }
  return {};
}

}  // namespace hotlap::harness
