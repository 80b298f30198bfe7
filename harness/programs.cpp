#include "harness/programs.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/program_path.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

Result<void> require(const std::string& program) {
  if (find_program(program)) return {};
  return fail(fmt::format("program '{}' was not found; build all of Hotlap, or reinstall it: its programs belong into "
                          "one folder",
                          printable(program)),
              ExitCode::missing_program);
}

}  // namespace

std::string Programs::target(const TargetSpec& spec) const {
  if (spec.runs_already()) return {};
  if (!spec.is_ours()) return spec.command.front();
  return spec.program.empty() ? own_target() : spec.program;
}

Result<std::string> service_script(const std::string& service, const std::string& scenario_file,
                                   const Programs& programs) {
  const fs::path script = fs::path("services") / service / "start.sh";
  std::string tried;
  for (const auto& folder :
       {fs::path(scenario_file).parent_path(), fs::path(programs.folder) / "../share/hotlap/scenarios",
        fs::path(programs.folder) / "../../../scenarios"}) {
    const auto path = (folder / script).lexically_normal();
    std::error_code error;
    if (fs::is_regular_file(path, error)) return fs::absolute(path, error).string();
    tried += fmt::format("{}{}", tried.empty() ? "" : ", ", path.string());
  }
  return fail(
      fmt::format("service {} needs its start script, which is none of {}; copy scenarios/services beside the scenario",
                  service, tried),
      ExitCode::missing_program);
}

std::string folder_of_scenario(const std::string& file) {
  std::error_code error;
  const auto folder = fs::absolute(fs::path(file), error).parent_path().lexically_normal().string();
  return error || folder.empty() ? "." : folder;
}

Result<void> require_programs(const Plan& plan, const Programs& programs) {
  if (auto found = require(programs.load()); !found) return found;
  for (const auto& planned : plan.cases) {
    const auto& services = planned.services;
    const bool ours = planned.target.is_ours() && planned.target.program.empty();
    if (ours || std::ranges::find(services, "postgres") != services.end())
      if (auto found = require(programs.own_target()); !found) return found;
    if (!services.empty())
      if (auto found = require(programs.tuplestore()); !found) return found;
  }
  return {};
}

}  // namespace hotlap::harness
