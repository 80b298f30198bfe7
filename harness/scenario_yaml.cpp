#include "harness/scenario_yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/claims_yaml.h"
#include "harness/settings.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {
namespace {

bool is_known(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Reads one scenario. The first complaint is kept and everything after it is a no-op, so that the code below reads as
// the list of keys that it is.
class ScenarioReader {
 public:
  ScenarioReader(const YamlNode& root, std::string file) : root_(root) { scenario_.file = std::move(file); }

  Result<Scenario> read() {
    keep(require_keys(root_, scenario_.file, "the scenario",
                      {"name", "title", "question", "article", "seed", "trials", "estimator", "series",
                       "stop_series_at", "services", "target", "load", "matrix", "profiles", "claims", "published"}));
    read_heading();
    read_services();
    read_settings(root_, "target", target_keys(), scenario_.target);
    read_load();
    read_matrix();
    read_series();
    read_profiles();
    read_claims_key();
    read_published();
    if (error_) return std::unexpected(*error_);
    return std::move(scenario_);
  }

 private:
  bool keep(const Result<void>& result) {
    if (!error_ && !result) error_ = result.error();
    return !error_;
  }
  void refuse(Place place, const std::string& sentence) { keep(fail_at(scenario_.file, place, sentence)); }
  template <class T>
  void take(const YamlNode& node, Result<T> parsed, T& into, std::string_view what) {
    if (parsed)
      into = *parsed;
    else
      refuse(node.place, fmt::format("{}: {}", what, parsed.error().message));
  }

  const YamlNode* find(const YamlNode& node, std::string_view key) {
    const auto* entry = error_ ? nullptr : node.find(key);
    return entry ? &entry->value : nullptr;
  }
  std::string text(const YamlNode& node, std::string_view what) {
    auto value = require_text(node, scenario_.file, what);
    if (!value) keep(std::unexpected(value.error()));
    return value.value_or("");
  }
  void optional_text(const YamlNode& node, std::string_view key, std::string& into) {
    if (const auto* value = find(node, key)) into = text(*value, key);
  }
  bool is(const YamlNode& node, YamlNode::Kind kind, std::string_view what) {
    return !error_ && keep(require_kind(node, scenario_.file, what, kind));
  }
  // A list of single values, or one alone.
  std::vector<AxisValue> texts(const YamlNode& node, std::string_view what) {
    if (node.kind != YamlNode::Kind::sequence) return {{text(node, what), node.place}};
    std::vector<AxisValue> values;
    values.reserve(node.items.size());
    for (const auto& item : node.items) values.push_back({text(item, what), item.place});
    if (values.empty()) refuse(node.place, fmt::format("{} is an empty list; it needs at least one value", what));
    return values;
  }

  void read_trials(const YamlNode& node, int& into) {
    std::uint64_t count = 0;
    const auto value = text(node, "trials");
    if (error_) return;
    take(node, parse_count(value), count, "trials");
    if (error_) return;
    if (count < 1 || count > kMostTrials)
      refuse(node.place, fmt::format("trials: {} is not between 1 and {}", count, kMostTrials));
    else
      into = static_cast<int>(count);
  }

  void read_heading() {
    optional_text(root_, "name", scenario_.name);
    if (!error_ && scenario_.name.empty())
      refuse(root_.place, "key 'name' is missing; every scenario has one, like 'name: quick'");
    const auto is_plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
             c == '.';
    };
    if (!error_ && !std::ranges::all_of(scenario_.name, is_plain))
      refuse(find(root_, "name")->place,
             fmt::format("name '{}' may hold letters, digits, '_', '-' and '.' only", printable(scenario_.name)));
    optional_text(root_, "title", scenario_.title);
    optional_text(root_, "question", scenario_.question);
    optional_text(root_, "article", scenario_.article);
    optional_text(root_, "estimator", scenario_.estimator);
    if (!error_ && scenario_.estimator != "median" && scenario_.estimator != "median_grouped")
      refuse(find(root_, "estimator")->place,
             fmt::format("estimator '{}' is unknown{}", printable(scenario_.estimator),
                         did_you_mean(scenario_.estimator, {"median", "median_grouped"})));
    if (const auto* seed = find(root_, "seed")) take(*seed, parse_count(text(*seed, "seed")), scenario_.seed, "seed");
    if (const auto* trials = find(root_, "trials")) read_trials(*trials, scenario_.trials);
  }

  void read_services() {
    const auto* node = find(root_, "services");
    if (!node) return;
    for (const auto& service : texts(*node, "services")) {
      if (error_) return;
      if (!is_known(service_names(), service.text))
        refuse(service.place, fmt::format("service '{}' is unknown{}", printable(service.text),
                                          did_you_mean(service.text, service_names())));
      scenario_.services.push_back(service.text);
    }
  }

  void read_settings(const YamlNode& node, const std::string& section, const std::vector<std::string>& known,
                     std::vector<Setting>& into) {
    const auto* mapping = find(node, section);
    if (!mapping || !keep(require_keys(*mapping, scenario_.file, section, known))) return;
    for (const auto& entry : mapping->entries) {
      if (entry.key == "expect" || entry.key == "headers") continue;
      const auto what = fmt::format("{}.{}", section, entry.key);
      if (entry.key != "command") {
        into.push_back({entry.key, text(entry.value, what), entry.value.place});
        continue;
      }
      if (!is(entry.value, YamlNode::Kind::sequence, what)) return;
      for (const auto& item : texts(entry.value, what)) into.push_back({entry.key, item.text, item.place});
    }
  }

  void read_load() {
    read_settings(root_, "load", load_keys(), scenario_.load);
    const auto* load = find(root_, "load");
    if (!load) return;
    if (const auto* expect = find(*load, "expect")) {
      if (!keep(require_keys(*expect, scenario_.file, "load.expect", {"status", "length", "body"}))) return;
      for (const auto& entry : expect->entries)
        scenario_.load.push_back(
            {"expect." + entry.key, text(entry.value, "load.expect." + entry.key), entry.value.place});
    }
    if (const auto* headers = find(*load, "headers")) {
      if (!is(*headers, YamlNode::Kind::mapping, "load.headers")) return;
      for (const auto& entry : headers->entries)
        scenario_.load.push_back(
            {"header " + entry.key, text(entry.value, "load.headers." + entry.key), entry.value.place});
    }
  }

  Axis read_axis(const YamlEntry& entry) {
    if (!is_axis_name(entry.key))
      refuse(entry.place, fmt::format("axis name '{}' must be lower-case letters, digits and '_', and none of {}",
                                      printable(entry.key), "port, tuplestore, tarantool, postgres, include, exclude"));
    Axis axis{entry.key, texts(entry.value, fmt::format("axis '{}'", printable(entry.key))), entry.place};
    for (std::size_t i = 0; !error_ && axis.values.size() <= 1000 && i < axis.values.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (axis.values[i].text == axis.values[j].text)
          refuse(axis.values[i].place,
                 fmt::format("axis '{}' holds '{}' twice", axis.name, printable(axis.values[i].text)));
    return axis;
  }

  void require_axis(const YamlEntry& entry, std::string_view where) {
    if (!error_ && !scenario_.axis(entry.key))
      refuse(entry.place, fmt::format("axis '{}' is unknown in {}{}", printable(entry.key), where,
                                      did_you_mean(entry.key, scenario_.axis_names())));
  }

  // A value that the axis has, in its list or by an inclusion.
  void require_value(const std::string& axis_name, const AxisValue& value, std::string_view where) {
    if (error_) return;
    const auto known = scenario_.values_of(axis_name);
    if (!is_known(known, value.text))
      refuse(value.place, fmt::format("axis '{}' has no value '{}', named in {}{}", axis_name, printable(value.text),
                                      where, did_you_mean(value.text, known)));
  }

  void read_matrix() {
    const auto* matrix = find(root_, "matrix");
    if (!matrix || !is(*matrix, YamlNode::Kind::mapping, "matrix")) return;
    for (const auto& entry : matrix->entries)
      if (entry.key != "include" && entry.key != "exclude") scenario_.axes.push_back(read_axis(entry));
    if (const auto* include = find(*matrix, "include")) read_includes(*include);
    if (const auto* exclude = find(*matrix, "exclude")) read_excludes(*exclude);
  }

  void read_series() {
    optional_text(root_, "series", scenario_.series);
    const auto* stop = find(root_, "stop_series_at");
    if (stop) scenario_.stop_series_at = text(*stop, "stop_series_at");
    if (error_) return;
    if (!scenario_.series.empty() && !scenario_.axis(scenario_.series))
      refuse(find(root_, "series")->place, fmt::format("series: axis '{}' is unknown{}", printable(scenario_.series),
                                                       did_you_mean(scenario_.series, scenario_.axis_names())));
    if (!stop || error_) return;
    if (scenario_.stop_series_at != "crash")
      refuse(stop->place, fmt::format("stop_series_at '{}' is unknown{}", printable(scenario_.stop_series_at),
                                      did_you_mean(scenario_.stop_series_at, {"crash"})));
    if (series_axis(scenario_).empty())
      refuse(stop->place,
             "stop_series_at needs an axis along which the load grows; name it with 'series: AXIS', or let load.rate "
             "or load.connections be \"{AXIS}\"");
  }

  void read_includes(const YamlNode& node) {
    if (!is(node, YamlNode::Kind::sequence, "matrix.include")) return;
    for (const auto& item : node.items) {
      if (!is(item, YamlNode::Kind::mapping, "an item of matrix.include")) return;
      for (const auto& entry : item.entries) require_axis(entry, "matrix.include");
      Inclusion inclusion{{}, item.place};
      for (const auto& axis : scenario_.axes) {
        const auto* value = find(item, axis.name);
        if (!value) refuse(item.place, fmt::format("an included case needs a value for axis '{}' too", axis.name));
        if (error_) return;
        inclusion.parameters.emplace_back(axis.name, text(*value, "matrix.include." + axis.name));
      }
      scenario_.includes.push_back(std::move(inclusion));
    }
  }

  void read_excludes(const YamlNode& node) {
    if (!is(node, YamlNode::Kind::sequence, "matrix.exclude")) return;
    for (const auto& item : node.items) {
      if (!is(item, YamlNode::Kind::mapping, "an item of matrix.exclude")) return;
      Exclusion exclusion{{}, item.place};
      for (const auto& entry : item.entries) {
        require_axis(entry, "matrix.exclude");
        std::vector<std::string> values;
        for (const auto& value : texts(entry.value, "matrix.exclude." + entry.key)) {
          require_value(entry.key, value, "matrix.exclude");
          values.push_back(value.text);
        }
        exclusion.conditions.emplace_back(entry.key, std::move(values));
      }
      scenario_.excludes.push_back(std::move(exclusion));
    }
  }

  void read_profiles() {
    const auto* profiles = find(root_, "profiles");
    if (!profiles || !is(*profiles, YamlNode::Kind::mapping, "profiles")) return;
    for (const auto& entry : profiles->entries) {
      const auto what = fmt::format("profile '{}'", printable(entry.key));
      if (!keep(require_keys(entry.value, scenario_.file, what, {"trials", "duration", "warm_up", "matrix"}))) return;
      Profile profile;
      profile.name = entry.key;
      profile.place = entry.place;
      if (const auto* trials = find(entry.value, "trials")) {
        profile.trials = 1;
        read_trials(*trials, *profile.trials);
      }
      for (const char* key : {"duration", "warm_up"})
        if (const auto* value = find(entry.value, key)) profile.load.push_back({key, text(*value, key), value->place});
      if (const auto* matrix = find(entry.value, "matrix"); matrix && is(*matrix, YamlNode::Kind::mapping, what)) {
        for (const auto& axis : matrix->entries) {
          require_axis(axis, what);
          profile.axes.push_back(read_axis(axis));
        }
      }
      scenario_.profiles.push_back(std::move(profile));
    }
  }

  void read_claims_key() {
    const auto* node = find(root_, "claims");
    if (!node) return;
    auto claims = read_claims(*node, scenario_);
    if (claims)
      scenario_.claims = std::move(*claims);
    else
      keep(std::unexpected(claims.error()));
  }

  double read_number(const YamlNode& node, std::string_view what) {
    const auto value = text(node, what);
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (!error_ && (value.empty() || *end != '\0' || !std::isfinite(number) || number <= 0))
      refuse(node.place, fmt::format("{} '{}' is not a number above 0", what, printable(value)));
    return number;
  }

  void read_published() {
    const auto* published = find(root_, "published");
    if (!published || !keep(require_keys(*published, scenario_.file, "published", {"figures"}))) return;
    if (const auto* figures = find(*published, "figures");
        figures && is(*figures, YamlNode::Kind::sequence, "published.figures")) {
      for (const auto& item : figures->items) {
        if (!keep(require_keys(item, scenario_.file, "published.figures", {"label", "value", "unit", "source"})))
          return;
        results::PublishedFigure figure;
        optional_text(item, "label", figure.label);
        optional_text(item, "unit", figure.unit);
        optional_text(item, "source", figure.source);
        if (const auto* value = find(item, "value"))
          figure.value = read_number(*value, "value");
        else
          refuse(item.place, "key 'value' is missing; it is the figure that was published");
        scenario_.published_figures.push_back(std::move(figure));
      }
    }
  }

  const YamlNode& root_;
  Scenario scenario_;
  std::optional<Error> error_;
};

}  // namespace

Result<Scenario> scenario_from_yaml(std::string_view bytes, const std::string& file) {
  const auto root = read_yaml(bytes, file);
  if (!root) return std::unexpected(root.error());
  return ScenarioReader(*root, file).read();
}

Result<Scenario> load_scenario(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (file) {
    // One byte more than allowed is enough for read_yaml to refuse it.
    bytes.resize(kMostYamlBytes + 1);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof() && bytes.size() <= kMostYamlBytes)
    return fail(system_message(fmt::format("scenario {} cannot be read", path), errno != 0 ? errno : EISDIR),
                ExitCode::bad_config);
  return scenario_from_yaml(bytes, path);
}

}  // namespace hotlap::harness
