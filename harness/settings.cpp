#include "harness/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/did_you_mean.h"
#include "base/units.h"

namespace hotlap::harness {
namespace {

constexpr std::uint64_t kMostConnections = 1'000'000;
// What hotlap-target takes: targets/target_options.cpp.
constexpr std::uint64_t kMostWorkers = 256;
constexpr std::uint64_t kMostThreads = 10'000;
constexpr std::uint64_t kMostGatherBytes = std::uint64_t{16} << 20;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<std::string> one_of(std::string_view what, const std::string& text, const std::vector<std::string>& known) {
  if (contains(known, text)) return text;
  return fail(fmt::format("{} '{}' is unknown{}", what, printable(text), did_you_mean(text, known)));
}

Result<std::uint64_t> count_between(const std::string& text, std::uint64_t low, std::uint64_t high) {
  auto count = parse_count(text);
  if (count && (*count < low || *count > high))
    return fail(fmt::format("{} is not between {} and {}", *count, low, high));
  return count;
}

Result<std::string> store_connections(const std::string& text) {
  constexpr std::string_view kPool = "pool:";
  if (text == "one" || text == "per-request") return text;
  if (text.starts_with(kPool) && count_between(text.substr(kPool.size()), 1, 10'000)) return text;
  return fail(fmt::format("'{}' is not one, per-request or pool:N", printable(text)));
}

Result<Nanos> burn(const std::string& text) {
  auto duration = parse_duration(text);
  if (duration && (*duration < Nanos(1) || *duration > std::chrono::seconds(1)))
    return fail(fmt::format("{} is not between 1ns and 1s", printable(text)));
  return duration;
}

Result<std::uint64_t> gather_bytes(const std::string& text) {
  auto bytes = parse_bytes(text);
  if (bytes && (*bytes < 1 || *bytes > kMostGatherBytes))
    return fail(fmt::format("{} is not between 1B and 16MiB", printable(text)));
  return bytes;
}

Result<std::string> path(const std::string& text) {
  if (text.starts_with('/') && text.find_first_of(" \r\n\t") == std::string::npos) return text;
  return fail(fmt::format("path '{}' does not begin with / or holds blanks", printable(text)));
}

Result<void> no_line_break(std::string_view text) {
  if (text.find_first_of("\r\n") == std::string_view::npos) return {};
  return fail(fmt::format("'{}' holds a line break", printable(text)));
}

template <class T, class Into>
Result<void> assign(const Result<T>& parsed, Into& into) {
  if (!parsed) return std::unexpected(parsed.error());
  into = static_cast<Into>(*parsed);
  return {};
}

template <class T, class U>
Result<void> assign(const Result<T>& parsed, std::optional<U>& into) {
  if (!parsed) return std::unexpected(parsed.error());
  into = *parsed;
  return {};
}

using Setter = std::function<Result<void>(const std::string&)>;

// Runs every setting through the setter of its key.
Result<void> apply(const std::vector<Setting>& settings, const std::string& file, std::string_view section,
                   const std::map<std::string, Setter, std::less<>>& setters) {
  for (const auto& setting : settings) {
    const auto setter = setters.find(setting.key.substr(0, setting.key.find(' ')));
    if (setter == setters.end())
      return fail_at(file, setting.place, fmt::format("{}.{} is unknown", section, printable(setting.key)));
    const bool is_header = setting.key.starts_with("header ");
    auto done = setter->second(is_header ? setting.key.substr(7) + ": " + setting.text : setting.text);
    if (!done)
      return fail_at(file, setting.place,
                     fmt::format("{}.{}: {}", section, printable(setting.key), done.error().message));
  }
  return {};
}

std::vector<Setting> with_defaults(std::vector<Setting> settings, const std::vector<Setting>& defaults) {
  for (const auto& candidate : defaults)
    if (std::ranges::find(settings, candidate.key, &Setting::key) == settings.end()) settings.push_back(candidate);
  return settings;
}

}  // namespace

const std::vector<std::string>& target_keys() {
  static const std::vector<std::string> keys = {"program",
                                                "engine",
                                                "workers",
                                                "workers_as",
                                                "threads",
                                                "burn",
                                                "gather_responses",
                                                "gather_bytes",
                                                "store",
                                                "store_connections",
                                                "store_schema",
                                                "store_rating_index",
                                                "port",
                                                "command",
                                                "ready",
                                                "cpus"};
  return keys;
}

const std::vector<std::string>& load_keys() {
  static const std::vector<std::string> keys = {"path",     "method",  "threads", "connections", "pipeline",
                                                "duration", "warm_up", "timeout", "rate",        "arrivals",
                                                "catch_up", "seed",    "cpus",    "expect",      "headers"};
  return keys;
}

const std::vector<std::string>& service_names() {
  static const std::vector<std::string> names = {"tuplestore", "tarantool", "postgres"};
  return names;
}

bool is_axis_name(std::string_view name) {
  static const std::vector<std::string> taken = {"port", "tuplestore", "tarantool", "postgres", "include", "exclude"};
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, allowed) &&
         !contains(taken, name);
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const auto end = text.find('}', open);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(open + 1, end - open - 1);
    if (is_axis_name(name) || name == "port" || contains(service_names(), name)) names.emplace_back(name);
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

Result<std::vector<Setting>> settings_of_case(const std::vector<Setting>& settings, const Scenario& scenario,
                                              const results::Parameters& parameters) {
  std::vector<Setting> filled;
  for (const auto& setting : settings) {
    auto known = scenario.axis_names();
    if (setting.key == "command") {
      known.emplace_back("port");
      known.insert(known.end(), service_names().begin(), service_names().end());
    }
    for (const auto& name : placeholders(setting.text))
      if (!contains(known, name))
        return fail_at(scenario.file, setting.place,
                       fmt::format("{{{}}} is no axis of this scenario{}", name, did_you_mean(name, known)));
    Setting one = setting;
    one.text = fill_in(setting.text, parameters);
    for (const auto& axis : scenario.axes)
      if (setting.text == "{" + axis.name + "}")
        for (const auto& value : axis.values)
          if (value.text == one.text) one.place = value.place;
    filled.push_back(std::move(one));
  }
  return filled;
}

std::vector<Setting> with_target_defaults(std::vector<Setting> settings) {
  const TargetSpec defaults;
  if (std::ranges::find(settings, "command", &Setting::key) != settings.end())
    return with_defaults(std::move(settings), {{"ready", defaults.ready, {}}});
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
          {"warm_up", write_duration(spec.warm_up), {}},
          {"timeout", write_duration(spec.timeout), {}},
          {"expect.status", fmt::format("{}-{}", spec.expect.status_low, spec.expect.status_high), {}}};
}

Result<TargetSpec> target_from(const std::vector<Setting>& settings, const std::string& file) {
  TargetSpec spec;
  const std::map<std::string, Setter, std::less<>> setters = {
      {"program",
       [&](const std::string& text) {
         spec.program = text;
         return Result<void>();
       }},
      {"engine",
       [&](const std::string& text) {
         return assign(one_of("engine", text, {"blocking", "threadpool", "prefork", "epoll", "pipelined", "uring"}),
                       spec.engine);
       }},
      {"workers", [&](const std::string& text) { return assign(count_between(text, 1, kMostWorkers), spec.workers); }},
      {"workers_as",
       [&](const std::string& text) {
         return assign(one_of("workers_as", text, {"threads", "processes"}), spec.workers_as);
       }},
      {"threads", [&](const std::string& text) { return assign(count_between(text, 1, kMostThreads), spec.threads); }},
      {"burn", [&](const std::string& text) { return assign(burn(text), spec.burn); }},
      {"gather_responses",
       [&](const std::string& text) { return assign(count_between(text, 1, 100'000), spec.gather_responses); }},
      {"gather_bytes", [&](const std::string& text) { return assign(gather_bytes(text), spec.gather_bytes); }},
      {"store",
       [&](const std::string& text) {
         return assign(one_of("store", text, {"none", "embedded", "tuplestore", "tarantool", "postgres"}), spec.store);
       }},
      {"store_connections",
       [&](const std::string& text) { return assign(store_connections(text), spec.store_connections); }},
      {"store_schema",
       [&](const std::string& text) {
         return assign(one_of("store schema", text, {"relational", "jsonb"}), spec.store_schema);
       }},
      {"store_rating_index",
       [&](const std::string& text) {
         return assign(one_of("store_rating_index", text, {"on", "off"}), spec.store_rating_index);
       }},
      {"port", [&](const std::string& text) { return assign(count_between(text, 0, 65535), spec.port); }},
      {"command",
       [&](const std::string& text) {
         spec.command.push_back(text);
         return Result<void>();
       }},
      {"ready", [&](const std::string& text) { return assign(path(text), spec.ready); }},
      {"cpus", [&](const std::string& text) { return assign(CpuSet::parse(text), spec.cpus); }},
  };
  if (auto applied = apply(settings, file, "target", setters); !applied) return std::unexpected(applied.error());
  if (spec.is_ours()) return spec;
  for (const auto& setting : settings)
    if (setting.key != "command" && setting.key != "ready" && setting.key != "cpus")
      return fail_at(
          file, setting.place,
          fmt::format("target.{} is for hotlap-target; with target.command put it into the command", setting.key));
  const bool has_port = std::ranges::any_of(spec.command, [](const auto& text) { return text.contains("{port}"); });
  if (!has_port)
    return fail_at(file, settings.front().place,
                   "target.command has no {port}; the server has to listen where it is told, like '--port={port}'");
  return spec;
}

Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file) {
  load::LoadSpec spec;
  spec.url.host = "127.0.0.1";
  spec.url.port = 0;
  const std::map<std::string, Setter, std::less<>> setters = {
      {"path", [&](const std::string& text) { return assign(path(text), spec.url.target); }},
      {"method",
       [&](const std::string& text) {
         return assign(one_of("method", text, {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}),
                       spec.method);
       }},
      {"threads", [&](const std::string& text) { return assign(count_between(text, 1, 1024), spec.threads); }},
      {"connections",
       [&](const std::string& text) { return assign(count_between(text, 1, kMostConnections), spec.connections); }},
      {"pipeline", [&](const std::string& text) { return assign(count_between(text, 1, 4096), spec.pipeline_depth); }},
      {"duration", [&](const std::string& text) { return assign(parse_duration(text), spec.duration); }},
      {"warm_up", [&](const std::string& text) { return assign(parse_duration(text), spec.warm_up); }},
      {"timeout", [&](const std::string& text) { return assign(parse_duration(text), spec.timeout); }},
      {"rate", [&](const std::string& text) { return assign(load::RateProfile::parse(text), spec.rate); }},
      {"arrivals", [&](const std::string& text) { return assign(load::parse_gaps(text), spec.gaps); }},
      {"catch_up", [&](const std::string& text) { return assign(load::CatchUp::parse(text), spec.catch_up); }},
      {"seed", [&](const std::string& text) { return assign(parse_count(text), spec.seed); }},
      {"cpus", [&](const std::string& text) { return assign(CpuSet::parse(text), spec.cpus); }},
      {"expect.status",
       [&](const std::string& text) -> Result<void> {
         const auto range = load::parse_status_range(text);
         if (!range) return std::unexpected(range.error());
         spec.expect.status_low = range->first;
         spec.expect.status_high = range->second;
         return {};
       }},
      {"expect.length", [&](const std::string& text) { return assign(parse_bytes(text), spec.expect.body_length); }},
      {"expect.body",
       [&](const std::string& text) {
         spec.expect.body = text;
         return Result<void>();
       }},
      {"header",
       [&](const std::string& text) -> Result<void> {
         if (auto whole = no_line_break(text); !whole) return whole;
         const auto colon = text.find(": ");
         spec.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
         return {};
       }},
  };
  if (auto applied = apply(settings, file, "load", setters); !applied) return std::unexpected(applied.error());
  if (auto valid = load::validate(spec); !valid) {
    const auto& message = valid.error().message;  // begins with the key it is about
    const auto about =
        std::ranges::find_if(settings, [&](const Setting& setting) { return message.starts_with(setting.key + ":"); });
    return fail_at(file, about == settings.end() ? Place{} : about->place, "load." + message);
  }
  return spec;
}

}  // namespace hotlap::harness
