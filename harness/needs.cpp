#include "harness/needs.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/file_text.h"
#include "base/process.h"
#include "base/program_path.h"
#include "harness/command_text.h"
#include "harness/placeholders.h"
#include "harness/ready_line.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPython = "python:";
constexpr std::string_view kRun = "run:";
constexpr Nanos kPatience = std::chrono::seconds(10);

// Where the package is not called like the program.
constexpr std::array<std::pair<std::string_view, std::string_view>, 32> kPackages = {{
    {"nginx", "nginx-light"},
    {"haproxy", "haproxy"},
    {"tarantool", "tarantool"},
    {"postgres", "postgresql-15"},
    {"initdb", "postgresql-15"},
    {"psql", "postgresql-client-15"},
    {"node", "nodejs"},
    {"npm", "npm"},
    {"go", "golang-go"},
    {"pypy3", "pypy3"},
    {"python3", "python3"},
    {"gunicorn", "gunicorn"},
    {"gunicorn3", "gunicorn"},
    {"uwsgi", "uwsgi-core"},
    {"uwsgi_python3", "uwsgi-plugin-python3"},
    {"wrk", "wrk"},
    {"ab", "apache2-utils"},
    {"redis-server", "redis-server"},
    {"git", "git"},
    {"cmake", "cmake"},
    {"ninja", "ninja-build"},
    {"make", "make"},
    {"g++", "g++"},
    {"gcc", "gcc"},
    {"cargo", "cargo"},
    {"ruby", "ruby"},
    {"php", "php-cli"},
    {"java", "default-jre-headless"},
    {"perl", "perl"},
    {"lua5.4", "lua5.4"},
    {"setpriv", "util-linux"},
    {"bash", "bash"},
}};

// Where a module's package is not called python3-MODULE.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kModules = {{
    {"yaml", "python3-yaml"},
    {"psycopg2", "python3-psycopg2"},
    {"bs4", "python3-bs4"},
    {"OpenSSL", "python3-openssl"},
}};

bool is_module_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

// Debian's own interpreter is the one its modules are packaged for.
std::string python() {
  return find_program("/usr/bin/python3").value_or("python3");
}

bool python_has(const std::string& module) {
  if (!is_module_name(module)) return false;
  ProcessOptions options;
  options.arguments = {python(), "-c",
                       "import importlib.util, sys; sys.exit(importlib.util.find_spec('" + module + "') is None)"};
  auto process = Process::start(options);
  if (!process) return false;
  const auto exit = process->wait(kPatience);
  return exit && exit->status == 0;
}

// What the command says is missing.
std::string ask_by_running(std::string_view command) {
  auto arguments = split_command(command);
  if (!arguments || arguments->empty())
    return fmt::format("'{}' is no command: {}", printable(command),
                       arguments ? "it is empty" : arguments.error().message);
  const auto shown = printable(command_text(*arguments));
  auto process = Process::start({.arguments = *arguments});
  if (!process) return process.error().message;
  const auto exit = process->wait(kPatience);
  if (!exit) return fmt::format("'{}' did not end within {}", shown, format_duration(kPatience));
  if (exit->status == 0) return {};
  const auto words = last_words(process->output_tail());
  return words.empty() ? fmt::format("'{}' ended with {}", shown, exit->text()) : words;
}

std::string ask_this_machine(const std::string& need) {
  const auto missing = [&](const std::string& what) {
    return fmt::format("{} was not found; {}", what, remedy_for(need));
  };
  if (need.starts_with(kRun)) return ask_by_running(std::string_view(need).substr(kRun.size()));
  if (need.starts_with(kPython)) {
    const auto module = need.substr(kPython.size());
    return python_has(module) ? "" : missing(fmt::format("Python's module '{}'", printable(module)));
  }
  return find_needed_program(need) ? "" : missing(fmt::format("program '{}'", printable(need)));
}

}  // namespace

std::string package_of(std::string_view need) {
  if (need.starts_with(kPython)) {
    auto module = std::string(need.substr(kPython.size()));
    module = module.substr(0, module.find('.'));
    for (const auto& [name, package] : kModules)
      if (name == module) return std::string(package);
    std::ranges::transform(module, module.begin(), [](char c) {
      return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return is_module_name(need.substr(kPython.size())) ? "python3-" + module : std::string();
  }
  for (const auto& [program, package] : kPackages)
    if (program == need) return std::string(package);
  return {};
}

std::string remedy_for(std::string_view need) {
  const auto package = package_of(need);
  return package.empty() ? "check its name, or install it"
                         : fmt::format("install it with 'apt-get install {}'", package);
}

std::vector<std::string> needs_in_script(std::string_view script) {
  constexpr std::string_view kMark = "# needs:";
  std::vector<std::string> needs;
  while (!script.empty()) {
    const auto end = script.find('\n');
    auto line = script.substr(0, end);
    script = end == std::string_view::npos ? std::string_view{} : script.substr(end + 1);
    if (!line.starts_with(kMark)) continue;
    line.remove_prefix(kMark.size());
    while (true) {
      const auto start = line.find_first_not_of(" \t,\r");
      if (start == std::string_view::npos) break;
      line.remove_prefix(start);
      const auto word = line.substr(0, line.find_first_of(" \t,\r"));
      needs.emplace_back(word);
      line.remove_prefix(word.size());
    }
  }
  return needs;
}

std::optional<std::string> find_needed_program(const std::string& name) {
  if (auto found = find_program(name); found || name.contains('/')) return found;
  for (const char* folder : {"/usr/sbin", "/usr/local/sbin", "/sbin"})
    if (auto found = find_program(fmt::format("{}/{}", folder, name))) return found;
  if (name != "postgres" && name != "initdb") return std::nullopt;
  std::optional<std::string> newest;  // Debian has a folder for each version
  std::error_code error;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", error)) {
    auto found = find_program((version.path() / "bin" / name).string());
    if (found && (!newest || *newest < *found)) newest = std::move(found);
  }
  return newest;
}

Machine::Machine() : ask_(ask_this_machine) {}

const std::string& Machine::lacks(const std::string& need) {
  auto known = known_.find(need);
  if (known == known_.end()) known = known_.emplace(need, ask_(need)).first;
  return known->second;
}

Result<std::vector<std::string>> needs_of(const PlannedCase& planned, const Scenario& scenario,
                                          const Programs& programs) {
  std::vector<std::string> needs;
  const auto add = [&](const std::string& need) {
    if (std::ranges::find(needs, need) == needs.end()) needs.push_back(need);
  };
  const results::Parameters here = {{"here", folder_of_scenario(scenario.file)}};
  for (const auto& need : scenario.needs) add(fill_in(need, here));
  for (const auto& need : planned.target.needs) add(fill_in(need, here));
  const auto& target = planned.target;
  // A program in a checkout is not there yet.
  const auto program = target.command.empty() ? std::string() : fill_in(target.command.front(), here);
  if (!program.empty() && !program.contains('{')) {
    const bool elsewhere = program.contains('/') && !program.starts_with('/') && !target.directory.empty();
    if (!elsewhere) add(program);
  }
  if (target.is_ours() && !target.program.empty() && !target.program.contains('{')) add(target.program);
  if (!target.git.empty()) add("git");
  if (!target.build.empty() && !target.build.front().contains('/')) add(target.build.front());
  auto scripts = planned.services;
  if (target.has_front()) scripts.push_back(target.front);
  for (const auto& service : scripts) {
    if (service == "tuplestore") continue;
    add("bash");
    const auto script = service_script(service, scenario.file, programs);
    if (!script) return std::unexpected(script.error());
    for (const auto& need : needs_in_script(file_text(*script))) add(need);
  }
  return needs;
}

std::string why_not_here(const PlannedCase& planned, const Scenario& scenario, const Programs& programs,
                         Machine& machine) {
  const auto needs = needs_of(planned, scenario, programs);
  if (!needs) return needs.error().message;
  std::vector<std::string> missing;
  for (const auto& need : *needs)
    if (const auto& lack = machine.lacks(need); !lack.empty()) missing.push_back(lack);
  return fmt::to_string(fmt::join(missing, "; "));
}

}  // namespace hotlap::harness
