#include "harness/scenario_commands.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/program_path.h"
#include "base/units.h"
#include "harness/command_text.h"
#include "harness/output_file.h"
#include "harness/plan.h"
#include "harness/scenario_schema.h"
#include "harness/starter.h"
#include "harness/validation.h"

namespace hotlap::harness {
namespace {

// A name for the scenario of this file: its stem, as far as a name may hold it.
std::string name_of(const std::filesystem::path& file) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  auto name = file.stem().string();
  std::ranges::replace_if(name, [&](char c) { return !allowed(c); }, '_');
  return name == "hotlap" || name.empty() ? "my_server" : name;
}

// What the flags make is held to what every scenario is held to.
Result<void> require_valid(const std::string& yaml) {
  auto scenario = scenario_from_yaml(yaml, "init");
  if (!scenario) return fail(scenario.error().message, ExitCode::usage);
  const auto plan = make_plan({std::move(*scenario)}, {.machine = CpuSet::available()});
  if (!plan) return fail(plan.error().message, ExitCode::usage);
  return {};
}

}  // namespace

Result<ExitCode> validate_scenarios(const ValidateCommand& command) {
  const auto found = validate_files(command.files, command.choices, command.most_cases, CpuSet::available(),
                                    Programs{own_directory()});
  (void)std::fputs(found.text.c_str(), stdout);
  (void)std::fflush(stdout);
  for (const auto& error : found.errors) (void)std::fputs(("hotlap: " + error + "\n").c_str(), stderr);
  return found.errors.empty() ? ExitCode::success : ExitCode::bad_config;
}

Result<ExitCode> print_schema() {
  (void)std::fputs(scenario_schema().c_str(), stdout);
  if (std::fflush(stdout) != 0) return fail_errno("write the schema", ExitCode::store_failed);
  return ExitCode::success;
}

Result<ExitCode> write_starter(const InitCommand& command) {
  namespace fs = std::filesystem;
  if (!command.command.empty() && !command.url.empty())
    return fail("--command starts a server and --url names one that runs; give one of them", ExitCode::usage);
  std::error_code ignored;
  fs::path file = command.where;
  if (fs::is_directory(file, ignored) || !file.has_filename()) file /= "hotlap.yaml";
  if (fs::exists(file, ignored) && !command.force)
    return fail(fmt::format("{} is there already; name another file, or write over it with --force", file.string()),
                ExitCode::usage);
  Starter starter{.file = file.lexically_normal().string(), .name = name_of(file), .command = {}, .url = command.url};
  if (!command.command.empty()) {
    auto words = split_command(command.command);
    if (!words) return fail("--command: " + words.error().message, ExitCode::usage);
    starter.command = std::move(*words);
  }
  const auto yaml = starter_scenario(starter);
  if (!yaml) return fail("--url: " + yaml.error().message, ExitCode::usage);
  if (auto valid = require_valid(*yaml); !valid) return std::unexpected(valid.error());
  if (auto written = write_file(file.string(), *yaml); !written) return std::unexpected(written.error());
  (void)std::fputs(fmt::format("{0} is written; next:\n  hotlap validate {0}\n  hotlap run {0} --html report.html\n",
                               command_text({starter.file}))
                       .c_str(),
                   stdout);
  return ExitCode::success;
}

}  // namespace hotlap::harness
