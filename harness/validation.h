// Scenario files read, expanded and typed as a whole, with each of their profiles, without running anything. Touches
// nothing but the files and the start scripts of their services.
#pragma once

#include <string>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "harness/matrix.h"
#include "harness/programs.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {

struct Validation {
  std::string text;                 // a line for every file that is right, with its warnings
  std::vector<std::string> errors;  // of the others, with file, line and column
};

// With a profile chosen only that one is looked at.
[[nodiscard]] Validation validate_files(const std::vector<std::string>& files, const ScenarioChoices& choices,
                                        std::size_t most_cases, const CpuSet& machine, const Programs& programs);

}  // namespace hotlap::harness
