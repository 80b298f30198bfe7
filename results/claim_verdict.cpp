#include "results/claim_verdict.h"

#include <fmt/core.h>

#include "results/claim_judge.h"

namespace hotlap::results {

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
    for (const auto& claim : scenario.claims) findings.push_back(ClaimJudge(session, scenario, claim).judge());
  return findings;
}

}  // namespace hotlap::results
