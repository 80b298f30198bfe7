#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>

#include "base/units.h"
#include "harness/scenario_yaml.h"

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

void parameters(YAML::Emitter& out, const std::string& key, const results::Parameters& values) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginMap;
  for (const auto& [name, value] : values) pair(out, name, value);
  out << YAML::EndMap;
}

void settings(YAML::Emitter& out, const std::string& section, const std::vector<Setting>& list) {
  constexpr std::string_view kExpect = "expect.";
  constexpr std::string_view kHeader = "header ";
  if (list.empty()) return;
  const auto nested = [&](const std::string& name, std::string_view prefix) {
    const auto belongs = [&](const Setting& setting) { return setting.key.starts_with(prefix); };
    if (std::ranges::none_of(list, belongs)) return;
    out << YAML::Key << name << YAML::Value << YAML::BeginMap;
    for (const auto& setting : list)
      if (belongs(setting)) pair(out, setting.key.substr(prefix.size()), setting.text);
    out << YAML::EndMap;
  };
  out << YAML::Key << section << YAML::Value << YAML::BeginMap;
  bool command_written = false;
  for (const auto& setting : list) {
    if (setting.key == "command") {
      if (std::exchange(command_written, true)) continue;
      out << YAML::Key << "command" << YAML::Value << YAML::Flow << YAML::BeginSeq;
      for (const auto& argument : list)
        if (argument.key == "command") out << YAML::DoubleQuoted << argument.text;
      out << YAML::EndSeq;
    } else if (!setting.key.starts_with(kExpect) && !setting.key.starts_with(kHeader)) {
      pair(out, setting.key, setting.text);
    }
  }
  nested("expect", kExpect);
  nested("headers", kHeader);
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
    for (const auto& exclusion : scenario.excludes) {
      out << YAML::Flow << YAML::BeginMap;
      for (const auto& [axis, values] : exclusion.conditions) {
        out << YAML::Key << axis << YAML::Value << YAML::Flow << YAML::BeginSeq;
        for (const auto& value : values) put(out, value);
        out << YAML::EndSeq;
      }
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

// A profile or a filter may have taken these cases away; the reader would refuse their values.
bool has_cases(const Scenario& scenario, const results::PublishedRatio& ratio) {
  const auto known = [&](const auto& parameter) {
    const auto values = scenario.values_of(parameter.first);
    return std::ranges::find(values, parameter.second) != values.end();
  };
  return std::ranges::all_of(ratio.numerator, known) && std::ranges::all_of(ratio.denominator, known);
}

void published(YAML::Emitter& out, const Scenario& scenario) {
  std::vector<results::PublishedRatio> ratios;
  std::ranges::copy_if(scenario.published_ratios, std::back_inserter(ratios),
                       [&](const auto& ratio) { return has_cases(scenario, ratio); });
  if (ratios.empty() && scenario.published_figures.empty()) return;
  out << YAML::Key << "published" << YAML::Value << YAML::BeginMap;
  if (!ratios.empty()) {
    out << YAML::Key << "ratios" << YAML::Value << YAML::BeginSeq;
    for (const auto& ratio : ratios) {
      out << YAML::BeginMap;
      pair_unless_empty(out, "claim", ratio.claim);
      pair_unless_empty(out, "statement", ratio.statement);
      out << YAML::Key << "published" << YAML::Value << ratio.published;
      parameters(out, "numerator", ratio.numerator);
      parameters(out, "denominator", ratio.denominator);
      pair_unless_empty(out, "caveat", ratio.caveat);
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  if (!scenario.published_figures.empty()) {
    out << YAML::Key << "figures" << YAML::Value << YAML::BeginSeq;
    for (const auto& figure : scenario.published_figures) {
      out << YAML::BeginMap;
      pair_unless_empty(out, "label", figure.label);
      out << YAML::Key << "value" << YAML::Value << figure.value;
      pair_unless_empty(out, "unit", figure.unit);
      pair_unless_empty(out, "source", figure.source);
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
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
  pair_unless_empty(out, "series", scenario.series);
  pair_unless_empty(out, "stop_series_at", scenario.stop_series_at);
  if (!scenario.services.empty()) out << YAML::Key << "services" << YAML::Value << YAML::Flow << scenario.services;
  settings(out, "target", scenario.target);
  settings(out, "load", scenario.load);
  matrix(out, scenario);
  published(out, scenario);
  out << YAML::EndMap;
  const auto remark = scenario.remark.empty() ? std::string() : "# " + printable(scenario.remark, 2000) + "\n";
  return remark + out.c_str() + "\n";
}

}  // namespace hotlap::harness
