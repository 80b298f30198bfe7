#include "results/claim_verdict.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "results/claim_cases.h"

namespace hotlap::results {
namespace {

constexpr double kAnotherMachine =
    0.2;  // how far from a published figure still agrees, unless the claim says otherwise

// Where the article lets us expect the figure.
struct Region {
  double low = -kInfinity;
  double high = kInfinity;
};

ClaimVerdict compare(const Estimate& estimate, const Region& region) {
  if (!estimate.low || !estimate.high) return ClaimVerdict::cannot_tell;
  if (*estimate.low >= region.low && *estimate.high <= region.high) return ClaimVerdict::agrees;
  if (*estimate.high < region.low || *estimate.low > region.high) return ClaimVerdict::differs;
  return ClaimVerdict::cannot_tell;
}

std::string_view unit_name(Unit unit) noexcept {
  switch (unit) {
    case Unit::per_second:
      return "/s";
    case Unit::nanoseconds:
      return "ns";
    case Unit::share:
      return "share";
    case Unit::number:
      break;
  }
  return "";
}

// Everything that a trial says about what went wrong.
bool shows(const TrialRecord& trial, const std::string& text) {
  if (trial.reason.contains(text)) return true;
  if (!trial.measurement) return false;
  const auto& m = *trial.measurement;
  return std::ranges::any_of(m.verdict.reasons, [&](const auto& reason) { return reason.contains(text); }) ||
         std::ranges::any_of(m.errors, [&](const auto& error) {
           return error.count > 0 && (error.kind == text || error.first.contains(text));
         });
}

class Judge {
 public:
  Judge(const SessionRecord& session, const ScenarioRecord& scenario, const Claim& claim)
      : claim_(claim), metric_(find_metric(claim.metric)), cases_(session, scenario.name, claim, metric_) {
    finding_.scenario = scenario.name;
    finding_.id = claim.id;
    finding_.statement = claim.statement;
    finding_.computation = computation_text(claim);
    finding_.caveat = claim.caveat;
    finding_.published = claim.published;
    finding_.published_text = finding_.measured_text = finding_.low_text = finding_.high_text = "-";
  }

  ClaimFinding judge() {
    if (claim_.kind == Claim::Kind::no_test) {
      give(ClaimVerdict::cannot_test, claim_.text);
      return finding_;
    }
    if (claim_.kind == Claim::Kind::shows) {
      judge_shows();
      return finding_;
    }
    if (metric_ == nullptr) {
      give(ClaimVerdict::cannot_test, fmt::format("this version has no metric '{}'", claim_.metric));
      return finding_;
    }
    switch (claim_.kind) {
      case Claim::Kind::ratio:
        expect(Unit::number);
        judge_one(cases_.ratio(claim_.cases.at(0), claim_.cases.at(1)));
        break;
      case Claim::Kind::value:
        expect(metric_->unit);
        judge_values();
        break;
      case Claim::Kind::order:
        judge_order();
        break;
      case Claim::Kind::rises:
      case Claim::Kind::falls:
        judge_trend();
        break;
      case Claim::Kind::knee:
        judge_knee();
        break;
      case Claim::Kind::shows:
      case Claim::Kind::no_test:
        break;
    }
    return finding_;
  }

 private:
  void give(ClaimVerdict verdict, std::string reason) {
    finding_.verdict = verdict;
    finding_.reason = std::move(reason);
  }

  // Of a knee a value of its axis, otherwise a figure.
  [[nodiscard]] std::string text_of(Unit unit, double value) const {
    return claim_.kind == Claim::Kind::knee ? fmt::format("{:.12g}", value) : value_text(unit, value);
  }

  // What the claim lets us expect, as a region and in words.
  void expect(Unit unit) {
    unit_ = unit;
    finding_.unit = unit_name(unit);
    if (claim_.published) finding_.published_text = text_of(unit, *claim_.published);
    if (claim_.at_least || claim_.at_most) {
      region_ = {claim_.at_least.value_or(-kInfinity), claim_.at_most.value_or(kInfinity)};
      if (!claim_.at_most)
        finding_.expected = "at least " + text_of(unit, *claim_.at_least);
      else if (!claim_.at_least)
        finding_.expected = "at most " + text_of(unit, *claim_.at_most);
      else
        finding_.expected = text_of(unit, *claim_.at_least) + " to " + text_of(unit, *claim_.at_most);
    } else if (claim_.published) {
      const double tolerance = claim_.tolerance.value_or(kAnotherMachine);
      region_ = {*claim_.published / (1 + tolerance), *claim_.published * (1 + tolerance)};
      finding_.expected = fmt::format("{} within {:.3g} %", text_of(unit, *claim_.published), tolerance * 100);
    }
  }

  void show(const Estimate& estimate) {
    finding_.measured = estimate.middle;
    finding_.measured_text = value_text(unit_, estimate.middle);
    if (estimate.low && std::isfinite(*estimate.low)) {
      finding_.low = estimate.low;
      finding_.low_text = value_text(unit_, *estimate.low);
    }
    if (!estimate.high) return;
    if (std::isfinite(*estimate.high)) finding_.high = estimate.high;
    finding_.high_text = std::isfinite(*estimate.high) ? value_text(unit_, *estimate.high) : "open";
  }

  // Says in words why an interval does not decide.
  void explain(const Estimate& estimate) {
    if (finding_.verdict != ClaimVerdict::cannot_tell) return;
    add_reason(!estimate.low || !estimate.high
                   ? "one trial of a case has no spread; an interval takes two or more"
                   : "the interval lies neither inside nor outside of what is expected; more trials narrow it");
  }
  void add_reason(const std::string& words) { finding_.reason += (finding_.reason.empty() ? "" : "; ") + words; }

  void judge_one(const std::expected<Estimate, Lack>& found) {
    if (!found) {
      give(found.error().untestable ? ClaimVerdict::cannot_test : ClaimVerdict::cannot_tell, found.error().reason);
      return;
    }
    show(*found);
    finding_.verdict = compare(*found, region_);
    if (!found->note.empty()) add_reason(found->note);
    explain(*found);
  }

  // All must: the one that is furthest from it is shown.
  void judge_all(const std::vector<Estimate>& estimates, const Region& region) {
    const auto margin = [&](const Estimate& estimate) {
      return std::min(estimate.middle - region.low, region.high - estimate.middle);
    };
    const auto rank = [&](const Estimate& estimate) {
      const auto verdict = compare(estimate, region);
      return verdict == ClaimVerdict::differs ? 0 : verdict == ClaimVerdict::cannot_tell ? 1 : 2;
    };
    const auto worst = std::ranges::min_element(estimates, [&](const Estimate& a, const Estimate& b) {
      return std::pair(rank(a), margin(a)) < std::pair(rank(b), margin(b));
    });
    show(*worst);
    finding_.verdict = compare(*worst, region);
    if (estimates.size() > 1) add_reason(fmt::format("of {}, the furthest off is {}", estimates.size(), worst->about));
    explain(*worst);
  }

  void judge_values() {
    const auto cases = cases_.selected(claim_.cases.at(0));
    std::vector<Estimate> estimates;
    for (const auto* one : cases)
      if (auto found = cases_.value(*one)) estimates.push_back(std::move(*found));
    if (estimates.empty()) {
      judge_one(std::unexpected(cases_.lack_of(cases, claim_.cases.at(0))));
      return;
    }
    judge_all(estimates, region_);
    if (estimates.size() < cases.size())
      add_reason(fmt::format("{} of {} cases have no figure", cases.size() - estimates.size(), cases.size()));
  }

  void judge_order() {
    expect(Unit::number);
    const double tolerance = claim_.tolerance.value_or(0);
    finding_.expected =
        tolerance > 0 ? fmt::format("each at least the next, within {:.3g} %", tolerance * 100) : "each above the next";
    std::vector<Estimate> steps;
    for (std::size_t i = 0; i + 1 < claim_.cases.size(); ++i) {
      auto step = cases_.ratio(claim_.cases[i], claim_.cases[i + 1]);
      if (!step) {
        judge_one(step);
        return;
      }
      steps.push_back(std::move(*step));
    }
    judge_all(steps, {1 - tolerance, kInfinity});
  }

  // From the first to the last value there has to be a rise (or fall), and no step may go the other way for certain.
  void judge_trend() {
    expect(Unit::number);
    const bool rises = claim_.kind == Claim::Kind::rises;
    const double tolerance = claim_.tolerance.value_or(0);
    auto values = cases_.axis_values();
    if (const auto last = std::ranges::find(values, claim_.up_to); last != values.end())
      values.erase(last + 1, values.end());
    std::erase_if(values, [&](const auto& value) { return !cases_.have_figures(cases_.step_of(value)); });
    if (values.size() < 2) {
      const auto cases = cases_.selected(claim_.cases.at(0));
      auto lack = cases_.lack_of(cases, claim_.cases.at(0));
      if (!values.empty() && !cases.empty())
        lack = {true, fmt::format("this run has one value of {} only", claim_.along)};
      judge_one(std::unexpected(std::move(lack)));
      return;
    }
    const auto step = [&](const std::string& from, const std::string& to) {
      return rises ? cases_.ratio(cases_.step_of(to), cases_.step_of(from))
                   : cases_.ratio(cases_.step_of(from), cases_.step_of(to));
    };
    const auto whole = step(values.front(), values.back());
    if (!whole) {
      judge_one(whole);
      return;
    }
    show(*whole);
    if (!claim_.at_least && !claim_.at_most && !claim_.published) region_ = {1, kInfinity};
    if (finding_.expected.empty())
      finding_.expected = fmt::format("{} from {} to {}", rises ? "a rise" : "a fall", values.front(), values.back());
    finding_.verdict = compare(*whole, region_);
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
      const auto part = step(values[i], values[i + 1]);
      if (!part || !part->high || *part->high >= 1 - tolerance) continue;
      finding_.verdict = ClaimVerdict::differs;
      add_reason(fmt::format("{} from {} to {}: a factor of {:.2f}", rises ? "it falls" : "it rises", values[i],
                             values[i + 1], rises ? part->middle : 1 / part->middle));
    }
    explain(*whole);
  }

  void judge_knee() {
    unit_ = Unit::number;
    if (claim_.published || claim_.at_least || claim_.at_most) expect(Unit::number);
    const auto values = cases_.axis_values();
    std::vector<double> numbers;
    for (const auto& value : values) {
      const auto number = axis_number(value);
      if (!number) {
        give(ClaimVerdict::cannot_test, fmt::format("'{}' of axis {} is no number", value, claim_.along));
        return;
      }
      numbers.push_back(*number);
    }
    std::vector<Holds> holds;
    for (std::size_t i = 0; i < values.size(); ++i) {
      holds.push_back(cases_.holds_at(values, i));
      if (holds.back() == Holds::no || holds.back() == Holds::unknown) break;
    }
    if (holds.empty() || holds[0] == Holds::unknown) {
      judge_one(std::unexpected(cases_.lack_of(cases_.selected(claim_.cases.at(0)), claim_.cases.at(0))));
      return;
    }
    const bool found = holds.back() == Holds::no;
    const bool cut_short = holds.back() == Holds::unknown;
    const auto surely =
        static_cast<std::size_t>(std::ranges::find_if(holds, [](Holds h) { return h != Holds::yes; }) - holds.begin());
    const auto perhaps =
        holds.size() - (found || cut_short ? 1 : 0);  // steps before the first that surely does not hold
    if (perhaps == 0) {
      finding_.measured_text = "below " + values.front();
      const Estimate below{
          .middle = numbers.front(), .low = -kInfinity, .high = std::nextafter(numbers.front(), -kInfinity)};
      finding_.verdict = has_expectation() ? compare(below, region_) : ClaimVerdict::differs;
      add_reason(fmt::format("not even {}={} holds", claim_.along, values.front()));
      return;
    }
    finding_.measured = numbers[perhaps - 1];
    finding_.measured_text = found ? values[perhaps - 1] : "at least " + values[perhaps - 1];
    finding_.low_text = surely == 0 ? "below " + values.front() : values[surely - 1];
    finding_.high_text = found ? values[perhaps - 1] : "open";
    if (surely > 0) finding_.low = numbers[surely - 1];
    if (found) finding_.high = numbers[perhaps - 1];
    // The knee itself lies between two steps.
    const Estimate estimate{.middle = numbers[perhaps - 1],
                            .low = surely > 0 ? numbers[surely - 1] : -kInfinity,
                            .high = found ? numbers[perhaps - 1] : kInfinity};
    if (has_expectation()) {
      finding_.verdict = compare(estimate, region_);
      explain(estimate);
    } else {
      finding_.expected = "one between the first step and the last";
      finding_.verdict = found && surely > 0                 ? ClaimVerdict::agrees
                         : !found && surely == values.size() ? ClaimVerdict::differs
                                                             : ClaimVerdict::cannot_tell;
      if (finding_.verdict == ClaimVerdict::cannot_tell)
        add_reason(cut_short ? "the steps after it have not run"
                             : "trials of one step disagree; more of them may tell");
    }
    if (found)
      add_reason(
          fmt::format("{}={} does not hold any more{}", claim_.along, values[perhaps], why_not(values[perhaps])));
    else if (!cut_short)
      add_reason(fmt::format("it holds up to the last step, {}={}", claim_.along, values.back()));
  }

  [[nodiscard]] std::string why_not(const std::string& value) const {
    for (const auto* one : cases_.selected(cases_.step_of(value)))
      for (const TrialRecord* trial : one->trials)
        if (trial->state == TrialState::failed) return ": " + printable(trial->reason, 200);
    return "";
  }

  [[nodiscard]] bool has_expectation() const { return claim_.published || claim_.at_least || claim_.at_most; }

  void judge_shows() {
    finding_.expected = fmt::format("every trial says '{}'", claim_.text);
    const auto cases = cases_.selected(claim_.cases.at(0));
    int said = 0;
    int ran = 0;
    std::string otherwise;
    for (const auto* one : cases)
      for (const TrialRecord* trial : one->trials) {
        if (!has_run(*trial)) continue;
        ++ran;
        if (shows(*trial, claim_.text))
          ++said;
        else if (otherwise.empty())
          otherwise = trial->reason.empty() ? "the trial went well" : trial->reason;
      }
    if (ran == 0) {
      judge_one(std::unexpected(cases_.lack_of(cases, claim_.cases.at(0))));
      return;
    }
    finding_.measured = static_cast<double>(said) / ran;
    finding_.measured_text = fmt::format("{} of {}", said, ran);
    finding_.verdict = said == ran ? ClaimVerdict::agrees
                       : said == 0 ? ClaimVerdict::differs
                                   : ClaimVerdict::cannot_tell;
    if (!otherwise.empty()) add_reason(printable(otherwise, 300));
  }

  const Claim& claim_;
  const Metric* metric_;
  ClaimCases cases_;
  ClaimFinding finding_;
  Region region_;
  Unit unit_ = Unit::number;
};

}  // namespace

std::string_view to_text(ClaimVerdict verdict) noexcept {
  switch (verdict) {
    case ClaimVerdict::agrees:
      return "agrees";
    case ClaimVerdict::differs:
      return "differs";
    case ClaimVerdict::cannot_tell:
      return "cannot tell";
    case ClaimVerdict::cannot_test:
      break;
  }
  return "cannot test here";
}

std::string computation_text(const Claim& claim) {
  const auto of = [&](std::size_t i) { return i < claim.cases.size() ? selector_text(claim.cases[i]) : std::string(); };
  switch (claim.kind) {
    case Claim::Kind::ratio:
      return fmt::format("{} of {} over {}", claim.metric, of(0), of(1));
    case Claim::Kind::value:
      return fmt::format("{} of {}", claim.metric, of(0));
    case Claim::Kind::order: {
      std::string text = claim.metric + " of " + of(0);
      for (std::size_t i = 1; i < claim.cases.size(); ++i) text += " > " + of(i);
      return text;
    }
    case Claim::Kind::rises:
    case Claim::Kind::falls:
      return fmt::format("{} of {} {} along {}{}", claim.metric, of(0), to_text(claim.kind), claim.along,
                         claim.up_to.empty() ? "" : " up to " + claim.up_to);
    case Claim::Kind::knee: {
      std::string holds;
      const auto* metric = find_metric(claim.metric);
      const Unit unit = metric == nullptr ? Unit::number : metric->unit;
      if (claim.hold_least) holds += fmt::format(" at least {}", value_text(unit, *claim.hold_least));
      if (claim.hold_most)
        holds += fmt::format("{} at most {}", holds.empty() ? "" : " and", value_text(unit, *claim.hold_most));
      if (claim.hold_growth) holds += fmt::format(" grows by {:.3g} % a step", *claim.hold_growth * 100);
      return fmt::format("last {} of {} while {}{}", claim.along, of(0), claim.metric, holds);
    }
    case Claim::Kind::shows:
      return fmt::format("what trials of {} say", of(0));
    case Claim::Kind::no_test:
      break;
  }
  return "";
}

std::vector<ClaimFinding> judge_claims(const SessionRecord& session) {
  std::vector<ClaimFinding> findings;
  for (const auto& scenario : session.scenarios)
    for (const auto& claim : scenario.claims) findings.push_back(Judge(session, scenario, claim).judge());
  return findings;
}

namespace {

// Does the claim ask what becomes of requests when things go wrong? Then a trial that is INVALID answers it.
bool asks_about_errors(const Claim& claim) {
  const auto* metric = find_metric(claim.metric);
  if (claim.kind == Claim::Kind::no_test || metric == nullptr || !metric->of_invalid_trials) return false;
  const bool counts_errors = metric->name.starts_with("error");
  return claim.kind == Claim::Kind::knee || !counts_errors || claim.at_least || claim.published;
}

}  // namespace

std::set<int> expected_failures(const SessionRecord& session) {
  std::set<int> positions;
  const auto add_from = [&](const std::string& scenario, const Claim& claim) {
    const bool about_errors = claim.kind != Claim::Kind::shows && asks_about_errors(claim);
    if (claim.kind != Claim::Kind::shows && !about_errors) return;
    for (const auto& one : session.cases) {
      const auto meant = [&](const auto& selector) { return selects(selector, one.parameters); };
      if (one.scenario != scenario || std::ranges::none_of(claim.cases, meant)) continue;
      for (const auto& trial : session.trials) {
        const bool went_wrong = trial.state == TrialState::failed || trial.state == TrialState::invalid;
        if (trial.case_id != one.id || !went_wrong) continue;
        if (about_errors ? trial.state == TrialState::invalid : shows(trial, claim.text))
          positions.insert(trial.position);
      }
    }
  };
  for (const auto& scenario : session.scenarios)
    for (const auto& claim : scenario.claims) add_from(scenario.name, claim);
  return positions;
}

}  // namespace hotlap::results
