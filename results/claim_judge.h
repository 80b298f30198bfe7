// One claim before its trials: what it lets us expect, what they show, and the verdict between the two. For
// claim_verdict.cpp. Built for one judgement; refers to the claim and to the session's trials.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "results/claim_cases.h"
#include "results/claim_verdict.h"

namespace hotlap::results {

// Where the article lets us expect the figure.
struct Region {
  double low = -kInfinity;
  double high = kInfinity;
};

// Does what the trial says about what went wrong hold this text?
[[nodiscard]] bool says(const TrialRecord& trial, const std::string& text);

class ClaimJudge {
 public:
  ClaimJudge(const SessionRecord& session, const ScenarioRecord& scenario, const Claim& claim);
  [[nodiscard]] ClaimFinding judge();

 private:
  // By the kind of the claim.
  void judge_values();
  void judge_order();
  void judge_trend();
  void judge_knee();
  void judge_shows();

  // What the claim lets us expect, as a region and in words.
  void expect(Unit unit);
  [[nodiscard]] bool has_expectation() const { return claim_.published || claim_.at_least || claim_.at_most; }
  // A figure against the region.
  [[nodiscard]] static ClaimVerdict compare(const Estimate& estimate, const Region& region);
  void judge_one(const std::expected<Estimate, Lack>& found);
  // All must: the one that is furthest from it is shown.
  void judge_all(const std::vector<Estimate>& estimates, const Region& region);

  // The finding in words.
  void give(ClaimVerdict verdict, std::string reason);
  void show(const Estimate& estimate);
  // Says in words why an interval does not decide.
  void explain(const Estimate& estimate);
  void add_reason(const std::string& words);
  // Of a knee a value of its axis, otherwise a figure.
  [[nodiscard]] std::string text_of(Unit unit, double value) const;
  // Why the step at this value of the axis does not hold, where a trial says so.
  [[nodiscard]] std::string why_not(const std::string& value) const;

  const Claim& claim_;
  const Metric* metric_;
  ClaimCases cases_;
  ClaimFinding finding_;
  Region region_;
  Unit unit_ = Unit::number;
};

}  // namespace hotlap::results
