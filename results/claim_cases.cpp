#include "results/claim_cases.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "results/statistics.h"

namespace hotlap::results {

std::string selector_text(const Parameters& selector) {
  std::string text;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    const bool goes_on = i > 0 && selector[i - 1].first == selector[i].first;
    text += goes_on ? fmt::format(",{}", selector[i].second)
                    : fmt::format("{}{}={}", i > 0 ? " " : "", selector[i].first, selector[i].second);
  }
  return text.empty() ? "every case" : text;
}

bool has_run(const TrialRecord& trial) noexcept {
  return trial.state == TrialState::ok || trial.state == TrialState::invalid || trial.state == TrialState::failed;
}

ClaimCases::ClaimCases(const SessionRecord& session, const std::string& scenario, const Claim& claim,
                       const Metric* metric)
    : claim_(claim), metric_(metric) {
  for (const auto& one : session.cases)
    if (one.scenario == scenario) cases_.push_back({&one, {}});
  for (auto& one : cases_)
    for (const auto& trial : session.trials)
      if (trial.case_id == one.record->id) one.trials.push_back(&trial);
}

std::vector<const ClaimCases::Case*> ClaimCases::selected(const Parameters& selector) const {
  std::vector<const Case*> found;
  for (const auto& one : cases_)
    if (selects(selector, one.record->parameters)) found.push_back(&one);
  return found;
}

// The first thing to say about cases that have no figure.
Lack ClaimCases::lack_of(const std::vector<const Case*>& cases, const Parameters& selector) const {
  if (cases.empty()) return {true, fmt::format("this run has no case with {}", selector_text(selector))};
  bool all_skipped = true;
  bool any_planned = false;
  std::string skipped, went_wrong;
  for (const Case* one : cases)
    for (const TrialRecord* trial : one->trials) {
      if (trial->state == TrialState::planned || trial->state == TrialState::running) any_planned = true;
      if (trial->state == TrialState::skipped && trial->reason != "interrupted") {
        if (skipped.empty()) skipped = trial->reason;
        continue;
      }
      all_skipped = false;
      if (went_wrong.empty() && !trial->reason.empty()) went_wrong = trial->reason;
    }
  if (all_skipped && !skipped.empty()) return {true, skipped};
  if (!went_wrong.empty())
    return {false, fmt::format("no trial of {} counts: {}", selector_text(selector), printable(went_wrong, 300))};
  if (any_planned) return {false, fmt::format("{} has not run", selector_text(selector))};
  return {false, fmt::format("no trial of {} has a {}", selector_text(selector), claim_.metric)};
}

ClaimCases::Readings ClaimCases::readings(const Case& one) const {
  Readings all;
  if (metric_ == nullptr) return all;
  for (const TrialRecord* trial : one.trials)
    if (const auto reading = metric_->of(*trial)) {
      all.values.push_back(reading->value);
      all.at_least = all.at_least || reading->at_least;
    }
  return all;
}

bool ClaimCases::comparable(const Case& one, const Case& other) const {
  const auto& theirs = other.record->parameters;
  return std::ranges::all_of(one.record->parameters, [&](const auto& parameter) {
    return parameter.first == claim_.along ||
           std::ranges::any_of(claim_.cases, [&](const auto& selector) { return names(selector, parameter.first); }) ||
           std::ranges::find(theirs, parameter) != theirs.end();
  });
}

std::expected<Estimate, Lack> ClaimCases::ratio(const Parameters& above, const Parameters& below) const {
  const auto numerators = selected(above);
  const auto denominators = selected(below);
  std::vector<std::vector<double>> logs;  // numerator and denominator in turn
  std::vector<double> ratios;
  bool hidden_above = false, hidden_below = false, alone = false;
  int left_out = 0;
  for (const Case* one : numerators)
    for (const Case* other : denominators) {
      if (!comparable(*one, *other)) continue;
      const auto upper = readings(*one);
      const auto lower = readings(*other);
      const auto positive = [](double value) { return value > 0; };
      if (upper.values.empty() || lower.values.empty()) {
        ++left_out;
        continue;
      }
      const bool nothing_above = std::ranges::none_of(upper.values, positive);
      if (nothing_above && std::ranges::all_of(lower.values, positive))
        return Estimate{.middle = 0, .low = 0, .high = 0, .about = one->record->label};
      if (!std::ranges::all_of(upper.values, positive) || !std::ranges::all_of(lower.values, positive))
        return std::unexpected(Lack{false, fmt::format("a {} of 0 has no ratio", claim_.metric)});
      hidden_above = hidden_above || upper.at_least;
      hidden_below = hidden_below || lower.at_least;
      alone = alone || upper.values.size() < 2 || lower.values.size() < 2;
      for (const auto* values : {&upper.values, &lower.values}) {
        auto& into = logs.emplace_back();
        for (const double value : *values) into.push_back(std::log(value));
      }
      ratios.push_back(std::exp(mean(logs[logs.size() - 2]) - mean(logs.back())));
    }
  if (ratios.empty() && have_figures(above) && have_figures(below))
    return std::unexpected(Lack{true, fmt::format("no case of {} agrees with one of {} in the axes that the claim does "
                                                  "not name",
                                                  selector_text(above), selector_text(below))});
  if (ratios.empty()) {
    const auto numerator_lacks =
        std::ranges::all_of(numerators, [&](const Case* c) { return readings(*c).values.empty(); });
    return std::unexpected(numerator_lacks ? lack_of(numerators, above) : lack_of(denominators, below));
  }
  Estimate estimate;
  const auto pairs = static_cast<double>(ratios.size());
  std::vector<WeightedSample> samples;
  double middle = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double weight = (i % 2 == 0 ? 1 : -1) / pairs;
    samples.push_back({weight, logs[i]});
    middle += weight * mean(logs[i]);
  }
  estimate.middle = std::exp(middle);
  if (!alone) {
    const auto interval = welch_interval(samples);
    estimate.low = hidden_below ? -kInfinity : std::exp(interval.low);
    estimate.high = hidden_above ? kInfinity : std::exp(interval.high);
  }
  estimate.about = fmt::format("{} over {}", selector_text(above), selector_text(below));
  if (ratios.size() > 1)
    estimate.note = fmt::format("{:.2f} to {:.2f} over {} pairs of cases", std::ranges::min(ratios),
                                std::ranges::max(ratios), ratios.size());
  if (left_out > 0)
    estimate.note +=
        fmt::format("{}{} of {} pairs of cases have no good trial and are left out", estimate.note.empty() ? "" : "; ",
                    left_out, left_out + static_cast<int>(ratios.size()));
  return estimate;
}

std::expected<Estimate, Lack> ClaimCases::value(const Case& one) const {
  const auto all = readings(one);
  if (all.values.empty()) return std::unexpected(lack_of({&one}, one.record->parameters));
  Estimate estimate;
  estimate.about = one.record->label;
  // Figures above 0 spread by shares, not by amounts; a 0 has no logarithm.
  const bool on_logs = std::ranges::all_of(all.values, [](double v) { return v > 0; });
  std::vector<double> values = all.values;
  if (on_logs)
    for (double& v : values) v = std::log(v);
  const auto back = [&](double v) { return on_logs ? std::exp(v) : std::max(v, 0.0); };
  estimate.middle = back(mean(values));
  if (values.size() < 2) return estimate;
  const auto interval = welch_interval(std::vector<WeightedSample>{{1, values}});
  estimate.low = back(interval.low);
  estimate.high = all.at_least ? kInfinity : back(interval.high);
  return estimate;
}

std::vector<std::string> ClaimCases::axis_values() const {
  std::vector<std::string> values;
  for (const Case* one : selected(claim_.cases.at(0)))
    for (const auto& [axis, value] : one->record->parameters)
      if (axis == claim_.along && std::ranges::find(values, value) == values.end()) values.push_back(value);
  return values;
}
Parameters ClaimCases::step_of(const std::string& value) const {
  Parameters selector = claim_.cases.at(0);
  selector.emplace_back(claim_.along, value);
  return selector;
}

bool ClaimCases::have_figures(const Parameters& selector) const {
  return std::ranges::any_of(selected(selector), [&](const Case* one) { return !readings(*one).values.empty(); });
}

Holds ClaimCases::grows_at(const std::vector<std::string>& values, std::size_t step) const {
  if (!have_figures(step_of(values[step]))) {
    const bool ran = std::ranges::any_of(selected(step_of(values[step])), [](const Case* one) {
      return std::ranges::any_of(one->trials, [](const TrialRecord* trial) { return has_run(*trial); });
    });
    return ran ? Holds::no : Holds::unknown;
  }
  if (step == 0) return Holds::yes;
  const auto growth = ratio(step_of(values[step]), step_of(values[step - 1]));
  if (!growth || !growth->low || !growth->high) return Holds::sometimes;
  const double least = 1 + *claim_.hold_growth;
  return *growth->low >= least ? Holds::yes : *growth->high < least ? Holds::no : Holds::sometimes;
}

Holds ClaimCases::holds_at(const std::vector<std::string>& values, std::size_t step) const {
  if (claim_.hold_growth) return grows_at(values, step);
  int yes = 0;
  int no = 0;
  for (const Case* one : selected(step_of(values[step])))
    for (const TrialRecord* trial : one->trials) {
      if (!has_run(*trial)) continue;
      const auto reading = metric_ == nullptr ? std::nullopt : metric_->of(*trial);
      const bool within = reading && reading->value >= claim_.hold_least.value_or(-kInfinity) &&
                          reading->value <= claim_.hold_most.value_or(kInfinity) &&
                          !(reading->at_least && claim_.hold_most);
      ++(within ? yes : no);
    }
  if (yes + no == 0) return Holds::unknown;
  return no == 0 ? Holds::yes : yes == 0 ? Holds::no : Holds::sometimes;
}

}  // namespace hotlap::results
