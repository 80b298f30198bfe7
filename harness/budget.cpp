#include "harness/budget.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

// The resolved scenarios of a plan give the same plan again; with other trials and windows, another.
Result<Plan> plan_again(std::vector<Scenario> scenarios, std::uint64_t seed, const CpuSet& machine) {
  PlanOptions options;
  options.seed = seed;
  options.machine = machine;
  return make_plan(std::move(scenarios), options);
}

std::vector<Scenario> with_trials(std::vector<Scenario> scenarios, int most) {
  for (auto& scenario : scenarios) scenario.trials = std::min(scenario.trials, most);
  return scenarios;
}

// Every window `share` of what it was, but not below the shortest; windows that an axis varies stay.
std::vector<Scenario> with_windows(std::vector<Scenario> scenarios, double share) {
  for (auto& scenario : scenarios)
    for (auto& setting : scenario.load) {
      if (setting.key != "duration") continue;
      const auto own = parse_duration(setting.text);
      if (!own || *own <= kShortestWindow) continue;
      const auto scaled = std::chrono::round<std::chrono::milliseconds>(
          std::chrono::duration<double, std::nano>(static_cast<double>(own->count()) * share));
      setting.text = write_duration(std::max<Nanos>(scaled, kShortestWindow));
    }
  return scenarios;
}

int most_trials(const std::vector<Scenario>& scenarios) {
  int most = 0;
  for (const auto& scenario : scenarios) most = std::max(most, scenario.trials);
  return most;
}

}  // namespace

Result<BudgetedPlan> plan_within(Plan plan, Nanos budget, const CpuSet& machine) {
  if (estimated_time(plan) <= budget) return BudgetedPlan{std::move(plan), {}};
  const auto before = estimated_time(plan);
  const auto whole = plan.scenarios;
  const int trials_before = most_trials(whole);
  int trials = trials_before;
  while (trials > kFewestTrials) {
    auto fewer = plan_again(with_trials(whole, --trials), plan.seed, machine);
    if (!fewer) return std::unexpected(fewer.error());
    plan = std::move(*fewer);
    if (estimated_time(plan) <= budget) break;
  }
  double share = 1;
  if (estimated_time(plan) > budget) {
    const auto fewest = with_trials(whole, kFewestTrials);
    auto shortest = plan_again(with_windows(fewest, 0), plan.seed, machine);
    if (!shortest) return std::unexpected(shortest.error());
    if (estimated_time(*shortest) > budget)
      return fail(
          fmt::format("a budget of {} is too little; with {} trials of each case and windows of {} it still takes "
                      "about {}; give that much, or keep fewer cases with --filter",
                      write_duration(budget), std::min(trials_before, kFewestTrials), write_duration(kShortestWindow),
                      format_duration(estimated_time(*shortest))),
          ExitCode::usage);
    // The longest windows that fit: the estimate falls with the share, so halving finds them.
    plan = std::move(*shortest);
    double low = 0;
    double high = 1;
    constexpr int kHalvings = 10;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      auto tried = plan_again(with_windows(fewest, middle), plan.seed, machine);
      if (!tried) return std::unexpected(tried.error());
      const bool fits = estimated_time(*tried) <= budget;
      (fits ? low : high) = middle;
      if (fits) plan = std::move(*tried);
    }
    share = low;
  }
  auto said = fmt::format("to fit into {} instead of about {}: ", write_duration(budget), format_duration(before));
  if (trials < trials_before) said += fmt::format("{} trials of each case instead of {}", trials, trials_before);
  if (share < 1)
    said += fmt::format("{}windows of {:.0f} % of their length, but at least {}",
                        trials < trials_before ? ", and " : "", 100 * share, write_duration(kShortestWindow));
  for (auto& scenario : plan.scenarios) scenario.remark += (scenario.remark.empty() ? "" : "; ") + said;
  return BudgetedPlan{std::move(plan), std::move(said)};
}

}  // namespace hotlap::harness
