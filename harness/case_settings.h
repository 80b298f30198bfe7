// The settings of each case: what the scenario says, with the overrides that are meant for it and with the axes' values
// in place of their placeholders. Still texts: target_settings.h and load_settings.h give them types. Pure.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "harness/scenario.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

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

}  // namespace hotlap::harness
