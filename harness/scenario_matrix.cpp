#include "harness/scenario_matrix.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostItems = 1000;  // of exclude, of overrides; one with a list of values stands for many

Axis read_axis(NodeReader& reader, const YamlEntry& entry) {
  if (!is_axis_name(entry.key))
    reader.refuse(entry.place, fmt::format("axis name '{}' must be lower-case letters, digits and '_', and none of {}",
                                           printable(entry.key), fmt::join(reserved_names(), ", ")));
  Axis axis{entry.key, reader.lines(entry.value, fmt::format("axis '{}'", printable(entry.key))), entry.place};
  std::unordered_set<std::string_view> seen;
  for (const auto& value : axis.values)
    if (!seen.insert(value.text).second)
      reader.refuse(value.place, fmt::format("axis '{}' holds '{}' twice", axis.name, printable(value.text)));
  return axis;
}

// The list under matrix.KEY, whose items are mappings.
std::vector<const YamlNode*> items(NodeReader& reader, const YamlNode& matrix, const std::string& key) {
  std::vector<const YamlNode*> found;
  const auto* list = reader.find(matrix, key);
  const auto what = "matrix." + key;
  if (!list || !reader.is(*list, YamlNode::Kind::sequence, what)) return found;
  for (const auto& item : list->items)
    if (reader.is(item, YamlNode::Kind::mapping, "an item of " + what)) found.push_back(&item);
  return found;
}

void guard_count(NodeReader& reader, const YamlNode& matrix, const std::string& key) {
  const auto* list = reader.find(matrix, key);
  if (list && list->items.size() > kMostItems)
    reader.refuse(list->place, fmt::format("matrix.{} has {} items, more than {}; one with a list of values stands for "
                                           "many",
                                           key, list->items.size(), kMostItems));
}

void read_includes(NodeReader& reader, const YamlNode& matrix, Scenario& scenario) {
  for (const auto* item : items(reader, matrix, "include")) {
    for (const auto& entry : item->entries)
      if (!scenario.axis(entry.key))
        reader.refuse(entry.place, fmt::format("axis '{}' is unknown in matrix.include{}", printable(entry.key),
                                               did_you_mean(entry.key, scenario.axis_names())));
    Inclusion inclusion{{}, item->place};
    for (const auto& axis : scenario.axes) {
      const auto* value = reader.find(*item, axis.name);
      if (!value)
        reader.refuse(item->place, fmt::format("an included case needs a value for axis '{}' too", axis.name));
      if (reader.failed()) return;
      inclusion.parameters.emplace_back(axis.name, reader.line(*value, "matrix.include." + axis.name));
    }
    scenario.includes.push_back(std::move(inclusion));
  }
}

void read_overrides(NodeReader& reader, const YamlNode& matrix, CaseNames& names, Scenario& scenario) {
  guard_count(reader, matrix, "overrides");
  for (const auto* item : items(reader, matrix, "overrides")) {
    if (!reader.has_only(*item, "an item of matrix.overrides", names_of(keys_in("matrix.overrides")))) return;
    Override one;
    one.place = item->place;
    const auto* when = reader.find(*item, "when");
    if (!when)
      reader.refuse(item->place, "key 'when' is missing; it selects cases, like 'when: {engine: [epoll, uring]}'");
    if (reader.failed() || !reader.is(*when, YamlNode::Kind::mapping, "when")) return;
    one.conditions = names.conditions(*when, "matrix.overrides");
    if (one.conditions.empty())
      reader.refuse(when->place, "'when' names no axis, so this is for every case; write it into target or load");
    if (const auto* target = reader.find(*item, "target")) one.target = read_target(reader, *target);
    if (const auto* load = reader.find(*item, "load")) one.load = read_load(reader, *load);
    if (const auto* trials = reader.find(*item, "trials")) one.trials = read_trials(reader, *trials);
    if (one.target.empty() && one.load.empty() && !one.trials)
      reader.refuse(item->place, "this override changes nothing; give it a target, a load or trials");
    scenario.overrides.push_back(std::move(one));
  }
}

std::vector<Setting> read_settings(NodeReader& reader, const YamlNode& mapping, const std::string& section,
                                   const std::vector<Key>& keys) {
  std::vector<Setting> settings;
  if (!reader.is(mapping, YamlNode::Kind::mapping, section)) return settings;
  const auto complaints_before = reader.complaints().size();
  reader.has_only(mapping, section, names_of(keys));
  for (const auto& entry : mapping.entries) {
    const auto* known = find_key(keys, entry.key);
    if (!known) continue;  // it has been complained about
    reader.go_on();
    const auto& key = *known;
    const auto what = fmt::format("{}.{}", section, entry.key);
    switch (key.kind) {
      case Key::Kind::list:
        if (!reader.is(entry.value, YamlNode::Kind::sequence, what)) break;
        [[fallthrough]];
      case Key::Kind::one_or_more:
        if (entry.value.kind != YamlNode::Kind::sequence) {
          settings.push_back({entry.key, reader.text(entry.value, what), entry.value.place});
          break;
        }
        if (entry.value.items.empty())
          reader.refuse(entry.value.place, fmt::format("{} is an empty list; it needs at least one value", what));
        for (const auto& item : entry.value.items) settings.push_back({entry.key, reader.text(item, what), item.place});
        break;
      case Key::Kind::mapping: {
        if (!reader.is(entry.value, YamlNode::Kind::mapping, what)) break;
        const bool any_name = !key.item.empty();
        if (!any_name && !reader.has_only(entry.value, what, names_of(key.keys))) break;
        for (const auto& inner : entry.value.entries)
          settings.push_back(
              {setting_key(key, inner.key), reader.text(inner.value, what + "." + inner.key), inner.value.place});
        break;
      }
      default:
        settings.push_back({entry.key, reader.text(entry.value, what), entry.value.place});
    }
  }
  if (reader.complaints().size() > complaints_before) reader.stop();
  return settings;
}

}  // namespace

std::vector<Setting> read_target(NodeReader& reader, const YamlNode& mapping) {
  return read_settings(reader, mapping, "target", target_keys());
}

std::vector<Setting> read_load(NodeReader& reader, const YamlNode& mapping) {
  return read_settings(reader, mapping, "load", load_keys());
}

int read_trials(NodeReader& reader, const YamlNode& node) {
  std::uint64_t count = 0;
  const auto value = reader.text(node, "trials");
  if (!reader.failed()) reader.take(node, parse_count(value), count, "trials");
  if (!reader.failed() && (count < 1 || count > kMostTrials))
    reader.refuse(node.place, fmt::format("trials: {} is not between 1 and {}", count, kMostTrials));
  return reader.failed() ? 1 : static_cast<int>(count);
}

void CaseNames::require_axis(const YamlEntry& entry, std::string_view where) {
  if (!reader_.failed() && !scenario_.axis(entry.key))
    reader_.refuse(entry.place, fmt::format("axis '{}' is unknown in {}{}", printable(entry.key), where,
                                            did_you_mean(entry.key, scenario_.axis_names())));
}

void CaseNames::require_value(const std::string& axis, const AxisValue& value, std::string_view where) {
  if (reader_.failed() || values_.has(axis, value.text)) return;
  if (before_ && before_->has(axis, value.text)) return;
  const auto listed = layers_.axis_values.find(axis);
  const bool was_listed = listed != layers_.axis_values.end() && listed->second.contains(value.text);
  if (was_listed && value.place.file != scenario_.axis(axis)->place.file) return;
  reader_.refuse(value.place, fmt::format("axis '{}' has no value '{}', named in {}{}", axis, printable(value.text),
                                          where, did_you_mean(value.text, scenario_.values_of(axis))));
}

Conditions CaseNames::conditions(const YamlNode& mapping, std::string_view where) {
  Conditions conditions;
  for (const auto& entry : mapping.entries) {
    require_axis(entry, where);
    if (reader_.failed()) break;
    std::vector<std::string> values;
    for (const auto& value : reader_.lines(entry.value, fmt::format("{}.{}", where, entry.key))) {
      require_value(entry.key, value, where);
      values.push_back(value.text);
    }
    conditions.emplace_back(entry.key, std::move(values));
  }
  return conditions;
}

void read_matrix(NodeReader& reader, const YamlNode& root, const Layers& layers, const AxisValues* before,
                 Scenario& scenario) {
  const auto* matrix = reader.find(root, "matrix");
  if (!matrix || !reader.is(*matrix, YamlNode::Kind::mapping, "matrix")) return;
  const auto sections = names_of(keys_in("matrix"));
  for (const auto& entry : matrix->entries)
    if (std::ranges::find(sections, entry.key) == sections.end()) scenario.axes.push_back(read_axis(reader, entry));
  read_includes(reader, *matrix, scenario);
  CaseNames names(reader, scenario, layers, before);
  guard_count(reader, *matrix, "exclude");
  for (const auto* item : items(reader, *matrix, "exclude"))
    scenario.excludes.push_back({names.conditions(*item, "matrix.exclude"), item->place});
  read_overrides(reader, *matrix, names, scenario);
}

}  // namespace hotlap::harness
