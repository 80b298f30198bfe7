#include <fmt/core.h>

#include <cmath>
#include <numbers>

#include "loadgen/faces/output.h"

namespace hotlap::loadgen {
namespace {

constexpr double kNanosPerMilli = 1e6;
constexpr double kStepsPerHalving = 5;
// Of HdrHistogram for our range and digits (base/histogram.h).
constexpr int kSubBuckets = 2048;
constexpr int bucket_count() {
  int count = 1;
  for (std::int64_t beyond = kSubBuckets; beyond <= Histogram::kHighestNs; beyond *= 2) ++count;
  return count;
}

// Every halving of the distance to 100 % has the same number of steps. Logarithms as the format's own writer takes
// them, so that the levels are the same to the last digit.
double next_level(double level) {
  const double halvings = std::floor(std::log(100 / (100 - level)) / std::numbers::ln2);
  return level + 100 / (kStepsPerHalving * std::exp2(halvings + 1));
}

// HdrHistogram takes a bucket's middle for its values.
struct Moments {
  double mean = 0;
  double deviation = 0;
};
Moments moments(const std::vector<Histogram::Bucket>& buckets, std::uint64_t count) {
  if (count == 0) return {};
  const auto middle = [](const Histogram::Bucket& bucket) {
    const std::int64_t ns = bucket.lowest_ns + (bucket.highest_ns - bucket.lowest_ns + 1) / 2;
    return static_cast<double>(ns);
  };
  double sum = 0;
  for (const auto& bucket : buckets) sum += middle(bucket) * static_cast<double>(bucket.count);
  const double mean = sum / static_cast<double>(count);
  double squares = 0;
  for (const auto& bucket : buckets)
    squares += (middle(bucket) - mean) * (middle(bucket) - mean) * static_cast<double>(bucket.count);
  return {mean, std::sqrt(squares / static_cast<double>(count))};
}

}  // namespace

std::string hgrm_output(const load::Measurement& measurement) {
  const bool open = measurement.loop == "open";
  Histogram all = open ? measurement.response_time : measurement.service_time;
  const auto& at_least = open ? measurement.response_time_at_least : measurement.service_time_at_least;
  all.merge(at_least);
  const auto buckets = all.buckets();
  const auto count = all.count();

  std::string text =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  double level = 0;
  std::uint64_t below = 0;
  for (const auto& bucket : buckets) {
    below += bucket.count;
    const double value = static_cast<double>(bucket.highest_ns) / kNanosPerMilli;
    while (100 * static_cast<double>(below) / static_cast<double>(count) >= level) {
      text += fmt::format("{:12.3f} {:2.12f} {:10} {:14.2f}\n", value, level / 100, below, 1 / (1 - level / 100));
      level = next_level(level);
      if (below == count) break;  // what remains is the last line
    }
    if (below == count) text += fmt::format("{:12.3f} {:2.12f} {:10}\n", value, 1.0, below);
  }
  const auto [mean, deviation] = moments(buckets, count);
  const auto highest = buckets.empty() ? 0 : buckets.back().highest_ns;
  text += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", mean / kNanosPerMilli,
                      deviation / kNanosPerMilli);
  text += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n", static_cast<double>(highest) / kNanosPerMilli,
                      count);
  text += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", bucket_count(), kSubBuckets);
  if (!at_least.empty())
    text += fmt::format("#[At least: {} of these had no whole response and count with the time they had waited]\n",
                        at_least.count());
  return text;
}

}  // namespace hotlap::loadgen
