// A question about servers as one value: what to start, how to load it, over which axes, and what others published.
// Settings are still text here and may hold placeholders "{axis}"; plan.h fills them in for every case and gives them
// types, so each keeps its place in the file for the message when that fails.
// Invariants (kept by scenario_yaml.h): names are unique; 1 ≤ trials ≤ 10,000; every axis has at least one value;
// exclusions, inclusions and overrides name only axes and values that exist. Claims name only axes that exist; a
// profile or a filter may have taken their values away: then they cannot be tested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/units.h"
#include "harness/place.h"
#include "results/record.h"

namespace hotlap::harness {

inline constexpr int kMostTrials = 10'000;

inline constexpr Nanos kIdleWait = std::chrono::milliseconds(300);

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

// Which cases: those that for every axis named here have one of its values.
using Conditions = std::vector<std::pair<std::string, std::vector<std::string>>>;
[[nodiscard]] bool meets_all(const Conditions& conditions, const results::Parameters& parameters);

struct Exclusion {  // the cases that go
  Conditions conditions;
  Place place;
};

struct Inclusion {  // one more case: a value for every axis
  results::Parameters parameters;
  Place place;
};

struct Override {  // other settings for some cases
  Conditions conditions;
  std::vector<Setting> target;
  std::vector<Setting> load;
  std::optional<int> trials;
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
  std::string series;           // the axis along which the load grows; empty: see series_axis
  std::string stop_series_at;   // "crash": later values are skipped once the target has crashed at one; empty: never
  Nanos idle_wait = kIdleWait;  // the most that a trial waits for others to leave the machine alone
  std::vector<std::string> services;  // started for every case, besides the store's own
  std::vector<std::string> needs;     // programs without which no case can run
  std::vector<Setting> target;
  std::vector<Setting> load;
  std::vector<Axis> axes;
  std::vector<Exclusion> excludes;
  std::vector<Inclusion> includes;
  std::vector<Override> overrides;
  std::vector<std::string> profiles;  // their names
  std::vector<std::string> vars;      // their names; the texts are filled in
  std::vector<results::Claim> claims;
  std::vector<results::PublishedFigure> published_figures;
  std::string remark;  // how this came to run, where no key can say it; a comment line of the record

  [[nodiscard]] const Axis* axis(std::string_view axis_name) const noexcept {
    for (const auto& candidate : axes)
      if (candidate.name == axis_name) return &candidate;
    return nullptr;
  }
  // In the axis' list or by an inclusion.
  [[nodiscard]] std::vector<std::string> values_of(std::string_view axis_name) const;
  [[nodiscard]] std::vector<std::string> axis_names() const;
};

// The axis of `series`, else the one that load.rate is, else the one that load.connections is; empty: none.
[[nodiscard]] std::string series_axis(const Scenario& scenario);

// Which values the axes of a scenario have, and whatever else is added, for many questions.
// Keeps no reference.
class AxisValues {
 public:
  explicit AxisValues(const Scenario& scenario);
  void add(const std::string& axis, const std::string& value) { values_[axis].insert(value); }
  void add(const AxisValues& others);
  [[nodiscard]] bool has(const std::string& axis, const std::string& value) const;

 private:
  std::unordered_map<std::string, std::unordered_set<std::string>> values_;
};

// Exclusions and overrides lose the values that no case can have, and go when nothing is left of them.
void drop_idle_conditions(Scenario& scenario);

}  // namespace hotlap::harness
