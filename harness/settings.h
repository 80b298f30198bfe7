// From a scenario's texts to typed specs: placeholders filled in, values parsed, everything that cannot run refused
// with the place it was written at. One rule: "{axis}" anywhere in a value of target or load becomes that axis' value;
// other braces stay as they are, and {port}, {source} and the like and the names of services are filled in when the
// target is started. (Vars were filled in before: scenario_layers.h.) What values may be stands in scenario_keys.h.
// Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "harness/scenario_keys.h"
#include "harness/target_spec.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

// What is filled in when a target is started, besides services: port, socket, ready_fd, source, work_dir, here.
[[nodiscard]] const std::vector<std::string>& place_names();
// Names that stand for something else wherever "{name}" may be written.
[[nodiscard]] const std::vector<std::string>& reserved_names();
[[nodiscard]] bool is_axis_name(std::string_view name);

// The names in braces that look like placeholders.
[[nodiscard]] std::vector<std::string> placeholders(std::string_view text);
[[nodiscard]] std::string fill_in(std::string_view text, const results::Parameters& values);
// Whether what fill_in makes of it stays within `most` bytes: placeholders of long values could otherwise make much of
// little. May say no for texts a little below.
[[nodiscard]] bool stays_within(std::size_t most, std::string_view text, const results::Parameters& values);

// The settings of one case after another, with what matrix.overrides says for it. A value that is nothing but a
// placeholder takes over the place of the axis' value. Keeps a reference to the scenario.
class CaseSettings {
 public:
  explicit CaseSettings(const Scenario& scenario);

  [[nodiscard]] Result<std::vector<Setting>> target(const results::Parameters& parameters) const;
  [[nodiscard]] Result<std::vector<Setting>> load(const results::Parameters& parameters) const;
  [[nodiscard]] int trials(const results::Parameters& parameters) const;

 private:
  [[nodiscard]] Result<std::vector<Setting>> filled(std::vector<Setting> settings,
                                                    const results::Parameters& parameters) const;

  const Scenario& scenario_;
  std::unordered_map<std::string, std::unordered_map<std::string, Place>> places_;  // of an axis' values
};

// `over` on top of `base`: a key's settings replace all earlier ones of it. A target of another kind (engine, command,
// url) replaces the whole target but what fits any.
[[nodiscard]] std::vector<Setting> overridden(std::vector<Setting> base, const std::vector<Setting>& over);
// Which kind of target these keys name: "url", "command", "engine"; empty when they leave it open.
[[nodiscard]] std::string_view target_kind(const std::vector<std::string>& keys);
// Whether a target of another kind keeps the key.
[[nodiscard]] bool fits_any_target(std::string_view key);

// The same settings and, behind them, every default that holds where nothing is given.
[[nodiscard]] std::vector<Setting> with_target_defaults(std::vector<Setting> settings);
[[nodiscard]] std::vector<Setting> with_load_defaults(std::vector<Setting> settings);
// Settings that make this spec. Processors, rate, arrivals, headers and a body to expect are left to the caller.
[[nodiscard]] std::vector<Setting> load_settings(const load::LoadSpec& spec);

[[nodiscard]] Result<TargetSpec> target_from(const std::vector<Setting>& settings, const std::string& file);
// How many operations a request should ask of the database.
struct ExpectedStoreCalls {
  double per_request = 0;
  Place place;
};
// Of `expect.store_calls`, which load_from has accepted.
[[nodiscard]] std::optional<ExpectedStoreCalls> expected_store_calls(const std::vector<Setting>& settings);
// The URL's port is still 0: it is the target's to choose.
[[nodiscard]] Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file);

}  // namespace hotlap::harness
