// Baseline against candidate in pairs: a pure function from figures to a verdict. Source: docs/method.md, "The check".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hotlap::results {

enum class Outcome { same, regressed, improved, inconclusive };
[[nodiscard]] std::string_view to_text(Outcome outcome) noexcept;  // "SAME", "REGRESSED" …

struct ComparisonPolicy {
  double alpha = 0.01;        // of the one-sided exact signed-rank test
  double min_effect = 0.02;   // a smaller change is never a regression, however certain
  double fail_effect = 0.05;  // SAME must rule out a slow-down this large, at 97.5 %
  bool higher_is_better = true;
};

struct Comparison {
  Outcome outcome = Outcome::inconclusive;
  int pairs = 0;
  double ratio = 1;  // candidate / baseline, Hodges–Lehmann on log ratios
  double ratio_low = 0;
  double ratio_high = 0;  // 95 %
  double p_value = 1;     // of the slow-down
  double smallest_visible_effect =
      0;                 // share of slow-down that this many pairs with this spread would show at 95 % power; 0 unknown
  std::string sentence;  // the finding in words with its figures
};

// The share of slow-down that so many pairs would show with 95 % probability, when the logarithms of their ratios
// spread by this standard deviation. 0: unknown, with fewer than two pairs or no spread. Source: docs/method.md,
// "Power": 1.023 is what the signed-rank test needs above Student's t on normal differences.
[[nodiscard]] double smallest_visible_effect(double spread, int pairs, double alpha);

// `baseline[i]` and `candidate[i]` are the figures (> 0) of pair i.
[[nodiscard]] Comparison compare_pairs(std::span<const double> baseline, std::span<const double> candidate,
                                       const ComparisonPolicy& policy);

}  // namespace hotlap::results
