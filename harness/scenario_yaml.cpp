#include "harness/scenario_yaml.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/claims_yaml.h"
#include "harness/node_reader.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"
#include "harness/scenario_matrix.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostProfiles = 100;

void read_heading(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  reader.optional_text(root, "name", scenario.name);
  if (scenario.name.empty())
    reader.refuse(root.place, "key 'name' is missing; every scenario has one, like 'name: quick'");
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (!reader.failed() && !std::ranges::all_of(scenario.name, is_plain))
    reader.refuse(reader.find(root, "name")->place,
                  fmt::format("name '{}' may hold letters, digits, '_', '-' and '.' only", printable(scenario.name)));
  reader.optional_line(root, "title", scenario.title);
  reader.optional_text(root, "question", scenario.question);
  reader.optional_text(root, "article", scenario.article);
  if (const auto* estimator = reader.find(root, "estimator")) {
    scenario.estimator = reader.text(*estimator, "estimator");
    const auto known = check_value(*find_key(scenario_keys(), "estimator"), scenario.estimator);
    if (!known) reader.refuse(estimator->place, known.error().message);
  }
  if (const auto* seed = reader.find(root, "seed"))
    reader.take(*seed, parse_count(reader.text(*seed, "seed")), scenario.seed, "seed");
  if (const auto* trials = reader.find(root, "trials")) scenario.trials = read_trials(reader, *trials);
}

void read_services(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  const auto* node = reader.find(root, "services");
  if (!node) return;
  for (const auto& service : reader.lines(*node, "services")) {
    if (std::ranges::find(service_names(), service.text) == service_names().end())
      reader.refuse(service.place, fmt::format("service '{}' is unknown{}", printable(service.text),
                                               did_you_mean(service.text, service_names())));
    scenario.services.push_back(service.text);
  }
}

void read_needs(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  if (const auto* node = reader.find(root, "needs"))
    for (const auto& need : reader.lines(*node, "needs")) scenario.needs.push_back(need.text);
}

// Profiles are read by laying each over the tree; here only their names and keys.
void read_profiles(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  const auto* profiles = reader.find(root, "profiles");
  if (!profiles || !reader.is(*profiles, YamlNode::Kind::mapping, "profiles")) return;
  if (profiles->entries.size() > kMostProfiles)
    reader.refuse(profiles->place,
                  fmt::format("profiles: {} are more than {}", profiles->entries.size(), kMostProfiles));
  for (const auto& entry : profiles->entries) {
    const auto what = fmt::format("profile '{}'", printable(entry.key));
    if (!reader.has_only(entry.value, what, names_of(profile_keys()))) return;
    if (const auto* matrix = reader.find(entry.value, "matrix");
        matrix && reader.is(*matrix, YamlNode::Kind::mapping, what))
      for (const auto& axis : matrix->entries)
        if (is_axis_name(axis.key) && !scenario.axis(axis.key))
          reader.refuse(axis.place, fmt::format("axis '{}' is unknown in {}{}", printable(axis.key), what,
                                                did_you_mean(axis.key, scenario.axis_names())));
    scenario.profiles.push_back(entry.key);
  }
}

void read_series(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  const auto* series = reader.find(root, "series");
  const auto* stop = reader.find(root, "stop_series_at");
  if (const auto* wait = reader.find(root, "idle_wait"))
    reader.take(*wait, parse_duration(reader.text(*wait, "idle_wait")), scenario.idle_wait, "idle_wait");
  if (series) scenario.series = reader.text(*series, "series");
  if (series && !scenario.axis(scenario.series))
    reader.refuse(series->place, fmt::format("series: axis '{}' is unknown{}", printable(scenario.series),
                                             did_you_mean(scenario.series, scenario.axis_names())));
  if (!stop) return;
  scenario.stop_series_at = reader.text(*stop, "stop_series_at");
  const auto known = check_value(*find_key(scenario_keys(), "stop_series_at"), scenario.stop_series_at);
  if (!known) reader.refuse(stop->place, known.error().message);
  if (series_axis(scenario).empty())
    reader.refuse(stop->place,
                  "stop_series_at needs an axis along which the load grows; name it with 'series: AXIS', or let "
                  "load.rate or load.connections be \"{AXIS}\"");
}

// A claim may name any value that the axis has or had: in the file, in one that it extends, in a profile.
AxisValues claimable(const YamlNode& root, const Layers& layers, const AxisValues* before, const Scenario& scenario) {
  AxisValues values(scenario);
  if (before) values.add(*before);
  for (const auto& [axis, listed] : layers.axis_values)
    for (const auto& value : listed) values.add(axis, value);
  const auto* profiles = root.find("profiles");
  if (!profiles) return values;
  for (const auto& profile : profiles->value.entries) {
    const auto* matrix = profile.value.find("matrix");
    if (!matrix) continue;
    for (const auto& axis : matrix->value.entries) {
      if (axis.value.kind == YamlNode::Kind::scalar) values.add(axis.key, axis.value.text);
      for (const auto& item : axis.value.items) values.add(axis.key, item.text);
    }
  }
  return values;
}

void read_claims_key(NodeReader& reader, const YamlNode& root, const Layers& layers, const AxisValues* before,
                     Scenario& scenario) {
  const auto* node = reader.find(root, "claims");
  if (!node) return;
  auto claims = read_claims(*node, scenario, claimable(root, layers, before, scenario));
  if (claims)
    scenario.claims = std::move(*claims);
  else
    reader.keep(std::unexpected(claims.error()));
}

void read_published(NodeReader& reader, const YamlNode& root, Scenario& scenario) {
  const auto* published = reader.find(root, "published");
  if (!published || !reader.has_only(*published, "published", names_of(keys_in("published")))) return;
  const auto* figures = reader.find(*published, "figures");
  if (!figures || !reader.is(*figures, YamlNode::Kind::sequence, "published.figures")) return;
  const auto keys = names_of(keys_in("published.figures"));
  for (const auto& item : figures->items) {
    if (!reader.has_only(item, "published.figures", keys)) return;
    results::PublishedFigure figure;
    reader.optional_line(item, "label", figure.label);
    reader.optional_line(item, "unit", figure.unit);
    reader.optional_line(item, "source", figure.source);
    if (const auto* value = reader.find(item, "value"))
      figure.value = reader.positive_number(*value, "value");
    else
      reader.refuse(item.place, "key 'value' is missing; it is the figure that was published");
    scenario.published_figures.push_back(std::move(figure));
  }
}

// `before`: the axes before a profile or --set was laid over the file.
Result<Scenario> read_scenario(const Layers& layers, const YamlNode& tree, const std::string& file,
                               const AxisValues* before = nullptr) {
  Scenario scenario;
  scenario.file = file;
  const auto root = with_vars(tree, layers, file, scenario.vars);
  if (!root) return std::unexpected(root.error());
  NodeReader reader(file);
  const auto on_its_own = [&](const auto& read_part) {
    reader.go_on();
    read_part();
  };
  const bool keys_known = reader.has_only(*root, "the scenario", names_of(scenario_keys()));
  on_its_own([&] { read_services(reader, *root, scenario); });
  on_its_own([&] { read_needs(reader, *root, scenario); });
  on_its_own([&] {
    if (const auto* target = reader.find(*root, "target")) scenario.target = read_target(reader, *target);
  });
  on_its_own([&] {
    if (const auto* load = reader.find(*root, "load")) scenario.load = read_load(reader, *load);
  });
  on_its_own([&] { read_published(reader, *root, scenario); });
  if (keys_known) {  // else the name or the matrix may only be misspelt
    on_its_own([&] { read_heading(reader, *root, scenario); });
    on_its_own([&] { read_matrix(reader, *root, layers, before, scenario); });
    if (!reader.failed()) {  // these name axes
      on_its_own([&] { read_series(reader, *root, scenario); });
      on_its_own([&] { read_profiles(reader, *root, scenario); });
      on_its_own([&] { read_claims_key(reader, *root, layers, before, scenario); });
    }
  }
  if (!reader.complaints().empty()) return std::unexpected(reader.complaints().error());
  drop_idle_conditions(scenario);
  return scenario;
}

std::string remark_of(const ScenarioChoices& choices) {
  std::vector<std::string> words;
  if (!choices.profile.empty()) words.push_back("--profile " + choices.profile);
  for (const auto& set : choices.sets) words.push_back("--set " + set);
  return words.empty() ? std::string() : "with " + fmt::to_string(fmt::join(words, " "));
}

}  // namespace

Result<Scenario> scenario_from_yaml(std::string_view bytes, const std::string& file, const ScenarioChoices& choices,
                                    const ReadFile& read) {
  const auto layers = read_layers(bytes, file, read);
  if (!layers) return std::unexpected(layers.error());
  auto scenario = read_scenario(*layers, layers->root, file);
  if (!scenario) return scenario;
  const AxisValues before(*scenario);
  Complaints complaints;
  for (const auto& profile : scenario->profiles) {
    const auto tree = with_profile(layers->root, profile, file);
    if (!tree) return std::unexpected(tree.error());
    if (const auto variant = read_scenario(*layers, *tree, file, &before); !variant) complaints.add(variant.error());
  }
  if (!complaints.empty()) return std::unexpected(complaints.error());
  if (choices.profile.empty() && choices.sets.empty()) return scenario;
  auto tree = layers->root;
  if (!choices.profile.empty()) {
    auto variant = with_profile(std::move(tree), choices.profile, file);
    if (!variant) return std::unexpected(variant.error());
    tree = std::move(*variant);
  }
  for (std::size_t i = 0; i < choices.sets.size(); ++i)
    if (auto set = set_value(tree, choices.sets[i], i + 1); !set) return std::unexpected(set.error());
  auto chosen = read_scenario(*layers, tree, file, &before);
  if (chosen) chosen->remark = remark_of(choices);
  return chosen;
}

Result<Scenario> load_scenario(const std::string& path, const ScenarioChoices& choices) {
  const auto bytes = read_scenario_file(path);
  if (!bytes) return std::unexpected(bytes.error());
  return scenario_from_yaml(*bytes, path, choices);
}

}  // namespace hotlap::harness
