#include "harness/case_settings.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"
#include "harness/target_spec.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostFilledBytes = std::size_t{1} << 20;  // of one value

// Values that may hold what only the running session knows: a port, a checkout.
bool is_filled_in_at_start(std::string_view key) {
  return key == "command" || key == "program" || key == "directory" || key == "log" || key == "build" ||
         key == "repository" || key == "needs" || key == "version" || key.starts_with("environment ");
}

std::vector<Setting> with_defaults(std::vector<Setting> settings, const std::vector<Setting>& defaults) {
  for (const auto& candidate : defaults)
    if (std::ranges::find(settings, candidate.key, &Setting::key) == settings.end()) settings.push_back(candidate);
  return settings;
}

std::vector<std::string> keys_of(const std::vector<Setting>& settings) {
  std::vector<std::string> keys;
  for (const auto& setting : settings)
    if (!contains(keys, setting.key)) keys.push_back(setting.key);
  return keys;
}

}  // namespace

CaseSettings::CaseSettings(const Scenario& scenario) : scenario_(scenario) {
  for (const auto& axis : scenario.axes)
    for (const auto& value : axis.values) places_[axis.name].emplace(value.text, value.place);
}

Result<std::vector<Setting>> CaseSettings::target(const results::Parameters& parameters) const {
  auto settings = scenario_.target;
  for (const auto& one : scenario_.overrides)
    if (!one.target.empty() && meets_all(one.conditions, parameters))
      settings = overridden(std::move(settings), one.target);
  return filled(std::move(settings), parameters);
}

Result<std::vector<Setting>> CaseSettings::load(const results::Parameters& parameters) const {
  auto settings = scenario_.load;
  for (const auto& one : scenario_.overrides)
    if (!one.load.empty() && meets_all(one.conditions, parameters))
      settings = overridden(std::move(settings), one.load);
  return filled(std::move(settings), parameters);
}

int CaseSettings::trials(const results::Parameters& parameters) const {
  int trials = scenario_.trials;
  for (const auto& one : scenario_.overrides)
    if (one.trials && meets_all(one.conditions, parameters)) trials = *one.trials;
  return trials;
}

Result<std::vector<Setting>> CaseSettings::filled(std::vector<Setting> settings,
                                                  const results::Parameters& parameters) const {
  for (auto& setting : settings) {
    if (!setting.text.contains('{')) continue;
    for (const auto& name : placeholders(setting.text)) {
      if (places_.contains(name)) continue;
      auto known = scenario_.axis_names();
      for (const auto& var : scenario_.vars) known.push_back(var);
      if (is_filled_in_at_start(setting.key)) {
        known.insert(known.end(), place_names().begin(), place_names().end());
        known.insert(known.end(), service_names().begin(), service_names().end());
      }
      if (!contains(known, name))
        return fail_at(scenario_.file, setting.place,
                       fmt::format("{{{}}} is no axis{} of this scenario{}", name,
                                   scenario_.vars.empty() ? "" : " or var", did_you_mean(name, known)));
    }
    if (!stays_within(kMostFilledBytes, setting.text, parameters))
      return fail_at(scenario_.file, setting.place,
                     fmt::format("{} would be more than {} bytes with the axes' values filled in; shorten them",
                                 setting.key, kMostFilledBytes));
    const auto whole = setting.text;
    setting.text = fill_in(whole, parameters);
    if (!whole.starts_with('{') || !whole.ends_with('}')) continue;
    const auto axis = places_.find(whole.substr(1, whole.size() - 2));
    if (axis == places_.end()) continue;
    const auto place = axis->second.find(setting.text);
    if (place != axis->second.end()) setting.place = place->second;
  }
  return settings;
}

std::string_view target_kind(const std::vector<std::string>& keys) {
  if (contains(keys, "url")) return "url";
  if (contains(keys, "command")) return "command";
  return contains(keys, "engine") || contains(keys, "program") ? "engine" : "";
}

bool fits_any_target(std::string_view key) {
  return key == "cpus" || key == "needs" || key.starts_with("front");
}

std::vector<Setting> overridden(std::vector<Setting> base, const std::vector<Setting>& over) {
  const auto over_keys = keys_of(over);
  const auto kind = target_kind(over_keys);
  const auto base_keys = keys_of(base);
  const auto base_kind = target_kind(base_keys).empty() ? "engine" : target_kind(base_keys);
  if (!kind.empty() && kind != base_kind)
    std::erase_if(base, [](const Setting& old) { return !fits_any_target(old.key); });
  std::erase_if(base, [&](const Setting& old) { return contains(over_keys, old.key); });
  base.insert(base.end(), over.begin(), over.end());
  return base;
}

std::vector<Setting> with_target_defaults(std::vector<Setting> settings) {
  const TargetSpec defaults;
  for (const char* other : {"command", "url"})
    if (std::ranges::find(settings, other, &Setting::key) != settings.end())
      return with_defaults(std::move(settings), {{"ready", defaults.ready, {}},
                                                 {"ready_timeout", write_duration(defaults.ready_timeout), {}}});
  return with_defaults(std::move(settings), {{"engine", defaults.engine, {}},
                                             {"workers", std::to_string(defaults.workers), {}},
                                             {"store", defaults.store, {}},
                                             {"store_connections", defaults.store_connections, {}},
                                             {"port", std::to_string(defaults.port), {}}});
}

std::vector<Setting> with_load_defaults(std::vector<Setting> settings) {
  return with_defaults(std::move(settings), load_settings({}));
}

std::vector<Setting> load_settings(const load::LoadSpec& spec) {
  return {{"path", spec.url.target, {}},
          {"method", spec.method, {}},
          {"threads", std::to_string(spec.threads), {}},
          {"connections", std::to_string(spec.connections), {}},
          {"pipeline", std::to_string(spec.pipeline_depth), {}},
          {"duration", write_duration(spec.duration), {}},
          {"warm_up", spec.until_steady ? "steady" : write_duration(spec.warm_up), {}},
          {"timeout", write_duration(spec.timeout), {}},
          {"expect.status", fmt::format("{}-{}", spec.expect.status_low, spec.expect.status_high), {}}};
}

}  // namespace hotlap::harness
