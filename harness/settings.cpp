#include "harness/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <type_traits>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/command_text.h"
#include "harness/endpoint.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kMostWarmUp = std::chrono::seconds(10);  // of 'warm_up: steady', unless warm_up_most says

constexpr std::uint64_t kMostGatherBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMostFilledBytes = std::size_t{1} << 20;  // of one value

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

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

Result<void> set_store_connections(TargetSpec& spec, const std::string& text) {
  constexpr std::string_view kPool = "pool:";
  const auto links = text.starts_with(kPool) ? parse_count(text.substr(kPool.size())) : Result<std::uint64_t>(1);
  const bool known = text == "one" || text == "per-request" || text.starts_with(kPool);
  if (!known || !links || *links < 1 || *links > 10'000)
    return fail(fmt::format("'{}' is not one, per-request or pool:N", printable(text)));
  spec.store_connections = text;
  return {};
}

Result<void> set_burn(TargetSpec& spec, const std::string& text) {
  const auto duration = parse_duration(text);
  if (duration && (*duration < Nanos(1) || *duration > std::chrono::seconds(1)))
    return fail(fmt::format("{} is not between 1ns and 1s", printable(text)));
  return assign(duration, spec.burn);
}

Result<void> set_gather_bytes(TargetSpec& spec, const std::string& text) {
  const auto bytes = parse_bytes(text);
  if (bytes && (*bytes < 1 || *bytes > kMostGatherBytes))
    return fail(fmt::format("{} is not between 1B and 16MiB", printable(text)));
  return assign(bytes, spec.gather_bytes);
}

Result<void> set_yes_or_no(bool& into, const std::string& text) {
  into = text == "true";  // its row knows true and false only
  return {};
}

Result<void> set_patience(Nanos& into, const std::string& text) {
  const auto duration = parse_duration(text);
  if (duration && *duration < std::chrono::milliseconds(1))
    return fail(fmt::format("{} is shorter than 1ms", printable(text)));
  return assign(duration, into);
}

Result<void> set_ready_status(TargetSpec& spec, const std::string& text) {
  const auto range = load::parse_status_range(text);
  if (!range) return std::unexpected(range.error());
  spec.ready_status_low = range->first;
  spec.ready_status_high = range->second;
  return {};
}

Result<void> set_git(TargetSpec& spec, const std::string& text) {
  // What git would read as an option, or as a file in a revision.
  if (text.empty() || text.starts_with('-') || text.find_first_of(" \t\r\n:") != std::string::npos)
    return fail(fmt::format("'{}' is no revision of git, like v1.2 or HEAD~1", printable(text)));
  spec.git = text;
  return {};
}

// "nginx, haproxy": several, between commas and blanks; "run: …" is one.
Result<void> add_needs(TargetSpec& spec, const std::string& needs) {
  constexpr std::string_view kByRunning = "run:";
  constexpr std::string_view kBetween = ", \t";
  if (needs.starts_with(kByRunning)) {
    spec.needs.push_back(needs);
    return {};
  }
  std::string_view text = needs;
  while (true) {
    const auto start = text.find_first_not_of(kBetween);
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    const auto word = text.substr(0, text.find_first_of(kBetween));
    spec.needs.emplace_back(word);
    text.remove_prefix(word.size());
  }
}

// As apply() hands it over: "NAME: value".
Result<void> add_variable(TargetSpec& spec, const std::string& text) {
  const auto colon = text.find(": ");
  spec.environment.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  return {};
}

Result<void> set_status(load::LoadSpec& spec, const std::string& text) {
  const auto range = load::parse_status_range(text);
  if (!range) return std::unexpected(range.error());
  spec.expect.status_low = range->first;
  spec.expect.status_high = range->second;
  return {};
}

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOther.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

// As apply() hands it over: "Name: value".
Result<void> add_header(load::LoadSpec& spec, const std::string& text) {
  const auto colon = text.find(": ");
  spec.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  return {};
}

// Runs every setting past the row of its key and through its setter.
template <class Spec>
Result<void> apply(const std::vector<Setting>& settings, const std::string& file, std::string_view section,
                   const std::vector<Key>& keys, const std::map<std::string, Setter<Spec>, std::less<>>& setters,
                   Spec& spec) {
  for (const auto& setting : settings) {
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
    if (!done)
      return fail_at(file, setting.place,
                     fmt::format("{}.{}: {}", section, printable(setting.key), done.error().message));
  }
  return {};
}

// Values that may hold what only the running session knows: a port, a checkout.
bool is_filled_in_at_start(std::string_view key) {
  return key == "command" || key == "program" || key == "directory" || key == "log" || key == "build" ||
         key == "repository" || key == "needs" || key.starts_with("environment ");
}

// Which of the three kinds of target a key is for: ours, a command, one that runs already. The rest are for all.
bool goes_with(std::string_view key, const TargetSpec& spec) {
  static const std::vector<std::string> any = {"front",      "front_upstream", "front_errors",
                                               "front_cpus", "needs",          "cpus"};
  static const std::vector<std::string> started = {"git", "repository", "build", "build_timeout"};
  static const std::vector<std::string> command = {"command", "environment", "directory", "log", "ready_fd"};
  static const std::vector<std::string> url = {"url", "allow_remote"};
  static const std::vector<std::string> not_ours = {"ready", "ready_status", "ready_body", "ready_timeout"};
  key = key.substr(0, key.find(' '));
  if (contains(any, key)) return true;
  if (contains(started, key)) return !spec.runs_already();
  if (contains(not_ours, key)) return !spec.is_ours();
  if (contains(command, key)) return !spec.is_ours() && !spec.runs_already();
  return contains(url, key) ? spec.runs_already() : spec.is_ours();
}

Result<void> require_one_kind(const TargetSpec& spec, const std::vector<Setting>& settings, const std::string& file) {
  for (const auto& setting : settings) {
    const auto key = setting.key.substr(0, setting.key.find(' '));
    if (goes_with(key, spec)) continue;
    if (spec.runs_already())
      return fail_at(file, setting.place,
                     fmt::format("target.{} does not go with target.url: that server runs already", key));
    if (!spec.is_ours())
      return fail_at(file, setting.place,
                     fmt::format("target.{} is for hotlap-target; with target.command put it into the command", key));
    return fail_at(
        file, setting.place,
        fmt::format("target.{} is for servers that are not ours; it needs target.command or target.url", key));
  }
  return {};
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

const std::vector<std::string>& place_names() {
  static const std::vector<std::string> names = {"port", "socket", "ready_fd", "source", "work_dir", "here"};
  return names;
}

const std::vector<std::string>& reserved_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = place_names();
    all.insert(all.end(), service_names().begin(), service_names().end());
    all.insert(all.end(), {"include", "exclude", "overrides"});
    return all;
  }();
  return names;
}

bool is_axis_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, allowed) &&
         !contains(reserved_names(), name);
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const auto end = text.find('}', open);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(open + 1, end - open - 1);
    if (is_axis_name(name) || contains(place_names(), name) || contains(service_names(), name))
      names.emplace_back(name);
  }
  return names;
}

std::string fill_in(std::string_view text, const results::Parameters& values) {
  std::string filled;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto end = open == std::string_view::npos ? open : text.find('}', open);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(open + 1, end - open - 1);
    const auto value = std::ranges::find_if(values, [&](const auto& pair) { return pair.first == name; });
    filled += text.substr(0, open);
    if (value != values.end()) {
      filled += value->second;
      text.remove_prefix(end + 1);
    } else {
      filled += '{';
      text.remove_prefix(open + 1);
    }
  }
  return filled.append(text);
}

bool stays_within(std::size_t most, std::string_view text, const results::Parameters& values) {
  const auto braces = static_cast<std::size_t>(std::ranges::count(text, '{'));
  std::size_t longest = 0;
  for (const auto& [name, value] : values) longest = std::max(longest, value.size());
  return text.size() + braces * longest <= most;
}

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

Result<TargetSpec> target_from(const std::vector<Setting>& settings, const std::string& file) {
  static const std::map<std::string, Setter<TargetSpec>, std::less<>> setters = {
      {"program", as_text<&TargetSpec::program>},
      {"engine", as_text<&TargetSpec::engine>},
      {"workers", as_count<&TargetSpec::workers>},
      {"workers_as", as_text<&TargetSpec::workers_as>},
      {"threads", as_count<&TargetSpec::threads>},
      {"burn", set_burn},
      {"gather_responses", as_count<&TargetSpec::gather_responses>},
      {"gather_bytes", set_gather_bytes},
      {"store", as_text<&TargetSpec::store>},
      {"store_connections", set_store_connections},
      {"store_schema", as_text<&TargetSpec::store_schema>},
      {"store_rating_index", as_text<&TargetSpec::store_rating_index>},
      {"operations", as_text<&TargetSpec::operations>},
      {"port", as_count<&TargetSpec::port>},
      {"command",
       [](TargetSpec& spec, const std::string& text) {
         spec.command.push_back(text);
         return Result<void>();
       }},
      {"environment", add_variable},
      {"directory", as_text<&TargetSpec::directory>},
      {"log", as_text<&TargetSpec::log>},
      {"ready_fd", [](TargetSpec& spec, const std::string& text) { return set_yes_or_no(spec.ready_fd, text); }},
      {"url", as_text<&TargetSpec::url>},
      {"allow_remote",
       [](TargetSpec& spec, const std::string& text) { return set_yes_or_no(spec.allow_remote, text); }},
      {"ready", as_text<&TargetSpec::ready>},
      {"ready_status", set_ready_status},
      {"ready_body", as_text<&TargetSpec::ready_body>},
      {"ready_timeout",
       [](TargetSpec& spec, const std::string& text) { return set_patience(spec.ready_timeout, text); }},
      {"git", set_git},
      {"repository", as_text<&TargetSpec::repository>},
      {"build",
       [](TargetSpec& spec, const std::string& text) {
         spec.build.push_back(text);
         return Result<void>();
       }},
      {"build_timeout",
       [](TargetSpec& spec, const std::string& text) { return set_patience(spec.build_timeout, text); }},
      {"front", as_text<&TargetSpec::front>},
      {"front_upstream", as_text<&TargetSpec::front_upstream>},
      {"front_errors", as_text<&TargetSpec::front_errors>},
      {"front_cpus", as_cpus<&TargetSpec::front_cpus>},
      {"needs", add_needs},
      {"cpus", as_cpus<&TargetSpec::cpus>},
  };
  TargetSpec spec;
  if (auto applied = apply(settings, file, "target", target_keys(), setters, spec); !applied)
    return std::unexpected(applied.error());
  if (auto fits = require_one_kind(spec, settings, file); !fits) return std::unexpected(fits.error());
  const auto about = [&](const char* key) {
    const auto found = std::ranges::find(settings, key, &Setting::key);
    return found == settings.end() ? Place{} : found->place;
  };
  if (spec.build.size() == 1) {
    auto words = split_command(spec.build.front());
    if (!words || words->empty())
      return fail_at(file, about("build"),
                     fmt::format("target.build: {}", words ? "it is empty" : words.error().message));
    spec.build = std::move(*words);
  }
  if (spec.git.empty())
    for (const char* key : {"build", "build_timeout", "repository"})
      if (std::ranges::find(settings, key, &Setting::key) != settings.end())
        return fail_at(file, about(key), fmt::format("target.{} needs target.git: which revision to take", key));
  if (spec.runs_already()) {
    const auto endpoint = Endpoint::parse(spec.url);
    if (!endpoint) return fail_at(file, about("url"), "target.url: " + endpoint.error().message);
    if (!endpoint->is_local() && !spec.allow_remote)
      return fail_at(file, about("url"),
                     fmt::format("target.url: {} is another host, and load must not leave this one by mistake; "
                                 "'allow_remote: true' says that it is meant",
                                 endpoint->text()));
    if (!endpoint->is_local() && spec.has_front())
      return fail_at(file, about("front"), "target.front stands before a server of this host only");
    return spec;
  }
  if (spec.is_ours()) return spec;
  const auto told_where = [](const std::string& text) { return text.contains("{port}") || text.contains("{socket}"); };
  if (std::ranges::none_of(spec.command, told_where) &&
      std::ranges::none_of(spec.environment, [&](const auto& pair) { return told_where(pair.second); }))
    return fail_at(file, settings.front().place,
                   "target.command has no {port}; the server has to listen where it is told, like '--port={port}', or "
                   "at the unix socket {socket}; target.environment may say it too");
  return spec;
}

namespace {

// A file that a scenario names; it is looked for beside the scenario.
Result<std::string> file_beside(const std::string& scenario_file, const std::string& text) {
  const auto path = (std::filesystem::path(scenario_file).parent_path() / text).lexically_normal();
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return path.string();
  return fail(fmt::format("there is no file {}; it is looked for beside the scenario", printable(path.string())));
}

}  // namespace

std::optional<ExpectedStoreCalls> expected_store_calls(const std::vector<Setting>& settings) {
  const auto found = std::ranges::find(settings, "expect.store_calls", &Setting::key);
  if (found == settings.end()) return std::nullopt;
  const auto count = parse_count(found->text);
  if (!count) return std::nullopt;
  return ExpectedStoreCalls{.per_request = static_cast<double>(*count), .place = found->place};
}

Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file) {
  using load::LoadSpec;
  static const std::map<std::string, Setter<LoadSpec>, std::less<>> setters = {
      {"path",
       [](LoadSpec& spec, const std::string& text) {
         spec.url.target = text;
         return Result<void>();
       }},
      {"method", as_text<&LoadSpec::method>},
      {"threads", as_count<&LoadSpec::threads>},
      {"connections", as_count<&LoadSpec::connections>},
      {"pipeline", as_count<&LoadSpec::pipeline_depth>},
      {"duration", as_duration<&LoadSpec::duration>},
      {"warm_up",
       [](LoadSpec& spec, const std::string& text) {
         spec.until_steady = text == "steady";
         return spec.until_steady ? Result<void>() : assign(parse_duration(text), spec.warm_up);
       }},
      {"warm_up_most",  // what it means depends on warm_up, which may stand behind it
       [](LoadSpec& /*spec*/, const std::string& text) {
         Nanos most{};
         return assign(parse_duration(text), most);
       }},
      {"verify_every",
       [](LoadSpec& spec, const std::string& text) { return assign(parse_count(text), spec.expect.every); }},
      {"expect.store_calls",  // expected_store_calls() reads it
       [](LoadSpec& /*spec*/, const std::string& text) {
         std::uint64_t calls = 0;
         return assign(parse_count(text), calls);
       }},
      {"timeout", as_duration<&LoadSpec::timeout>},
      {"rate",
       [](LoadSpec& spec, const std::string& text) { return assign(load::RateProfile::parse(text), spec.rate); }},
      {"arrivals", [](LoadSpec& spec, const std::string& text) { return assign(load::parse_gaps(text), spec.gaps); }},
      {"catch_up",
       [](LoadSpec& spec, const std::string& text) { return assign(load::CatchUp::parse(text), spec.catch_up); }},
      {"seed", as_count<&LoadSpec::seed>},
      {"cpus", as_cpus<&LoadSpec::cpus>},
      {"requests", as_text<&LoadSpec::requests_file>},
      {"requests_per_connection", as_count<&LoadSpec::requests_per_connection>},
      {"expect.status", set_status},
      {"expect.length",
       [](LoadSpec& spec, const std::string& text) { return assign(parse_bytes(text), spec.expect.body_length); }},
      {"expect.body",
       [](LoadSpec& spec, const std::string& text) {
         spec.expect.body = text;
         return Result<void>();
       }},
      {"header", add_header},
  };
  LoadSpec spec;
  spec.url.host = "127.0.0.1";
  spec.url.port = 0;
  if (auto applied = apply(settings, file, "load", load_keys(), setters, spec); !applied)
    return std::unexpected(applied.error());
  if (const auto document = std::ranges::find(settings, "requests", &Setting::key); document != settings.end()) {
    auto path = file_beside(file, spec.requests_file);
    if (!path) return fail_at(file, document->place, "load.requests: " + path.error().message);
    spec.requests_file = std::move(*path);
  }
  const auto most = std::ranges::find(settings, "warm_up_most", &Setting::key);
  if (most != settings.end() && !spec.until_steady)
    return fail_at(file, most->place,
                   "load.warm_up_most is for 'warm_up: steady'; a warm-up of a fixed length has no most");
  if (spec.until_steady)
    spec.warm_up = most == settings.end() ? kMostWarmUp : parse_duration(most->text).value_or(kMostWarmUp);
  if (auto valid = load::validate(spec); !valid) {
    const auto& message = valid.error().message;  // begins with the key it is about
    // Where that key is given, else the first one that the message speaks of.
    auto about = std::ranges::find_if(settings, [&](const Setting& one) { return message.starts_with(one.key + ":"); });
    if (about == settings.end())
      about = std::ranges::find_if(settings, [&](const Setting& one) { return message.contains(one.key); });
    return fail_at(file, about == settings.end() ? Place{} : about->place, "load." + message);
  }
  return spec;
}

}  // namespace hotlap::harness
