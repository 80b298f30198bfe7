// Settings past the rows of their keys and into the fields of a spec: what target_settings.cpp and load_settings.cpp
// share. Every complaint names the place that the value was written at. Pure.
#pragma once

#include <fmt/core.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/units.h"
#include "harness/complaints.h"
#include "harness/scenario.h"
#include "harness/scenario_keys.h"

namespace hotlap::harness {

// Sets one field of a spec from the text of its key.
template <class Spec>
using Setter = Result<void> (*)(Spec&, const std::string&);

template <class T>
struct FieldValue {
  using type = T;
};
template <class T>
struct FieldValue<std::optional<T>> {
  using type = T;
};

template <class T, class Field>
Result<void> assign(const Result<T>& parsed, Field& field) {
  if (!parsed) return std::unexpected(parsed.error());
  using Value = typename FieldValue<Field>::type;
  if constexpr (std::is_integral_v<Value>)
    field = static_cast<Value>(*parsed);
  else
    field = *parsed;
  return {};
}

inline Result<void> set_yes_or_no(bool& into, const std::string& text) {
  into = text == "true";  // its row knows true and false only
  return {};
}

template <auto Field, class Spec>
Result<void> as_text(Spec& spec, const std::string& text) {
  spec.*Field = text;
  return {};
}
template <auto Field, class Spec>
Result<void> as_count(Spec& spec, const std::string& text) {
  return assign(parse_count(text), spec.*Field);
}
template <auto Field, class Spec>
Result<void> as_duration(Spec& spec, const std::string& text) {
  return assign(parse_duration(text), spec.*Field);
}
template <auto Field, class Spec>
Result<void> as_cpus(Spec& spec, const std::string& text) {
  return assign(CpuSet::parse(text), spec.*Field);
}

// What may name a header field or a variable: RFC 9110 §5.6.2.
[[nodiscard]] bool is_token(std::string_view text);

// One setting past the row of its key and through its setter.
template <class Spec>
Result<void> apply_one(const Setting& setting, const std::string& file, std::string_view section,
                       const std::vector<Key>& keys, const std::map<std::string, Setter<Spec>, std::less<>>& setters,
                       Spec& spec) {
  const auto* key = find_key(keys, setting.key);
  const auto blank = setting.key.find(' ');  // "header X-Name"
  const auto setter = setters.find(std::string_view(setting.key).substr(0, blank));
  if (!key || setter == setters.end())
    return fail_at(file, setting.place, fmt::format("{}.{} is unknown", section, printable(setting.key)));
  const bool has_name = blank != std::string::npos;
  const auto name = has_name ? setting.key.substr(blank + 1) : std::string();
  if (has_name && !is_token(name))
    return fail_at(file, setting.place,
                   fmt::format("{}.{}: '{}' is no name; letters, digits, '_' and '-' make one", section, key->name,
                               printable(name)));
  const auto text = has_name ? name + ": " + setting.text : setting.text;
  auto done = check_value(key->item.empty() ? *key : key->item.front(), text);
  if (done) done = setter->second(spec, text);
  if (done) return {};
  return fail_at(file, setting.place, fmt::format("{}.{}: {}", section, printable(setting.key), done.error().message));
}

// A file that a scenario names; it is looked for beside the scenario.
[[nodiscard]] Result<std::string> file_beside(const std::string& scenario_file, const std::string& text);

// Every setting; all that are refused are told.
template <class Spec>
Result<void> apply(const std::vector<Setting>& settings, const std::string& file, std::string_view section,
                   const std::vector<Key>& keys, const std::map<std::string, Setter<Spec>, std::less<>>& setters,
                   Spec& spec) {
  Complaints complaints;
  for (const auto& setting : settings)
    if (auto set = apply_one(setting, file, section, keys, setters, spec); !set) complaints.add(set.error());
  if (complaints.empty()) return {};
  return std::unexpected(complaints.error());
}

}  // namespace hotlap::harness
