#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>

#include "base/units.h"
#include "harness/scenario_keys.h"
#include "harness/scenario_yaml.h"
#include "results/claim_metric.h"

namespace hotlap::harness {
namespace {

// Plain where nobody could read it as anything but text, else quoted.
void put(YAML::Emitter& out, const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '/';
  };
  const bool is_null = text == "null" || text == "Null" || text == "NULL";
  if (!text.empty() && !is_null && std::ranges::all_of(text, plain))
    out << text;
  else
    out << YAML::DoubleQuoted << text;
}

void pair(YAML::Emitter& out, const std::string& key, const std::string& text) {
  out << YAML::Key;
  put(out, key);
  out << YAML::Value;
  put(out, text);
}

// Of keys whose absence says the same.
void pair_unless_empty(YAML::Emitter& out, const std::string& key, const std::string& text) {
  if (!text.empty()) pair(out, key, text);
}

// Several settings of one key as the list that they were, and those inside of a mapping under its name.
void settings(YAML::Emitter& out, const std::string& section, const std::vector<Key>& keys,
              const std::vector<Setting>& list) {
  if (list.empty()) return;
  out << YAML::Key << section << YAML::Value << YAML::BeginMap;
  for (const auto& setting : list) {
    const auto* key = find_key(keys, setting.key);
    if (key && !key->item.empty()) continue;  // below
    if (!setting.key.contains('.')) pair(out, setting.key, setting.text);
  }
  for (const auto& key : keys) {
    const bool is_mapping = key.kind == Key::Kind::mapping;
    const auto prefix = is_mapping ? setting_key(key, "") : key.name;
    const auto belongs = [&](const Setting& setting) {
      return is_mapping ? setting.key.starts_with(prefix) : setting.key == prefix;
    };
    if ((!is_mapping && key.item.empty()) || std::ranges::none_of(list, belongs)) continue;
    out << YAML::Key << key.name << YAML::Value;
    if (is_mapping) {
      out << YAML::BeginMap;
      for (const auto& setting : list)
        if (belongs(setting)) pair(out, setting.key.substr(prefix.size()), setting.text);
      out << YAML::EndMap;
    } else {
      out << YAML::Flow << YAML::BeginSeq;
      for (const auto& setting : list)
        if (belongs(setting)) out << YAML::DoubleQuoted << setting.text;
      out << YAML::EndSeq;
    }
  }
  out << YAML::EndMap;
}

void conditions(YAML::Emitter& out, const Conditions& list) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [axis, values] : list) {
    out << YAML::Key << axis << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& value : values) put(out, value);
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

void matrix(YAML::Emitter& out, const Scenario& scenario) {
  if (scenario.axes.empty()) return;
  out << YAML::Key << "matrix" << YAML::Value << YAML::BeginMap;
  for (const auto& axis : scenario.axes) {
    out << YAML::Key << axis.name << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& value : axis.values) put(out, value.text);
    out << YAML::EndSeq;
  }
  if (!scenario.includes.empty()) {
    out << YAML::Key << "include" << YAML::Value << YAML::BeginSeq;
    for (const auto& inclusion : scenario.includes) {
      out << YAML::Flow << YAML::BeginMap;
      for (const auto& [axis, value] : inclusion.parameters) pair(out, axis, value);
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  if (!scenario.excludes.empty()) {
    out << YAML::Key << "exclude" << YAML::Value << YAML::BeginSeq;
    for (const auto& exclusion : scenario.excludes) conditions(out, exclusion.conditions);
    out << YAML::EndSeq;
  }
  if (!scenario.overrides.empty()) {
    out << YAML::Key << "overrides" << YAML::Value << YAML::BeginSeq;
    for (const auto& one : scenario.overrides) {
      out << YAML::BeginMap << YAML::Key << "when" << YAML::Value;
      conditions(out, one.conditions);
      settings(out, "target", target_keys(), one.target);
      settings(out, "load", load_keys(), one.load);
      if (one.trials) out << YAML::Key << "trials" << YAML::Value << *one.trials;
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

// Axis by axis; several values of one are a list.
void selector(YAML::Emitter& out, const std::string& key, const results::Parameters& values) {
  if (!key.empty()) out << YAML::Key << key << YAML::Value;
  out << YAML::Flow << YAML::BeginMap;
  for (auto first = values.begin(); first != values.end();) {
    const auto end = std::find_if(first, values.end(), [&](const auto& one) { return one.first != first->first; });
    if (end - first == 1) {
      pair(out, first->first, first->second);
    } else {
      out << YAML::Key;
      put(out, first->first);
      out << YAML::Value << YAML::Flow << YAML::BeginSeq;
      for (; first != end; ++first) put(out, first->second);
      out << YAML::EndSeq;
    }
    first = end;
  }
  out << YAML::EndMap;
}

// A profile or a filter may have taken these cases away; the reader would refuse their values.
bool has_cases(const AxisValues& values, const results::Claim& claim) {
  const auto known = [&](const std::string& axis, const std::string& value) { return values.has(axis, value); };
  return (claim.up_to.empty() || known(claim.along, claim.up_to)) &&
         std::ranges::all_of(claim.cases, [&](const auto& wanted) {
           return std::ranges::all_of(wanted, [&](const auto& one) { return known(one.first, one.second); });
         });
}

void bound(YAML::Emitter& out, const std::string& key, results::Unit unit, const std::optional<double>& value) {
  if (value) pair(out, key, results::write_value(unit, *value));
}

void claim_kind(YAML::Emitter& out, const results::Claim& claim) {
  using Kind = results::Claim::Kind;
  const auto* metric = results::find_metric(claim.metric);
  const auto unit = metric == nullptr ? results::Unit::number : metric->unit;
  const std::string key(to_text(claim.kind));
  if (claim.kind == Kind::no_test) {
    pair(out, key, claim.text);
    return;
  }
  if (claim.kind == Kind::value) {
    selector(out, key, claim.cases.at(0));
    return;
  }
  out << YAML::Key << key << YAML::Value;
  if (claim.kind == Kind::order) {
    out << YAML::BeginSeq;
    for (const auto& group : claim.cases) selector(out, "", group);
    out << YAML::EndSeq;
    return;
  }
  out << YAML::BeginMap;
  if (claim.kind == Kind::ratio) {
    selector(out, "of", claim.cases.at(0));
    selector(out, "to", claim.cases.at(1));
  } else {
    pair_unless_empty(out, "along", claim.along);
    selector(out, "cases", claim.cases.at(0));
    pair_unless_empty(out, "up_to", claim.up_to);
    pair_unless_empty(out, "text", claim.text);
  }
  if (claim.kind == Kind::knee) {
    out << YAML::Key << "while" << YAML::Value << YAML::Flow << YAML::BeginMap;
    bound(out, "at_least", unit, claim.hold_least);
    bound(out, "at_most", unit, claim.hold_most);
    bound(out, "grows_by", results::Unit::share, claim.hold_growth);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
}

void claims(YAML::Emitter& out, const Scenario& scenario) {
  const AxisValues values(scenario);
  std::vector<results::Claim> kept;
  std::ranges::copy_if(scenario.claims, std::back_inserter(kept),
                       [&](const auto& claim) { return has_cases(values, claim); });
  if (kept.empty()) return;
  out << YAML::Key << "claims" << YAML::Value << YAML::BeginSeq;
  for (const auto& claim : kept) {
    using Kind = results::Claim::Kind;
    const auto* metric = results::find_metric(claim.metric);
    const auto unit = claim.kind == Kind::value && metric != nullptr ? metric->unit : results::Unit::number;
    out << YAML::BeginMap;
    pair(out, "id", claim.id);
    pair(out, "statement", claim.statement);
    if (claim.kind != Kind::shows && claim.kind != Kind::no_test) pair(out, "metric", claim.metric);
    claim_kind(out, claim);
    bound(out, "published", unit, claim.published);
    bound(out, "tolerance", results::Unit::share, claim.tolerance);
    bound(out, "at_least", unit, claim.at_least);
    bound(out, "at_most", unit, claim.at_most);
    pair_unless_empty(out, "caveat", claim.caveat);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

void published(YAML::Emitter& out, const Scenario& scenario) {
  if (scenario.published_figures.empty()) return;
  out << YAML::Key << "published" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "figures" << YAML::Value << YAML::BeginSeq;
  for (const auto& figure : scenario.published_figures) {
    out << YAML::BeginMap;
    pair_unless_empty(out, "label", figure.label);
    out << YAML::Key << "value" << YAML::Value << figure.value;
    pair_unless_empty(out, "unit", figure.unit);
    pair_unless_empty(out, "source", figure.source);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
}

}  // namespace

std::string to_yaml(const Scenario& scenario) {
  YAML::Emitter out;
  out.SetDoublePrecision(15);
  out << YAML::BeginMap;
  pair_unless_empty(out, "name", scenario.name);
  pair_unless_empty(out, "title", scenario.title);
  pair_unless_empty(out, "question", scenario.question);
  pair_unless_empty(out, "article", scenario.article);
  out << YAML::Key << "seed" << YAML::Value << scenario.seed;
  out << YAML::Key << "trials" << YAML::Value << scenario.trials;
  pair_unless_empty(out, "estimator", scenario.estimator);
  if (scenario.idle_wait != kIdleWait) pair(out, "idle_wait", write_duration(scenario.idle_wait));
  pair_unless_empty(out, "series", scenario.series);
  pair_unless_empty(out, "stop_series_at", scenario.stop_series_at);
  if (!scenario.services.empty()) out << YAML::Key << "services" << YAML::Value << YAML::Flow << scenario.services;
  if (!scenario.needs.empty()) out << YAML::Key << "needs" << YAML::Value << YAML::Flow << scenario.needs;
  settings(out, "target", target_keys(), scenario.target);
  settings(out, "load", load_keys(), scenario.load);
  matrix(out, scenario);
  claims(out, scenario);
  published(out, scenario);
  out << YAML::EndMap;
  const auto remark = scenario.remark.empty() ? std::string() : "# " + printable(scenario.remark, 2000) + "\n";
  return remark + out.c_str() + "\n";
}

}  // namespace hotlap::harness
