#include "harness/plan_effect.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>

#include "base/units.h"
#include "results/comparison.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostCaseLines = 40;

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

// "5 trials each see 6.9 % or more": of one count of trials and one spread.
std::string sees(int trials, const CaseSpread& spread) {
  const auto effect = smallest_effect(spread, trials);
  if (!effect) return "1 trial each sees nothing: it has no spread; give it 3 or more";
  return fmt::format("{} trials each see {} or more", trials, percent(*effect));
}

}  // namespace

CaseSpread spread_of(Nanos window, const std::vector<results::Store::CaseThroughput>& earlier) {
  struct Session {
    double sum = 0;
    double squares = 0;
    int trials = 0;
  };
  std::map<std::int64_t, Session> sessions;
  const auto wanted = static_cast<double>(window.count());
  for (const auto& trial : earlier) {
    const bool same_window = std::abs(static_cast<double>(trial.window_ns) - wanted) <= 0.1 * wanted;
    if (!same_window || !(trial.throughput_per_s > 0)) continue;
    const double value = std::log(trial.throughput_per_s);
    auto& session = sessions[trial.session_id];
    session.sum += value;
    session.squares += value * value;
    ++session.trials;
  }
  double squares = 0;
  int freedom = 0;
  int trials = 0;
  for (const auto& [id, session] : sessions) {
    if (session.trials < 2) continue;
    squares += session.squares - session.sum * session.sum / session.trials;
    freedom += session.trials - 1;
    trials += session.trials;
  }
  if (freedom < 2 || !(squares > 0)) return {};
  return {.spread = std::sqrt(squares / freedom), .trials = trials};
}

std::optional<double> smallest_effect(const CaseSpread& spread, int trials) {
  if (trials < 2) return std::nullopt;
  return results::smallest_visible_effect(std::numbers::sqrt2 * spread.spread, trials,
                                          results::ComparisonPolicy{}.alpha);
}

std::string effect_text(const Plan& plan, const std::vector<CaseSpread>& spreads) {
  std::map<int, std::size_t> assumed;  // trials → cases
  std::string measured;
  std::size_t lines = 0;
  for (std::size_t i = 0; i < plan.cases.size(); ++i) {
    const auto trials = plan.cases[i].trials;
    if (spreads[i].trials == 0) {
      ++assumed[trials];
    } else if (++lines <= kMostCaseLines) {
      measured += fmt::format("  case {}: {}; spread {} in {} earlier trials\n", i + 1, sees(trials, spreads[i]),
                              percent(spreads[i].spread), spreads[i].trials);
    }
  }
  std::string text = "smallest slow-down that they will see, from case to case or from session to session\n" + measured;
  if (lines > kMostCaseLines) text += fmt::format("  … and of {} more cases\n", lines - kMostCaseLines);
  for (const auto& [trials, cases] : assumed)
    text += fmt::format("  {} case{}: {}; a spread of {} is assumed, none was measured yet\n", cases,
                        cases == 1 ? "" : "s", sees(trials, {}), percent(kAssumedSpread));
  return text;
}

}  // namespace hotlap::harness
