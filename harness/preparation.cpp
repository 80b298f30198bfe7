#include "harness/preparation.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/process.h"
#include "harness/checkout.h"
#include "harness/command_text.h"
#include "harness/placeholders.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kVersionPatience = std::chrono::seconds(5);
constexpr std::size_t kLongestVersion = 200;

// The one line that `start.sh --version` says; empty: it has none.
std::string version_of(const std::string& script) {
  auto process = Process::start({.arguments = {"bash", script, "--version"}, .log_path = "/dev/null"});
  if (!process) return {};
  const auto line = process->read_line(kVersionPatience);
  const auto exit = process->wait(kVersionPatience);
  return line && exit && exit->status == 0 ? printable(*line) : std::string();
}

// What this command calls its version, or why it does not.
std::string version_by(const std::vector<std::string>& command) {
  auto process = Process::start({.arguments = command});
  if (!process) return "not told: " + process.error().message;
  const auto exit = process->wait(kVersionPatience);
  if (!exit) return fmt::format("not told within {}", format_duration(kVersionPatience));
  if (exit->status != 0) return "not told: it ended with " + exit->text();
  const auto output = process->output_tail();
  return printable(output.substr(0, output.find('\n')), kLongestVersion);
}

// Without folders, which differ between machines: "bash start --version node".
std::string name_of_command(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  words.reserve(command.size());
  for (const auto& word : command) words.push_back(std::filesystem::path(word).filename().string());
  return printable(command_text(words));
}

}  // namespace

Result<Preparation> Preparation::make(const Plan& plan, const Programs& programs, Machine& machine,
                                      const StopFlag& stop, const Options& options) {
  if (auto found = require_programs(plan, programs); !found) return std::unexpected(found.error());
  WorkFolder::remove_abandoned();
  auto folder = WorkFolder::create();
  if (!folder) return std::unexpected(folder.error());
  std::error_code error;
  using enum std::filesystem::perms;
  std::filesystem::permissions(folder->path(), owner_all | group_exec | others_exec,
                               error);  // PostgreSQL is another user
  Preparation made(std::move(*folder));
  made.why_not_.resize(plan.cases.size());
  made.grounds_.resize(plan.cases.size());
  std::set<std::string> scripts;
  std::set<std::vector<std::string>> versions;
  std::map<std::string, Checkout> checkouts;
  for (std::size_t i = 0; i < plan.cases.size(); ++i) {
    const auto& planned = plan.cases[i];
    const auto& scenario = plan.scenarios[planned.scenario];
    made.why_not_[i] = why_not_here(planned, scenario, programs, machine);
    if (!made.why_not_[i].empty()) {
      if (options.strict_needs) return fail(made.why_not_[i], ExitCode::missing_program);
      continue;
    }
    auto names = planned.services;
    if (planned.target.has_front()) names.push_back(planned.target.front);
    for (const auto& name : names) {
      if (name == "tuplestore" || !scripts.insert(name).second) continue;
      const auto script = service_script(name, scenario.file, programs);
      if (!script) return std::unexpected(script.error());
      if (auto version = version_of(*script); !version.empty())
        made.facts_.emplace_back("version of " + name, std::move(version));
    }
    made.grounds_[i].templates = made.folder_.path();
    const auto& target = planned.target;
    const auto here = folder_of_scenario(scenario.file);
    if (auto command = target.version; !command.empty()) {
      for (auto& word : command) word = fill_in(word, {{"here", here}});
      if (versions.insert(command).second)
        made.facts_.emplace_back("version by " + name_of_command(command), version_by(command));
    }
    if (target.git.empty()) continue;
    const auto repository = target.repository.empty() ? here : fill_in(target.repository, {{"here", here}});
    const auto key = fmt::format("{}\n{}\n{}", repository, target.git, command_text(target.build));
    auto known = checkouts.find(key);
    if (known == checkouts.end()) {
      auto checkout = check_out({.repository = repository,
                                 .revision = target.git,
                                 .build = target.build,
                                 .timeout = target.build_timeout,
                                 .cache = checkout_cache()},
                                stop, options.say);
      if (!checkout) return std::unexpected(checkout.error());
      made.facts_.emplace_back(
          "git " + printable(target.git),
          checkout->commit + (checkout->repository_dirty ? "; the repository has changes that are not in it" : ""));
      known = checkouts.emplace(key, std::move(*checkout)).first;
    }
    made.grounds_[i].source = known->second.source;
  }
  const auto runs = [](const std::string& why_not) { return why_not.empty(); };
  if (std::ranges::none_of(made.why_not_, runs)) return fail(made.why_not_.front(), ExitCode::missing_program);
  return made;
}

}  // namespace hotlap::harness
