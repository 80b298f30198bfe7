// A question about servers as one value: what to start, how to load it, over which axes, and what others published.
// Settings are still text here and may hold placeholders "{axis}"; plan.h fills them in for every case and gives them
// types, so each keeps its place in the file for the message when that fails.
// Invariants (kept by scenario_yaml.h and with_profile): names are unique; 1 ≤ trials ≤ 10,000; every axis has at least
// one value; exclusions, inclusions and profiles name only axes and values that exist. Claims name only axes that exist;
// a profile or a filter may have taken their values away: then they cannot be tested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/place.h"
#include "results/record.h"

namespace hotlap::harness {

inline constexpr int kMostTrials = 10'000;

struct Setting {
  std::string key;  // "engine", "expect.status", "header X-Name"; a list is several settings of one key
  std::string text;
  Place place;
};

struct AxisValue {
  std::string text;
  Place place;
};

struct Axis {
  std::string name;
  std::vector<AxisValue> values;
  Place place;
};

struct Exclusion {  // a case goes when every axis named here has one of its values
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions;
  Place place;
};

struct Inclusion {  // one more case: a value for every axis
  results::Parameters parameters;
  Place place;
};

struct Profile {  // a variant of the same question, mostly a shorter one
  std::string name;
  std::optional<int> trials;
  std::vector<Setting> load;  // duration and warm_up
  std::vector<Axis> axes;     // replace the values of axes of the same name
  Place place;
};

struct Scenario {
  std::string file;  // as given on the command line; for messages and for services/ beside it
  std::string name;
  std::string title;
  std::string question;
  std::string article;
  std::uint64_t seed = 1;
  int trials = 3;
  std::string estimator = "median";
  std::string series;          // the axis along which the load grows; empty: see series_axis
  std::string stop_series_at;  // "crash": later values are skipped once the target has crashed at one; empty: never
  std::vector<std::string> services;  // started for every case, besides the store's own
  std::vector<Setting> target;
  std::vector<Setting> load;
  std::vector<Axis> axes;
  std::vector<Exclusion> excludes;
  std::vector<Inclusion> includes;
  std::vector<Profile> profiles;
  std::vector<results::Claim> claims;
  std::vector<results::PublishedFigure> published_figures;
  std::string remark;  // how this came to run, where no key can say it; a comment line of the record

  [[nodiscard]] const Axis* axis(std::string_view axis_name) const noexcept {
    for (const auto& candidate : axes)
      if (candidate.name == axis_name) return &candidate;
    return nullptr;
  }
  // In the axis' list or by an inclusion.
  [[nodiscard]] std::vector<std::string> values_of(std::string_view axis_name) const {
    std::vector<std::string> values;
    if (const auto* found = axis(axis_name))
      for (const auto& value : found->values) values.push_back(value.text);
    for (const auto& inclusion : includes)
      for (const auto& [axis_of, value] : inclusion.parameters)
        if (axis_of == axis_name) values.push_back(value);
    return values;
  }
  [[nodiscard]] std::vector<std::string> axis_names() const {
    std::vector<std::string> names;
    names.reserve(axes.size());
    for (const auto& candidate : axes) names.push_back(candidate.name);
    return names;
  }
};

// The axis of `series`, else the one that load.rate is, else the one that load.connections is; empty: none.
[[nodiscard]] std::string series_axis(const Scenario& scenario);

// Exclusions lose the values that no case can have, and go when nothing is left of them.
void drop_idle_exclusions(Scenario& scenario);

// The same question in one of its variants. Error names the profiles that there are.
[[nodiscard]] Result<Scenario> with_profile(Scenario scenario, const std::string& profile);

}  // namespace hotlap::harness
