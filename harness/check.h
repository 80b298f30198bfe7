// Is the candidate slower than the baseline? Pairs of fresh processes, the order within a pair by a seeded coin, judged
// by an exact test. The judging is results/comparison.h; this makes the plan and turns a session into a verdict. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/plan.h"
#include "results/comparison.h"
#include "results/record.h"

namespace hotlap::harness {

// One side of a check, in one of three forms:
//   engine=epoll,workers=2   hotlap-target with these settings (the keys of a scenario's target; program=PATH for
//   another build); a term without "=" belongs to the value before it: engine=epoll,cpus=0,1
//   ./server --port {port}   any server: a command line with {port} in it, split at blanks, quotes respected, no shell
//   ./build/bin/hotlap-target   another build of hotlap-target, engine pipelined
// `flag` ("--base") stands in messages.
[[nodiscard]] Result<TargetSpec> parse_check_target(std::string_view text, const std::string& flag);

// "2%" → 0.02; above 0 and below 100 %.
[[nodiscard]] Result<double> parse_percent(std::string_view text);

struct CheckOptions {
  std::string base_text;
  std::string new_text;
  load::LoadSpec load;
  int pairs = 16;
  results::ComparisonPolicy policy;
  std::uint64_t seed = 1;
  CpuSet machine;
};

inline constexpr int kFewestPairs = 7;  // with fewer no exact p reaches 0.01: (1/2)⁷ = 0.008

[[nodiscard]] Result<Plan> make_check_plan(const CheckOptions& options);

inline constexpr double kMostInvalidPairs = 0.2;  // share; beyond it there is no verdict

struct CheckVerdict {
  results::Comparison comparison;
  int pairs_planned = 0;
  int pairs_invalid = 0;
  ExitCode code = ExitCode::inconclusive;
  std::string word;      // REGRESSED, SAME, IMPROVED, INCONCLUSIVE or INVALID
  std::string sentence;  // with its figures
};

// By the session's own policy. Only pairs of which both trials are ok are compared; the others are counted and told.
[[nodiscard]] CheckVerdict judge_check(const results::SessionRecord& session);

}  // namespace hotlap::harness
