#include "harness/provenance.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/host.h"
#include "base/process.h"
#include "base/program_path.h"
#include "results/digest.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 16;              // 64 bits: enough to tell builds apart
constexpr std::uintmax_t kLargestScript = 16 << 20;  // bytes; an argument that is a larger file is data
constexpr Nanos kGitPatience = std::chrono::seconds(2);

void add_file(results::Facts& facts, std::set<std::string>& seen, const std::string& path) {
  std::error_code error;
  const auto real = fs::canonical(path, error).string();
  if (error || !seen.insert(real).second) return;
  const fs::path full(path);
  // Services' scripts are all called start.sh.
  const auto name = full.filename() == "start.sh" ? full.parent_path().filename() / full.filename() : full.filename();
  if (const auto hash = results::sha256_of_file(real))
    facts.emplace_back("program " + name.string(), hash->substr(0, kHashDigits));
}

// The program of a command line, and what it is given to read: the script of an interpreter, a configuration.
void add_command(results::Facts& facts, std::set<std::string>& seen, const std::vector<std::string>& command) {
  if (command.empty()) return;
  if (const auto program = find_program(command.front())) add_file(facts, seen, *program);
  for (std::size_t i = 1; i < command.size(); ++i) {
    std::error_code error;
    if (fs::is_regular_file(command[i], error) && fs::file_size(command[i], error) <= kLargestScript && !error)
      add_file(facts, seen, command[i]);
  }
}

std::string git_state(const std::string& folder) {
  ProcessOptions options;
  options.arguments = {"git", "-C", folder.empty() ? "." : folder, "describe", "--always", "--dirty", "--abbrev=12"};
  options.log_path = "/dev/null";
  auto git = Process::start(options);
  if (!git) return {};
  const auto line = git->read_line(kGitPatience);
  const auto exit = git->wait(kGitPatience);
  return line && exit && exit->status == 0 ? *line : std::string();
}

}  // namespace

results::Facts describe_environment(const Plan& plan, const Programs& programs) {
  auto facts = describe_host();
  std::set<std::string> seen;
  add_file(facts, seen, programs.folder + "/hotlap");
  add_file(facts, seen, programs.load());
  for (const auto& planned : plan.cases) {
    const auto& target = planned.target;
    add_command(facts, seen, target.is_ours() ? std::vector{programs.target(target)} : target.command);
    auto services = planned.services;
    if (target.has_front()) services.push_back(target.front);
    for (const auto& service : services)
      if (service == "tuplestore")
        add_file(facts, seen, programs.tuplestore());
      else if (const auto script = service_script(service, plan.scenarios[planned.scenario].file, programs))
        add_file(facts, seen, *script);
  }
  const auto here = git_state({});
  if (!here.empty()) facts.emplace_back("git", here);
  if (const auto own = git_state(programs.folder); !own.empty() && own != here)
    facts.emplace_back("git of hotlap", own);
  return facts;
}

}  // namespace hotlap::harness
