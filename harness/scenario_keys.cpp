#include "harness/scenario_keys.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/scenario.h"
#include "results/claim_metric.h"

namespace hotlap::harness {
namespace {

using Kind = Key::Kind;

constexpr std::uint64_t kMostEvery = 1'000'000'000;
constexpr std::uint64_t kMostStoreCalls = 100'000;
constexpr std::uint64_t kMostConnections = 1'000'000;
// What hotlap-target takes: targets/target_options.cpp.
constexpr std::uint64_t kMostWorkers = 256;
constexpr std::uint64_t kMostThreads = 10'000;

Key value(Kind kind, std::string name, std::string about) {
  return {.name = std::move(name), .kind = kind, .about = std::move(about)};
}
Key text(std::string name, std::string about) {
  return value(Kind::text, std::move(name), std::move(about));
}
Key line(std::string name, std::string about) {
  return value(Kind::line, std::move(name), std::move(about));
}
Key count(std::string name, std::uint64_t low, std::uint64_t high, std::string about) {
  auto key = value(Kind::count, std::move(name), std::move(about));
  key.low = low;
  key.high = high;
  return key;
}
Key choice(std::string name, std::vector<std::string> choices, std::string about) {
  auto key = value(Kind::choice, std::move(name), std::move(about));
  key.choices = std::move(choices);
  return key;
}
Key pattern(std::string name, std::string expression, std::string about) {
  auto key = value(Kind::pattern, std::move(name), std::move(about));
  key.pattern = std::move(expression);
  return key;
}
Key status() {
  auto key = pattern("status", "[0-9]{3}(-[0-9]{3})?", "Good status: 200, or 200-299");
  key.low = 100;
  key.high = 599;
  return key;
}
Key list_of(Key item, std::string name, std::string about) {
  auto key = value(Kind::list, std::move(name), std::move(about));
  key.item = {std::move(item)};
  return key;
}
Key one_or_more(Key item, std::string name, std::string about) {
  auto key = value(Kind::one_or_more, std::move(name), std::move(about));
  key.item = {std::move(item)};
  return key;
}
Key mapping(std::string name, std::vector<Key> keys, std::string about) {
  auto key = value(Kind::mapping, std::move(name), std::move(about));
  key.keys = std::move(keys);
  return key;
}
// Of any names, with values like this one.
Key mapping_of(Key item, std::string name, std::string about) {
  auto key = value(Kind::mapping, std::move(name), std::move(about));
  key.item = {std::move(item)};
  return key;
}
Key required(Key key) {
  key.required = true;
  return key;
}
Key also_in_profiles(Key key) {
  key.in_profile = true;
  return key;
}

Key conditions(std::string name, std::string about) {
  return mapping_of(one_or_more(line("", ""), "", ""), std::move(name), std::move(about));
}

Key trials() {
  return count("trials", 1, kMostTrials, "Trials of every case; --trials overrides it");
}

Key target() {
  return mapping("target", target_keys(), "The server under test");
}

Key load() {
  return mapping("load", load_keys(), "What is sent to it");
}

Key matrix() {
  auto key = mapping("matrix",
                     {list_of(mapping_of(line("", ""), "", "A value for every axis"), "include", "Further cases"),
                      list_of(conditions("", "A case goes when every axis named here has one of its values"), "exclude",
                              "Cases that are left out"),
                      list_of(mapping("",
                                      {required(conditions("when", "The cases that it is for, by axis values")),
                                       target(), load(), trials()},
                                      "Other settings for some cases"),
                              "overrides", "Other settings for some cases, applied in order")},
                     "What varies: every combination of the axes' values is a case");
  key.item = {one_or_more(line("", ""), "", "The values of an axis; \"{axis}\" in target or load stands for them")};
  return key;
}

Key claims() {
  const auto bound = [](std::string name, std::string about) { return line(std::move(name), std::move(about)); };
  const auto along = required(line("along", "The axis"));
  const auto cases = conditions("cases", "Which cases, by axis values; all without it");
  const auto trend = [&](std::string name, std::string about) {
    return mapping(std::move(name), {along, cases, line("up_to", "The axis' last value to look at")}, std::move(about));
  };
  return list_of(
      mapping("",
              {required(line("id", "A short name, like H2")), required(text("statement", "What is put to the test")),
               choice("metric", results::metric_names(), "The figure of each trial; throughput without it"),
               mapping("ratio", {required(conditions("of", "Cases")), required(conditions("to", "Cases"))},
                       "The metric of one group of cases over that of another"),
               conditions("value", "The metric of each of these cases"),
               list_of(conditions("", "Cases"), "order", "Groups of cases, the highest first"),
               trend("rises", "The metric rises along an axis"), trend("falls", "The metric falls along an axis"),
               mapping("knee",
                       {along, cases,
                        required(mapping("while",
                                         {bound("at_least", "Of the metric"), bound("at_most", "Of the metric"),
                                          bound("grows_by", "Over the step before, like 5%")},
                                         "What a step has to meet"))},
                       "The last value of an axis at which a condition holds"),
               mapping("shows", {cases, required(text("text", "What reasons or errors of the trials hold"))},
                       "Trials that end as it says"),
               text("no_test", "Why it cannot be tested here"), bound("published", "What the article gives"),
               bound("tolerance", "How far from it still agrees; 20% without it"),
               bound("at_least", "Lowest that agrees"), bound("at_most", "Highest that agrees"),
               text("caveat", "In what the published conditions differ from ours")},
              "One published statement; exactly one of ratio, value, order, rises, falls, knee, shows, no_test"),
      "claims", "Published statements, put to the test");
}

Key published() {
  return mapping("published",
                 {list_of(mapping("",
                                  {line("label", "Whose figure it is"),
                                   required(value(Kind::number, "value", "The figure that was published")),
                                   line("unit", "Its unit"), line("source", "Where it stands")},
                                  ""),
                          "figures", "Published figures, for context only")},
                 "What others found");
}

std::vector<Key> make_scenario_keys() {
  std::vector<Key> keys = {
      required(line("name", "Names the scenario in the database: letters, digits, '_', '-' and '.'")),
      line("title", "Headline of its tables"),
      text("question", "What is to be found out"),
      text("article", "Where the question comes from"),
      one_or_more(line("", ""), "extends",
                  "Files that this one is merged over, relative to its folder; later ones win"),
      also_in_profiles(mapping_of(line("", ""), "vars", "Texts by name; \"{name}\" in any value stands for one")),
      also_in_profiles(count("seed", 0, UINT64_MAX, "Of the order of trials; --seed overrides it")),
      also_in_profiles(trials()),
      also_in_profiles(
          choice("estimator", {"median", "median_grouped"}, "How throughputs of a case's trials become one")),
      one_or_more(line("", ""), "needs", "What must be installed for any of its cases, as target.needs"),
      also_in_profiles(one_or_more(choice("", service_names(), ""), "services",
                                   "Services to start for every case; the one that target.store names is started "
                                   "unasked")),
      also_in_profiles(target()),
      also_in_profiles(load()),
      also_in_profiles(matrix()),
      also_in_profiles(line("series",
                            "The axis along which the load grows; else the one of load.rate or of "
                            "load.connections")),
      also_in_profiles(
          value(Kind::duration, "idle_wait", "The most that each trial waits for others to leave the machine alone")),
      also_in_profiles(choice("stop_series_at", {"crash"}, "Skip later values once the target has crashed at one")),
      claims(),
      published(),
  };
  auto profile = mapping("", {}, "Whatever it changes; the rest stays");
  profile.keys = {one_or_more(line("", ""), "extends", "Other profiles that this one is merged over"),
                  value(Kind::duration, "duration", "Short for load.duration"),
                  value(Kind::duration, "warm_up", "Short for load.warm_up")};
  std::ranges::copy_if(keys, std::back_inserter(profile.keys), &Key::in_profile);
  keys.push_back(mapping_of(std::move(profile), "profiles", "Variants of the same question, chosen by --profile"));
  return keys;
}

}  // namespace

const std::vector<Key>& scenario_keys() {
  static const auto keys = make_scenario_keys();
  return keys;
}

const std::vector<Key>& profile_keys() {
  return find_key(scenario_keys(), "profiles")->item.front().keys;
}

const std::vector<Key>& target_keys() {
  static const std::vector<Key> keys = {
      value(Kind::text, "program", "Another build of hotlap-target; the default is the one beside hotlap"),
      choice("engine", {"blocking", "threadpool", "prefork", "epoll", "pipelined", "uring"},
             "How hotlap-target waits and writes"),
      count("workers", 1, kMostWorkers, "Threads with a listener each; in prefork, processes"),
      choice("workers_as", {"threads", "processes"}, "What workers are"),
      count("threads", 1, kMostThreads, "threadpool: threads of each worker"),
      value(Kind::duration, "burn", "Processor time burnt before each answer, up to 1s: a slow-down of known size"),
      count("gather_responses", 1, 100'000, "pipelined: most answers in one write"),
      value(Kind::bytes, "gather_bytes", "pipelined: write when this many bytes have gathered, up to 16MiB"),
      choice("store", {"none", "embedded", "tuplestore", "tarantool", "postgres"},
             "The database behind the pages that need one"),
      pattern("store_connections", "one|per-request|pool:[0-9]+[kM]?",
              "How links to the database are shared: one, per-request or pool:N"),
      choice("store_schema", {"relational", "jsonb"}, "postgres: how its tables are laid out"),
      choice("store_rating_index", {"on", "off"}, "postgres with jsonb: off takes the tables without the index"),
      choice("operations", {"article", "code"},
             "Database operations of /good and /index: the article's count or its code's"),
      count("port", 0, 65535, "0 takes a free one"),
      list_of(text("", ""), "command",
              "Any other server by its arguments, without a shell; {port} must stand somewhere in it"),
      mapping_of(text("", ""), "environment", "With command: added to our environment"),
      text("directory", "With command: where it starts"),
      text("log", "With command: its output is added to this file"),
      choice("ready_fd", {"true", "false"}, "With command: ready when it writes to the descriptor {ready_fd}"),
      text("url", "A server that runs already: http://127.0.0.1:8080, https://localhost:8443 or unix:/run/app.sock"),
      choice("allow_remote", {"true", "false"}, "With url: it may be on another host"),
      text("cacert",
           "With https: trust what the certificates in this file (PEM) have signed, not what the system trusts"),
      choice("insecure", {"true", "false"}, "With https: trust any certificate"),
      value(Kind::path, "ready", "A server that is not ours is ready once this page answers …"),
      pattern("ready_status", "[0-9]{3}(-[0-9]{3})?", "… with this status: 200, or 200-299"),
      text("ready_body", "… with this in its body"),
      value(Kind::duration, "ready_timeout", "… within this time"),
      text("version", "A command whose first line is the version of what is measured: node --version"),
      line("git", "A commit, branch or tag that is checked out before the first trial; {source} is where"),
      text("repository", "Where git looks for it; the default is the scenario's own"),
      one_or_more(text("", ""), "build", "Run there once: a command line, or its arguments; no shell"),
      value(Kind::duration, "build_timeout", "How long the build may take"),
      choice("front", {"none", "nginx", "haproxy"}, "A proxy before the target, which the load goes through"),
      choice("front_upstream", {"keep-alive", "close"}, "Its connections to the target: kept, or one for each request"),
      choice("front_errors", {"good", "broken"}, "broken: its page for errors is missing, so every 502 becomes a 404"),
      value(Kind::cpus, "front_cpus", "Processors of the front; the default is the target's"),
      one_or_more(text("", ""), "needs",
                  "What must be installed: a program, python:MODULE, or run: COMMAND that exits 0 when all is there"),
      value(Kind::cpus, "cpus", "Processors of the target and its services, like \"0,2-3\""),
  };
  return keys;
}

const std::vector<Key>& load_keys() {
  static const std::vector<Key> keys = {
      value(Kind::path, "path", "What is asked for, with query"),
      choice("method", {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}, "Request method"),
      count("threads", 1, 1024, "Load threads"),
      count("connections", 1, kMostConnections, "Over all threads; at least one for each"),
      count("pipeline", 1, 4096, "Most requests in flight on one connection"),
      value(Kind::duration, "duration", "Of the window"),
      pattern("warm_up", R"(steady|[0-9.]+(ns|us|ms|s|m|h))",
              "Load before the window: a time, or steady, until throughput has settled"),
      value(Kind::duration, "warm_up_most", "The most that 'warm_up: steady' waits; 10s without it"),
      count("verify_every", 1, kMostEvery, "The body of one response in so many is checked while load runs"),
      value(Kind::duration, "timeout", "Of a request, and of a connect"),
      pattern("rate", R"([0-9.]+[kM]?/s([.,]+[0-9.]+[kM]?/s)*)",
              "Open loop: offered rate, steady 20k/s, steps 1k/s,2k/s or a ramp 1k/s..20k/s"),
      choice("arrivals", {"constant", "poisson"}, "Gaps of the open loop"),
      pattern("catch_up", "burst|cap:.+|drop:.+", "What becomes of overdue requests: burst, cap:2 or drop:10ms"),
      count("seed", 0, UINT64_MAX, "Of Poisson arrivals; the same for every case"),
      value(Kind::cpus, "cpus", "Processors of the load, like \"1\""),
      choice("spin", {"true", "false"}, "Load threads poll instead of sleeping"),
      choice("transport", {"auto", "epoll", "uring"},
             "How bytes go to the kernel; auto: io_uring for a closed loop where the kernel has it, else epoll"),
      choice("tls_resume", {"true", "false"}, "With https: connections that are opened again resume their session"),
      line("requests", "Several requests with values of their own: a document beside the scenario"),
      count("requests_per_connection", 1, 1'000'000'000, "A connection is closed after so many and opened anew"),
      mapping(
          "expect",
          {status(), value(Kind::bytes, "length", "Good length of the body"), text("body", "The good body, exactly"),
           count("store_calls", 0, kMostStoreCalls, "Database operations per request, by hotlap-target's own count")},
          "A response that is not like this counts as an error"),
      mapping_of(line("", ""), "headers", "Further request headers"),
  };
  return keys;
}

const std::vector<std::string>& service_names() {
  static const std::vector<std::string> names = {"tuplestore", "tarantool", "postgres"};
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> names_of(const std::vector<Key>& keys) {
  std::vector<std::string> names;
  names.reserve(keys.size());
  std::ranges::transform(keys, std::back_inserter(names), &Key::name);
  return names;
}

std::string setting_key(const Key& mapping, std::string_view name) {
  if (mapping.item.empty()) return fmt::format("{}.{}", mapping.name, name);
  const std::string one = mapping.name == "headers" ? "header" : mapping.name;
  return fmt::format("{} {}", one, name);
}

const Key* find_key(const std::vector<Key>& keys, std::string_view path) {
  if (const auto blank = path.find(' '); blank != std::string_view::npos) {
    const auto mapping = path.substr(0, blank);
    return find_key(keys, mapping == "header" ? "headers" : mapping);
  }
  const auto dot = path.find('.');
  const auto found = std::ranges::find(keys, path.substr(0, dot), &Key::name);
  if (found == keys.end()) return nullptr;
  if (dot == std::string_view::npos) return &*found;
  return find_key(found->kind == Kind::mapping ? found->keys : found->item.front().keys, path.substr(dot + 1));
}

const std::vector<Key>& keys_in(std::string_view path) {
  const auto* key = find_key(scenario_keys(), path);
  check(key != nullptr, "keys_in() is asked for a key that no table has");
  return key->kind == Kind::mapping ? key->keys : key->item.front().keys;
}

Result<void> check_value(const Key& key, const std::string& text) {
  switch (key.kind) {
    case Kind::choice:
      if (std::ranges::find(key.choices, text) == key.choices.end())
        return fail(fmt::format("{} '{}' is unknown{}", key.name, printable(text), did_you_mean(text, key.choices)));
      return {};
    case Kind::count: {
      const auto number = parse_count(text);
      if (!number) return std::unexpected(number.error());
      if (*number < key.low || *number > key.high)
        return fail(fmt::format("{} is not between {} and {}", *number, key.low, key.high));
      return {};
    }
    case Kind::path:
      if (text.starts_with('/') && text.find_first_of(" \r\n\t") == std::string::npos) return {};
      return fail(fmt::format("path '{}' does not begin with / or holds blanks", printable(text)));
    case Kind::line:
      if (text.find_first_of("\r\n") == std::string::npos) return {};
      return fail(fmt::format("'{}' holds a line break", printable(text)));
    default:
      return {};
  }
}

}  // namespace hotlap::harness
