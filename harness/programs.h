// Where the programs stand that a session starts: hotlap-target, hotlap-load and hotlap-tuplestore beside this one,
// others as given or in PATH. Ours are asked for before the first trial, so that what is missing is said once and at
// once.
#pragma once

#include <string>

#include "base/error.h"
#include "harness/plan.h"

namespace hotlap::harness {

struct Programs {
  std::string folder;  // of hotlap and its sisters

  [[nodiscard]] std::string target(const TargetSpec& spec) const;
  [[nodiscard]] std::string own_target() const { return folder + "/hotlap-target"; }
  [[nodiscard]] std::string load() const { return folder + "/hotlap-load"; }
  [[nodiscard]] std::string tuplestore() const { return folder + "/hotlap-tuplestore"; }
};

// The script that starts a service or a front, services/NAME/start.sh: beside the scenario, or installed, or in the
// source tree that this program was built from.
[[nodiscard]] Result<std::string> service_script(const std::string& service, const std::string& scenario_file,
                                                 const Programs& programs);

// The folder of a scenario's file, in full: what {here} stands for.
[[nodiscard]] std::string folder_of_scenario(const std::string& file);

// Error (missing_program) names the first program of Hotlap's own that the plan needs and that is not there: its
// programs belong together. What else a case needs: needs.h.
[[nodiscard]] Result<void> require_programs(const Plan& plan, const Programs& programs);

}  // namespace hotlap::harness
