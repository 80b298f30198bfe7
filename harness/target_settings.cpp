#include "harness/target_settings.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"
#include "harness/command_text.h"
#include "harness/endpoint.h"
#include "harness/scenario_keys.h"
#include "harness/setting_reader.h"

namespace hotlap::harness {
namespace {

constexpr std::uint64_t kMostGatherBytes = std::uint64_t{16} << 20;

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

Result<void> set_version(TargetSpec& spec, const std::string& text) {
  auto words = split_command(text);
  if (!words) return std::unexpected(words.error());
  spec.version = std::move(*words);
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

// Which of the three kinds of target a key is for: ours, a command, one that runs already. The rest are for all.
bool goes_with(std::string_view key, const TargetSpec& spec) {
  static const std::vector<std::string> any = {"front",      "front_upstream", "front_errors",
                                               "front_cpus", "needs",          "cpus"};
  static const std::vector<std::string> started = {"git", "repository", "build", "build_timeout"};
  static const std::vector<std::string> command = {"command", "environment", "directory", "log", "ready_fd"};
  static const std::vector<std::string> url = {"url", "allow_remote", "cacert", "insecure"};
  static const std::vector<std::string> not_ours = {"ready", "ready_status", "ready_body", "ready_timeout", "version"};
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

}  // namespace

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
      {"cacert",
       [](TargetSpec& spec, const std::string& text) {
         spec.trust.authorities = text;
         return Result<void>();
       }},
      {"insecure", [](TargetSpec& spec, const std::string& text) { return set_yes_or_no(spec.trust.anybody, text); }},
      {"ready", as_text<&TargetSpec::ready>},
      {"ready_status", set_ready_status},
      {"ready_body", as_text<&TargetSpec::ready_body>},
      {"ready_timeout",
       [](TargetSpec& spec, const std::string& text) { return set_patience(spec.ready_timeout, text); }},
      {"version", set_version},
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
  const auto given = [&](const char* key) { return std::ranges::find(settings, key, &Setting::key) != settings.end(); };
  if (spec.git.empty())
    for (const char* key : {"build", "build_timeout", "repository"})
      if (given(key))
        return fail_at(file, about(key), fmt::format("target.{} needs target.git: which revision to take", key));
  if (spec.runs_already()) {
    const auto endpoint = Endpoint::parse(spec.url);
    if (!endpoint) return fail_at(file, about("url"), "target.url: " + endpoint.error().message);
    if (!endpoint->is_local() && !spec.allow_remote)
      return fail_at(file, about("url"),
                     fmt::format("target.url: {} is another host, and load must not leave this one by mistake; "
                                 "'allow_remote: true' says that it is meant",
                                 endpoint->text()));
    for (const char* key : {"cacert", "insecure"})
      if (!endpoint->tls && given(key))
        return fail_at(file, about(key),
                       fmt::format("target.{} says whom to trust over https://; the URL is {}", key, endpoint->text()));
    if (given("cacert") && spec.trust.anybody)
      return fail_at(file, about("cacert"), "target.cacert says whom to trust and target.insecure trusts anybody");
    if (given("cacert")) {
      auto path = file_beside(file, spec.trust.authorities);
      if (!path) return fail_at(file, about("cacert"), "target.cacert: " + path.error().message);
      spec.trust.authorities = std::move(*path);
    }
    if (endpoint->tls && spec.has_front())
      return fail_at(file, about("front"), "target.front speaks http to the server behind it, and that speaks https");
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

}  // namespace hotlap::harness
