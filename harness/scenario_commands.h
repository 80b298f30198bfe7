// What `hotlap validate`, `hotlap schema` and `hotlap init` do once their command lines are read: about scenario files,
// without a session. Each returns the program's exit code, or the error that ends it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "harness/matrix.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {

struct ValidateCommand {
  std::vector<std::string> files;
  ScenarioChoices choices;
  std::size_t most_cases = kMostCases;
};
// All files are read, whatever one of them says.
[[nodiscard]] Result<ExitCode> validate_scenarios(const ValidateCommand& command);

[[nodiscard]] Result<ExitCode> print_schema();

struct InitCommand {
  std::string where = ".";  // a folder, for hotlap.yaml in it, or a file
  std::string command;      // of the server, with {port} in it
  std::string url;          // of one that runs already
  bool force = false;       // write over a file that is there
};
[[nodiscard]] Result<ExitCode> write_starter(const InitCommand& command);

}  // namespace hotlap::harness
