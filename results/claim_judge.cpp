#include "results/claim_judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/units.h"

namespace hotlap::results {
namespace {

constexpr double kAnotherMachine =
    0.2;  // how far from a published figure still agrees, unless the claim says otherwise

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

}  // namespace

ClaimJudge::ClaimJudge(const SessionRecord& session, const ScenarioRecord& scenario, const Claim& claim)
    : claim_(claim), metric_(find_metric(claim.metric)), cases_(session, scenario.name, claim, metric_) {
  finding_.scenario = scenario.name;
  finding_.id = claim.id;
  finding_.statement = claim.statement;
  finding_.computation = computation_text(claim);
  finding_.caveat = claim.caveat;
  finding_.published = claim.published;
  finding_.published_text = finding_.measured_text = finding_.low_text = finding_.high_text = "-";
}

ClaimFinding ClaimJudge::judge() {
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

ClaimVerdict ClaimJudge::compare(const Estimate& estimate, const Region& region) {
  if (!estimate.low || !estimate.high) return ClaimVerdict::cannot_tell;
  if (*estimate.low >= region.low && *estimate.high <= region.high) return ClaimVerdict::agrees;
  if (*estimate.high < region.low || *estimate.low > region.high) return ClaimVerdict::differs;
  return ClaimVerdict::cannot_tell;
}

void ClaimJudge::give(ClaimVerdict verdict, std::string reason) {
  finding_.verdict = verdict;
  finding_.reason = std::move(reason);
}

std::string ClaimJudge::text_of(Unit unit, double value) const {
  return claim_.kind == Claim::Kind::knee ? fmt::format("{:.12g}", value) : value_text(unit, value);
}

void ClaimJudge::expect(Unit unit) {
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

void ClaimJudge::show(const Estimate& estimate) {
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

void ClaimJudge::explain(const Estimate& estimate) {
  if (finding_.verdict != ClaimVerdict::cannot_tell) return;
  add_reason(!estimate.low || !estimate.high
                 ? "one trial of a case has no spread; an interval takes two or more"
                 : "the interval lies neither inside nor outside of what is expected; more trials narrow it");
}

void ClaimJudge::add_reason(const std::string& words) {
  finding_.reason += (finding_.reason.empty() ? "" : "; ") + words;
}

void ClaimJudge::judge_one(const std::expected<Estimate, Lack>& found) {
  if (!found) {
    give(found.error().untestable ? ClaimVerdict::cannot_test : ClaimVerdict::cannot_tell, found.error().reason);
    return;
  }
  show(*found);
  finding_.verdict = compare(*found, region_);
  if (!found->note.empty()) add_reason(found->note);
  explain(*found);
}

void ClaimJudge::judge_all(const std::vector<Estimate>& estimates, const Region& region) {
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

void ClaimJudge::judge_values() {
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

void ClaimJudge::judge_order() {
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

}  // namespace hotlap::results
