// The arithmetic of comparisons; pure functions of doubles. Sources stand at each function.
#pragma once

#include <span>

namespace hotlap::results {

[[nodiscard]] double median(std::span<const double> values);  // mean of the middle two for even counts; 0 for none
[[nodiscard]] double mean(std::span<const double> values);
[[nodiscard]] double sample_standard_deviation(std::span<const double> values);  // n − 1; 0 for fewer than two

// Median of grouped continuous data with interval 1, as Python's statistics.median_grouped computes it: for the figures
// that Japronto's benchmark published.
[[nodiscard]] double median_grouped(std::span<const double> values, double interval = 1);

// Wilcoxon's signed-rank test, exact null distribution by dynamic programming over the (doubled, for ties) ranks;
// zero differences are dropped. One-sided: the chance of a rank sum of positive differences as small as this or smaller
// under "no difference" (`p_less`), or as large or larger (`p_greater`). Wilcoxon 1945; ties by mid-ranks, Pratt not
// used.
struct SignedRank {
  int n = 0;            // non-zero differences
  double rank_sum = 0;  // T+
  double p_less = 1;
  double p_greater = 1;
};
[[nodiscard]] SignedRank signed_rank_test(std::span<const double> differences);

// Hodges–Lehmann estimate of the shift: median of the Walsh averages; and its exact confidence interval by inverting
// the signed-rank test (Hollander & Wolfe §3.2). Level is the nominal one; with too few values the interval is
// everything seen and `exact` is false.
struct ShiftEstimate {
  double estimate = 0;
  double low = 0;
  double high = 0;
  bool exact = false;
};
[[nodiscard]] ShiftEstimate hodges_lehmann(std::span<const double> differences, double level = 0.95);

// The value that Student's t with `degrees_of_freedom` ≥ 1 stays below with this probability (0 < p < 1). Finite series
// for whole degrees of freedom: Abramowitz & Stegun 26.7.3 and 26.7.4.
[[nodiscard]] double student_t_quantile(double probability, int degrees_of_freedom);

// Confidence interval of a weighted sum of means of independent samples, each of at least two values: weights 1 and −1
// give the difference of two means. Unequal variances: Welch's t with Satterthwaite's degrees of freedom, rounded down
// (Welch 1947; Satterthwaite 1946).
struct WeightedSample {
  double weight = 1;
  std::span<const double> values;
};
struct Interval {
  double estimate = 0;
  double low = 0;
  double high = 0;
};
[[nodiscard]] Interval welch_interval(std::span<const WeightedSample> samples, double level = 0.95);

}  // namespace hotlap::results
