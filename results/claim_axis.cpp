// Claims along an axis: that a figure rises or falls, and where its knee is.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "results/claim_judge.h"

namespace hotlap::results {

// From the first to the last value there has to be a rise (or fall), and no step may go the other way for certain.
void ClaimJudge::judge_trend() {
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

void ClaimJudge::judge_knee() {
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
  const auto perhaps = holds.size() - (found || cut_short ? 1 : 0);  // steps before the first that surely does not hold
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
      add_reason(cut_short ? "the steps after it have not run" : "trials of one step disagree; more of them may tell");
  }
  if (found)
    add_reason(fmt::format("{}={} does not hold any more{}", claim_.along, values[perhaps], why_not(values[perhaps])));
  else if (!cut_short)
    add_reason(fmt::format("it holds up to the last step, {}={}", claim_.along, values.back()));
}

std::string ClaimJudge::why_not(const std::string& value) const {
  for (const auto* one : cases_.selected(cases_.step_of(value)))
    for (const TrialRecord* trial : one->trials)
      if (trial->state == TrialState::failed) return ": " + printable(trial->reason, 200);
  return "";
}

}  // namespace hotlap::results
