// Has the throughput settled, so that a window may begin? Judged on equally long slices, oldest first. Pure.
// Steady: over the last kSteadySlices both halves have the same mean within kMostDifference, and there is no trend in
// them (Mann–Kendall, two-sided at 5 %; Mann 1945), or none worth speaking of (Theil–Sen slope times their number below
// kHarmlessDrift of the mean). A target that does nothing is never steady.
#pragma once

#include <cstddef>
#include <span>

namespace hotlap::loadgen {

inline constexpr std::size_t kSteadySlices = 10;
inline constexpr double kMostDifference = 0.05;
inline constexpr double kHarmlessDrift = 0.02;

[[nodiscard]] bool is_steady(std::span<const double> slices);

}  // namespace hotlap::loadgen
