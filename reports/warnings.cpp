#include "reports/warnings.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::reports {
namespace {

constexpr int kFewTrials = 3;
constexpr double kWideSpread = 0.10;  // (high − low) / throughput

struct Finding {
  int count = 0;
  std::string first;
  void add(const std::string& sentence) {
    if (count++ == 0) first = sentence;
  }
};

std::string plural(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Suspicions that differ in their figures only are one warning, whatever number of cases they concern.
struct Suspicion {
  std::string shape;  // the reason without its figures
  std::string reason;
  std::string first_case;
  int cases = 0;
  int trials = 0;
};

std::string without_figures(std::string_view reason) {
  std::string shape;
  for (const char c : reason)
    if (c < '0' || c > '9') shape += c;
  return shape;
}

void note_suspicions(const CaseRow& row, std::vector<Suspicion>& suspicions) {
  std::vector<std::string> seen;  // shapes already noted for this case
  for (const auto& trial : row.trials) {
    if (trial.state != "ok" || trial.verdict != "SUSPECT") continue;
    for (const auto& reason : trial.verdict_reasons) {
      const auto shape = without_figures(reason);
      auto found = std::ranges::find(suspicions, shape, &Suspicion::shape);
      if (found == suspicions.end())
        found = suspicions.insert(found, {.shape = shape, .reason = reason, .first_case = row.label});
      ++found->trials;
      if (std::ranges::find(seen, shape) != seen.end()) continue;
      seen.push_back(shape);
      ++found->cases;
    }
  }
}

void warn_about_case(const CaseRow& row, std::vector<std::string>& warnings) {
  Finding bad, excluded, skipped;
  for (const auto& trial : row.trials) {
    const std::string reason = trial.verdict_reasons.empty() ? "no reason given" : trial.verdict_reasons.front();
    if (trial.state == "failed" || trial.state == "invalid")
      bad.add(fmt::format("{}: {}", trial.state, trial.reason.empty() ? reason : trial.reason));
    else if (trial.state == "ok" && trial.verdict == "INVALID")
      bad.add(fmt::format("invalid: {}", reason));
    else if (trial.state == "skipped")
      skipped.add(trial.reason);
    else if (trial.state == "ok" && trial.excluded_from_summary)
      excluded.add({});
  }
  const auto all = static_cast<int>(row.trials.size());
  if (bad.count > 0)
    warnings.push_back(fmt::format("{}: {} of {} not in the summary, first {}; repair the cause and run again",
                                   row.label, bad.count, plural(all, "trial"), bad.first));
  if (skipped.count > 0)
    warnings.push_back(
        fmt::format("{}: {} of {} skipped: {}", row.label, skipped.count, plural(all, "trial"), skipped.first));
  if (excluded.count > 0)
    warnings.push_back(
        fmt::format("{}: {} excluded by hand; the trial rows show which", row.label, plural(excluded.count, "trial")));
  const auto& summary = row.summary;
  if (summary.trials_ok >= 2 && *summary.throughput_per_s > 0) {
    const double spread = (*summary.throughput_high_per_s - *summary.throughput_low_per_s) / *summary.throughput_per_s;
    if (spread > kWideSpread)
      warnings.push_back(
          fmt::format("{}: throughput spreads over {:.0f} % of its middle; end other programs, or use "
                      "longer windows or more repetitions",
                      row.label, spread * 100));
  }
}

}  // namespace

std::vector<std::string> find_warnings(const View& view) {
  std::vector<std::string> warnings;
  int planned = 0;
  int trials = 0;
  int few = 0;
  for (const auto& row : view.cases) {
    planned += static_cast<int>(std::ranges::count_if(
        row.trials, [](const auto& trial) { return trial.state == "planned" || trial.state == "running"; }));
    trials += static_cast<int>(row.trials.size());
    if (row.summary.trials_ok > 0 && row.summary.trials_ok < kFewTrials) ++few;
  }
  for (const auto& note : view.notes) warnings.push_back(note);
  if (planned > 0)
    warnings.push_back(fmt::format("the session {}: {} of {} did not run; 'hotlap resume {}' runs them",
                                   view.status == "running"  ? "is still running or was killed"
                                   : view.status == "failed" ? "stopped early"
                                                             : "is " + view.status,
                                   planned, plural(trials, "trial"), view.id));
  if (view.kind == "check" && view.verdict == "INVALID")
    warnings.emplace_back(
        "the check is INVALID: too many pairs have a trial that did not go well; repair the cause and "
        "check again");
  std::vector<Suspicion> suspicions;
  for (const auto& row : view.cases) note_suspicions(row, suspicions);
  for (const auto& one : suspicions)
    warnings.push_back(fmt::format("{}{}: {} suspect, first: {}; read these figures with care", one.first_case,
                                   one.cases > 1 ? fmt::format(" and {}", plural(one.cases - 1, "more case")) : "",
                                   plural(one.trials, "trial"), one.reason));
  for (const auto& row : view.cases) warn_about_case(row, warnings);
  if (few > 0 && view.kind != "check")
    warnings.push_back(
        fmt::format("{} of {} {} fewer than {} good trials, so the spread says little; use more repetitions", few,
                    plural(static_cast<int>(view.cases.size()), "case"), few == 1 ? "has" : "have", kFewTrials));
  const auto governor =
      std::ranges::find_if(view.environment, [](const auto& fact) { return fact.first == "governor"; });
  if (governor != view.environment.end() && governor->second != "performance")
    warnings.push_back(
        fmt::format("the CPU frequency governor is '{}', so figures move with the clock; set it to "
                    "performance",
                    governor->second));
  return warnings;
}

}  // namespace hotlap::reports
