// What a session makes sure of once, before its first trial: which cases cannot run here and why, which revisions have
// to be checked out and built, and a folder for what services find dear to make. Its folder goes with it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "harness/needs.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/rig.h"
#include "harness/stop_flag.h"
#include "harness/work_folder.h"

namespace hotlap::harness {

class Preparation {
 public:
  struct Options {
    bool strict_needs = false;                                            // a case that cannot run here is an error
    std::function<void(std::string_view)> say = [](std::string_view) {};  // what takes long, before it does
  };
  // Error: missing_program when one of Hotlap's own is, when no case can run here, or with strict_needs when one
  // cannot; invalid_run when a revision cannot be built, with its log; interrupted.
  [[nodiscard]] static Result<Preparation> make(const Plan& plan, const Programs& programs, Machine& machine,
                                                const StopFlag& stop, const Options& options);

  // Why this case is skipped, with the remedy; empty: it runs.
  [[nodiscard]] const std::string& why_not(std::size_t case_index) const { return why_not_[case_index]; }
  [[nodiscard]] const CaseGround& ground(std::size_t case_index) const { return grounds_[case_index]; }
  // What is worth recording with the session: revisions, versions of services and fronts.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& facts() const noexcept { return facts_; }

 private:
  explicit Preparation(WorkFolder folder) : folder_(std::move(folder)) {}

  WorkFolder folder_;
  std::vector<std::string> why_not_;
  std::vector<CaseGround> grounds_;
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace hotlap::harness
