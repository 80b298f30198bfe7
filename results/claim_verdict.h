// What the trials of a session say about its claims. Pure: the same record gives the same findings.
// A finding has an interval from the trials (95 %). It agrees when the whole interval lies where the article lets us
// expect it, differs when none of it does, and cannot tell otherwise: too few or too noisy trials never agree. Trials
// that did not end well say nothing. Source: docs/claims.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "results/claim_metric.h"
#include "results/record.h"

namespace hotlap::results {

enum class ClaimVerdict { agrees, differs, cannot_tell, cannot_test };
[[nodiscard]] std::string_view to_text(ClaimVerdict verdict) noexcept;  // "agrees", …, "cannot test here"

struct ClaimFinding {
  std::string scenario, id, statement;
  std::string computation;  // "throughput of depth=24 over depth=1"
  std::string expected;     // "7.98 within 20 %", "at least 1.5"
  std::string unit;         // of the figures: "/s", "ns", "share", ""
  std::optional<double> published, measured, low, high;
  std::string published_text, measured_text, low_text, high_text;  // for people; "-" where there is none
  ClaimVerdict verdict = ClaimVerdict::cannot_tell;
  std::string reason;  // of the verdict, where the figures do not say it; a sentence without a full stop
  std::string caveat;  // the scenario's
};

// In the scenarios' order.
[[nodiscard]] std::vector<ClaimFinding> judge_claims(const SessionRecord& session);

// Positions of trials that went wrong just as a claim says they will: those that fail with the words of a `shows`, and
// INVALID ones of cases whose errors a claim is about (a knee, goodput, errors of which it expects some). They are
// results, not accidents.
[[nodiscard]] std::set<int> expected_failures(const SessionRecord& session);

// "throughput of depth=24 over depth=1"; the same in a plan.
[[nodiscard]] std::string computation_text(const Claim& claim);

}  // namespace hotlap::results
