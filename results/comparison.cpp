#include "results/comparison.h"

#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "results/statistics.h"

namespace hotlap::results {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string in_words(const Comparison& comparison, const ComparisonPolicy& policy, double shift) {
  const std::string figures =
      fmt::format("candidate / baseline = {:.4f} (95 % interval {:.4f} to {:.4f}, p = {:.2g}, {} pairs)",
                  comparison.ratio, comparison.ratio_low, comparison.ratio_high, comparison.p_value, comparison.pairs);
  const std::string effect = percent(std::abs(1 - std::exp(shift)));
  const std::string power =
      comparison.smallest_visible_effect > 0
          ? fmt::format("; a slow-down of {} or more would have been seen", percent(comparison.smallest_visible_effect))
          : "";
  switch (comparison.outcome) {
    case Outcome::regressed:
      return fmt::format("{}: a slow-down of {}{}", figures, effect, power);
    case Outcome::improved:
      return fmt::format("{}: an improvement of {}{}", figures, effect, power);
    case Outcome::same:
      return fmt::format("{}: no slow-down of {} or more{}", figures, percent(policy.fail_effect), power);
    case Outcome::inconclusive:
      break;
  }
  if (comparison.smallest_visible_effect > 0)
    return fmt::format("{}: cannot tell; with this spread only a slow-down of {} or more would show, run more pairs",
                       figures, percent(comparison.smallest_visible_effect));
  return fmt::format("{}: cannot tell, run more pairs", figures);
}

}  // namespace

double smallest_visible_effect(double spread, int pairs, double alpha) {
  if (pairs < 2 || spread <= 0) return 0;
  const double shift = 1.023 * (student_t_quantile(1 - alpha, pairs - 1) + student_t_quantile(0.95, pairs - 1)) *
                       spread / std::sqrt(static_cast<double>(pairs));
  return 1 - std::exp(-shift);
}

std::string_view to_text(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::same:
      return "SAME";
    case Outcome::regressed:
      return "REGRESSED";
    case Outcome::improved:
      return "IMPROVED";
    case Outcome::inconclusive:
      break;
  }
  return "INCONCLUSIVE";
}

Comparison compare_pairs(std::span<const double> baseline, std::span<const double> candidate,
                         const ComparisonPolicy& policy) {
  check(baseline.size() == candidate.size(), "every pair has a figure of the baseline and one of the candidate");
  Comparison result;
  result.pairs = static_cast<int>(baseline.size());
  if (baseline.empty()) {
    result.sentence = "no complete pair: cannot tell, run more pairs";
    return result;
  }

  std::vector<double> differences;  // oriented so that a slow-down is below 0
  const double orientation = policy.higher_is_better ? 1 : -1;
  for (std::size_t i = 0; i < baseline.size(); ++i) {
    const double difference = orientation * std::log(candidate[i] / baseline[i]);
    if (!(baseline[i] > 0) || !(candidate[i] > 0) || !std::isfinite(difference)) {
      result.sentence = fmt::format("pair {} has a figure that is not above 0: cannot tell, look at its trials", i + 1);
      return result;
    }
    differences.push_back(difference);
  }

  const SignedRank test = signed_rank_test(differences);
  const ShiftEstimate shift = hodges_lehmann(differences);
  result.p_value = test.p_less;
  result.ratio = std::exp(orientation * shift.estimate);
  result.ratio_low = std::exp(orientation * (policy.higher_is_better ? shift.low : shift.high));
  result.ratio_high = std::exp(orientation * (policy.higher_is_better ? shift.high : shift.low));
  result.smallest_visible_effect =
      smallest_visible_effect(sample_standard_deviation(differences), result.pairs, policy.alpha);

  const double small = std::log1p(-policy.min_effect);
  const double harmful = std::log1p(-policy.fail_effect);
  if (test.p_less <= policy.alpha && shift.estimate <= small)
    result.outcome = Outcome::regressed;
  else if (test.p_greater <= policy.alpha && shift.estimate >= -small)
    result.outcome = Outcome::improved;
  else if (shift.exact && shift.low > harmful && shift.estimate > small)
    result.outcome = Outcome::same;
  result.sentence = in_words(result, policy, shift.estimate);
  return result;
}

}  // namespace hotlap::results
