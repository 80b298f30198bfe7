// Claims about what trials say when they go wrong; and, of the same words, which failures are results.
#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"
#include "results/claim_judge.h"

namespace hotlap::results {
namespace {

// Does the claim ask what becomes of requests when things go wrong? Then a trial that is INVALID answers it.
bool asks_about_errors(const Claim& claim) {
  const auto* metric = find_metric(claim.metric);
  if (claim.kind == Claim::Kind::no_test || metric == nullptr || !metric->of_invalid_trials) return false;
  const bool counts_errors = metric->name.starts_with("error");
  return claim.kind == Claim::Kind::knee || !counts_errors || claim.at_least || claim.published;
}

}  // namespace

bool says(const TrialRecord& trial, const std::string& text) {
  if (trial.reason.contains(text)) return true;
  if (!trial.measurement) return false;
  const auto& m = *trial.measurement;
  return std::ranges::any_of(m.verdict.reasons, [&](const auto& reason) { return reason.contains(text); }) ||
         std::ranges::any_of(m.errors, [&](const auto& error) {
           return error.count > 0 && (error.kind == text || error.first.contains(text));
         });
}

void ClaimJudge::judge_shows() {
  finding_.expected = fmt::format("every trial says '{}'", claim_.text);
  const auto cases = cases_.selected(claim_.cases.at(0));
  int said = 0;
  int ran = 0;
  std::string otherwise;
  for (const auto* one : cases)
    for (const TrialRecord* trial : one->trials) {
      if (!has_run(*trial)) continue;
      ++ran;
      if (says(*trial, claim_.text))
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
  finding_.verdict = said == ran ? ClaimVerdict::agrees : said == 0 ? ClaimVerdict::differs : ClaimVerdict::cannot_tell;
  if (!otherwise.empty()) add_reason(printable(otherwise, 300));
}

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
        if (about_errors ? trial.state == TrialState::invalid : says(trial, claim.text))
          positions.insert(trial.position);
      }
    }
  };
  for (const auto& scenario : session.scenarios)
    for (const auto& claim : scenario.claims) add_from(scenario.name, claim);
  return positions;
}

}  // namespace hotlap::results
