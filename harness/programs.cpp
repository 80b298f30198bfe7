#include "harness/programs.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/process.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

Result<void> require(const std::string& program, const std::string& remedy) {
  if (find_program(program)) return {};
  return fail(fmt::format("program '{}' was not found; {}", printable(program), remedy), ExitCode::missing_program);
}

// Debian keeps the server out of PATH, in a folder for each version.
bool has_postgres_server() {
  std::error_code error;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", error))
    if (fs::exists(version.path() / "bin" / "postgres", error)) return true;
  return find_program("postgres").has_value();
}

}  // namespace

std::string Programs::target(const TargetSpec& spec) const {
  if (!spec.is_ours()) return spec.command.front();
  return spec.program.empty() ? own_target() : spec.program;
}

Result<std::string> service_script(const std::string& service, const std::string& scenario_file,
                                   const Programs& programs) {
  const fs::path script = fs::path("services") / service / (service == "postgres" ? "start.sh" : "init.lua");
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

Result<void> require_programs(const Plan& plan, const Programs& programs) {
  constexpr const char* kBuild = "build all of Hotlap, or reinstall it: its programs belong into one folder";
  if (auto found = require(programs.load(), kBuild); !found) return found;
  for (const auto& planned : plan.cases) {
    const auto remedy =
        planned.target.is_ours() && planned.target.program.empty() ? kBuild : "check its name, or install it";
    if (auto found = require(programs.target(planned.target), remedy); !found) return found;
    for (const auto& service : planned.services) {
      if (auto found = require(programs.tuplestore(), kBuild); !found) return found;
      if (service == "tuplestore") continue;
      if (service == "tarantool")
        if (auto found = require("tarantool", "install it with 'apt-get install tarantool'"); !found) return found;
      if (service == "postgres") {
        if (!has_postgres_server())
          return fail("program 'postgres' was not found; install it with 'apt-get install postgresql-15'",
                      ExitCode::missing_program);
        if (auto found = require(programs.own_target(), kBuild); !found) return found;
      }
      if (auto script = service_script(service, plan.scenarios[planned.scenario].file, programs); !script)
        return std::unexpected(script.error());
    }
  }
  return {};
}

}  // namespace hotlap::harness
