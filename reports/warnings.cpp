#include "reports/warnings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>

namespace hotlap::reports {
namespace {

constexpr int kFewTrials = 3;
constexpr double kWideSpread = 0.10;  // (high − low) / throughput

std::string plural(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One case that a kind of warning concerns.
struct Concern {
  std::string name;
  double weight = 0;  // the worse, the more
  int trials = 0;
  std::string words;      // with the figures of this case
  std::size_t order = 0;  // in which they came
};

struct Kind {
  std::string shape;  // the words without their figures
  std::vector<Concern> concerns;
  std::size_t order = 0;

  [[nodiscard]] int trials() const {
    int sum = 0;
    for (const auto& one : concerns) sum += one.trials;
    return sum;
  }
  // "depth=1", "depth=1 and 3 more cases"
  [[nodiscard]] std::string names() const {
    const auto others = static_cast<int>(concerns.size()) - 1;
    return others == 0 ? concerns.front().name
                       : fmt::format("{} and {}", concerns.front().name, plural(others, "more case"));
  }
  // The worst one's words, after a colon; the other trials' have other figures.
  [[nodiscard]] std::string example() const {
    return fmt::format("{}: {}", trials() > 1 ? ", for example" : "", concerns.front().words);
  }
};

// Of "busy 99.5 % of 1.02 s" what is the same in "busy 7 % of 980 ms": a figure goes with its unit.
std::string without_figures(std::string_view words) {
  static constexpr std::array<std::string_view, 17> units = {"ns",  "us", "ms", "s", "min", "%",  "/s", "k/s", "M/s",
                                                             "G/s", "k",  "M",  "G", "B",   "kB", "MB", "GB"};
  static constexpr std::string_view digits = "0123456789";
  std::string shape;
  while (!words.empty()) {
    if (!digits.contains(words.front())) {
      shape += words.front();
      words.remove_prefix(1);
      continue;
    }
    shape += '#';
    words.remove_prefix(std::min(words.find_first_not_of("0123456789."), words.size()));
    if (!words.starts_with(' ')) continue;
    const auto next = words.substr(1, words.find_first_of(" ,;:()", 1) - 1);
    if (std::ranges::find(units, next) != units.end()) words.remove_prefix(1 + next.size());
  }
  return shape;
}

class Kinds {
 public:
  void add(Concern concern) {
    auto shape = without_figures(concern.words);
    auto kind = std::ranges::find(kinds_, shape, &Kind::shape);
    if (kind == kinds_.end())
      kind = kinds_.insert(kind, {.shape = std::move(shape), .concerns = {}, .order = kinds_.size()});
    auto known = std::ranges::find(kind->concerns, concern.name, &Concern::name);
    if (known == kind->concerns.end()) {
      concern.order = kind->concerns.size();
      kind->concerns.push_back(std::move(concern));
      return;
    }
    known->trials += concern.trials;
    known->weight += concern.weight;
  }

  // What concerns most cases first. `sentence` is of the whole kind, `of_case` of one case.
  void tell(std::vector<Warning>& warnings, const std::function<std::string(const Kind&)>& sentence,
            const std::function<std::string(const Concern&)>& of_case) {
    std::ranges::sort(kinds_, {}, [](const Kind& kind) { return std::pair(-std::ssize(kind.concerns), kind.order); });
    for (auto& kind : kinds_) {
      std::ranges::sort(kind.concerns, {}, [](const Concern& one) { return std::pair(-one.weight, one.order); });
      Warning warning{.sentence = sentence(kind), .of_cases = {}};
      if (kind.concerns.size() > 1)
        for (const auto& one : kind.concerns) warning.of_cases.push_back(of_case(one));
      warnings.push_back(std::move(warning));
    }
  }

 private:
  std::vector<Kind> kinds_;
};

// Labels are unique within a scenario only.
std::string name_of(const View& view, const CaseRow& row) {
  if (row.label.empty()) return row.scenario;
  return view.scenarios.size() > 1 ? fmt::format("{}: {}", row.scenario, row.label) : row.label;
}

std::string first_reason(const TrialRow& trial) {
  if (!trial.verdict_reasons.empty()) return trial.verdict_reasons.front();
  return trial.reason.empty() ? "no reason given" : trial.reason;
}

bool went_wrong(const TrialRow& trial) {
  return trial.state == "failed" || trial.state == "invalid" || (trial.state == "ok" && trial.verdict == "INVALID");
}

void warn_of_suspicions(const View& view, std::vector<Warning>& warnings) {
  Kinds kinds;
  for (const auto& row : view.cases)
    for (const auto& trial : row.trials) {
      if (trial.state != "ok" || trial.verdict != "SUSPECT") continue;
      for (const auto& reason : trial.verdict_reasons)
        kinds.add({.name = name_of(view, row), .weight = 1, .trials = 1, .words = reason});
    }
  kinds.tell(
      warnings,
      [](const Kind& kind) {
        return fmt::format("{}: {} suspect{}; read these figures with care", kind.names(),
                           plural(kind.trials(), "trial"), kind.example());
      },
      [](const Concern& one) {
        return fmt::format("{}: {} suspect: {}", one.name, plural(one.trials, "trial"), one.words);
      });
}

void warn_of_lost_trials(const View& view, bool expected, std::vector<Warning>& warnings) {
  Kinds kinds;
  for (const auto& row : view.cases)
    for (const auto& trial : row.trials) {
      if (!went_wrong(trial) || trial.expected != expected) continue;
      const auto* what = trial.state == "failed" ? "failed" : "invalid";
      kinds.add({.name = name_of(view, row),
                 .weight = 1 / static_cast<double>(row.trials.size()),
                 .trials = 1,
                 .words = fmt::format("{}: {}", what, first_reason(trial))});
    }
  const auto words = [expected](int trials) {
    return fmt::format("{} {}", plural(trials, "trial"),
                       expected ? "not in the summary, which is what the scenario expects" : "not in the summary");
  };
  kinds.tell(
      warnings,
      [&](const Kind& kind) {
        return fmt::format("{}: {}{}{}", kind.names(), words(kind.trials()), kind.example(),
                           expected ? "" : "; repair the cause and run again");
      },
      [&](const Concern& one) { return fmt::format("{}: {}: {}", one.name, words(one.trials), one.words); });
}

void warn_of_spread(const View& view, std::vector<Warning>& warnings) {
  Kinds kinds;
  for (const auto& row : view.cases) {
    const auto& summary = row.summary;
    if (summary.trials_ok < 2 || !(*summary.throughput_per_s > 0)) continue;
    const double spread = (*summary.throughput_high_per_s - *summary.throughput_low_per_s) / *summary.throughput_per_s;
    if (spread > kWideSpread)
      kinds.add({.name = name_of(view, row),
                 .weight = spread,
                 .trials = summary.trials_ok,
                 .words = fmt::format("throughput spreads over {:.0f} % of its middle", spread * 100)});
  }
  kinds.tell(
      warnings,
      [](const Kind& kind) {
        const auto& words = kind.concerns.front().words;
        const auto upper =
            kind.concerns.size() > 1 ? "throughput spreads over up to" + words.substr(words.find("over") + 4) : words;
        return fmt::format("{}: {}; end other programs, or use longer windows or more repetitions", kind.names(),
                           upper);
      },
      [](const Concern& one) { return fmt::format("{}: {}", one.name, one.words); });
}

void warn_of_few_trials(const View& view, std::vector<Warning>& warnings) {
  if (view.kind == "check") return;  // pairs are its unit
  Warning warning;
  std::string only;
  int few = 0;
  for (const auto& row : view.cases) {
    if (row.summary.trials_ok == 0 || row.summary.trials_ok >= kFewTrials) continue;
    ++few;
    only = name_of(view, row);
    warning.of_cases.push_back(fmt::format("{}: {}", name_of(view, row), plural(row.summary.trials_ok, "good trial")));
  }
  if (few == 0) return;
  const auto which =
      few == 1 ? only + " has" : fmt::format("{} of {} have", few, plural(static_cast<int>(view.cases.size()), "case"));
  if (few == 1) warning.of_cases.clear();
  warning.sentence =
      fmt::format("{} fewer than {} good trials, so the spread says little; use more repetitions", which, kFewTrials);
  warnings.push_back(std::move(warning));
}

void warn_of_governor(const View& view, std::vector<Warning>& warnings) {
  const auto governor =
      std::ranges::find_if(view.environment, [](const auto& fact) { return fact.first == "governor"; });
  if (governor == view.environment.end() || governor->second == "performance") return;
  warnings.push_back({.sentence = fmt::format("the CPU frequency governor is '{}', so figures move with the clock; set "
                                              "it to performance",
                                              governor->second),
                      .of_cases = {}});
}

void warn_of_what_did_not_run(const View& view, std::vector<Warning>& warnings) {
  int planned = 0;
  int trials = 0;
  for (const auto& row : view.cases) {
    planned += row.summary.trials_planned;
    trials += static_cast<int>(row.trials.size());
  }
  if (planned == 0) return;
  warnings.push_back({.sentence = fmt::format("the session {}: {} of {} did not run; 'hotlap resume {}' runs them",
                                              view.status == "running"  ? "is still running or was killed"
                                              : view.status == "failed" ? "stopped early"
                                                                        : "is " + view.status,
                                              planned, plural(trials, "trial"), view.id),
                      .of_cases = {}});
}

void warn_of_exclusions(const View& view, std::vector<Warning>& warnings) {
  Kinds kinds;
  for (const auto& row : view.cases)
    for (const auto& trial : row.trials)
      if (trial.state == "ok" && trial.excluded_from_summary && !went_wrong(trial))
        kinds.add({.name = name_of(view, row), .weight = 1, .trials = 1, .words = "excluded by hand"});
  kinds.tell(
      warnings,
      [](const Kind& kind) {
        return fmt::format("{}: {} excluded by hand; the trial rows show which", kind.names(),
                           plural(kind.trials(), "trial"));
      },
      [](const Concern& one) { return fmt::format("{}: {} {}", one.name, plural(one.trials, "trial"), one.words); });
}

void warn_of_skips(const View& view, std::vector<Warning>& warnings) {
  Kinds kinds;
  for (const auto& row : view.cases)
    for (const auto& trial : row.trials)
      if (trial.state == "skipped")
        kinds.add({.name = name_of(view, row), .weight = 1, .trials = 1, .words = trial.reason});
  kinds.tell(
      warnings,
      [](const Kind& kind) {
        return fmt::format("{}: {} skipped: {}", kind.names(), plural(kind.trials(), "trial"),
                           kind.concerns.front().words);
      },
      [](const Concern& one) {
        return fmt::format("{}: {} skipped: {}", one.name, plural(one.trials, "trial"), one.words);
      });
}

}  // namespace

std::vector<Warning> find_warnings(const View& view) {
  std::vector<Warning> warnings;
  if (view.kind == "check" && view.verdict == "INVALID")
    warnings.push_back({.sentence =
                            "the check is INVALID: too many pairs have a trial that did not go well; repair the "
                            "cause and check again",
                        .of_cases = {}});
  for (const auto& note : view.notes) warnings.push_back({.sentence = note, .of_cases = {}});
  warn_of_suspicions(view, warnings);
  warn_of_lost_trials(view, false, warnings);
  warn_of_governor(view, warnings);
  warn_of_spread(view, warnings);
  warn_of_few_trials(view, warnings);
  warn_of_what_did_not_run(view, warnings);
  warn_of_exclusions(view, warnings);
  warn_of_skips(view, warnings);
  warn_of_lost_trials(view, true, warnings);
  return warnings;
}

}  // namespace hotlap::reports
