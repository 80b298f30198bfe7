// Everything that a session will do, decided before it starts: cases with typed specs, trials in their order.
// `hotlap plan` prints this very value and `hotlap run` carries it out. Pure: same scenarios, options and machine, same
// plan. Order: blocks. Each block holds every case that still wants a trial once, shuffled by the seed, so that a slow
// drift of the machine meets all cases alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/units.h"
#include "harness/load_settings.h"
#include "harness/matrix.h"
#include "harness/scenario.h"
#include "harness/target_spec.h"
#include "loadgen/contract/load_spec.h"
#include "results/record.h"

namespace hotlap::harness {

struct PlannedCase {
  std::size_t scenario = 0;  // in Plan::scenarios
  results::Parameters parameters;
  std::string label;
  TargetSpec target;
  load::LoadSpec load;
  std::vector<std::string> services;  // fresh ones for every trial, so that data does not grow from trial to trial
  int trials = 1;
  std::optional<ExpectedStoreCalls> expected_store_calls;
  // An empty set is every processor there is.
  [[nodiscard]] bool shares_cpus() const noexcept {
    return target.cpus.empty() || load.cpus.empty() || target.cpus.overlaps(load.cpus) ||
           target.front_cpus.overlaps(load.cpus);
  }
};

struct PlannedTrial {
  std::size_t case_index = 0;
  int repetition = 0;
  std::string arm = "single";
  int pair = -1;
};

struct Plan {
  std::string kind = "explore";
  std::uint64_t seed = 1;
  std::vector<Scenario> scenarios;  // as they run: defaults and filter included
  std::vector<PlannedCase> cases;
  std::vector<PlannedTrial> trials;
  std::vector<std::string> warnings;
  results::ComparisonPolicy comparison_policy;  // of a check
};

struct PlanOptions {
  std::vector<std::string> filters;
  std::optional<std::uint64_t> seed;  // default: the first scenario's
  std::optional<int> trials;          // of every case, whatever the scenario says
  std::size_t most_cases = kMostCases;
  CpuSet machine;  // the processors to share out
};

[[nodiscard]] Result<Plan> make_plan(std::vector<Scenario> scenarios, const PlanOptions& options);

// Fills in CPU sets where none are given: the target from the machine's first processors, the load from its last, as
// many as they have workers and threads, at most half each. Nothing on a machine with one processor.
void assign_cpus(PlannedCase& planned, const CpuSet& machine);
// Warnings about that sharing; errors for processors that the machine lacks.
[[nodiscard]] Result<std::vector<std::string>> check_cpus(const std::vector<PlannedCase>& cases, const CpuSet& machine);

// Around every window: start of services and target, one request to verify, stop. A guess until trials have been timed.
inline constexpr Nanos kTimeAroundTrial = std::chrono::milliseconds(500);
// What the trials from `first` on take.
[[nodiscard]] Nanos estimated_time(const Plan& plan, std::size_t first = 0, Nanos around = kTimeAroundTrial);
// "14 s", "1 min 38 s".
[[nodiscard]] std::string minutes_text(Nanos time);

// The plan as the store keeps it: all trials planned, ids still 0. CaseRecord ids are indexes into Plan::cases plus 1.
[[nodiscard]] results::SessionRecord session_record(const Plan& plan);

}  // namespace hotlap::harness
