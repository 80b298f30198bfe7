#include "targets/engines/burn.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace hotlap::targets {
namespace {

constexpr double kTolerance = 0.003;
constexpr double kAim = 0.001;  // of a correction: leaves room for the last look
constexpr int kMostCorrections = 10;
constexpr double kSliceNs = 4e6;  // measured in one piece: long against the clock's own cost, short against a tick's

double thread_cpu_ns() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

[[gnu::noinline]] void Burn::work(std::uint64_t links) noexcept {
  std::uint64_t chain = links | 1;
  for (; links > 0; --links) {
    chain *= 0x9E3779B97F4A7C15;
    asm volatile("" : "+r"(chain));  // each link has to be computed, and waits for the one before
  }
}

// The lower quartile of slices: what interrupts and cold caches add is no part of it, and a single lucky slice is not
// taken for the rule.
double measure_burn_ns(double links) {
  std::array<double, 24> costs{};
  double guess_ns = std::max(links, 1.0);
  for (auto& cost : costs) {
    Burn burn(links);
    const auto requests = static_cast<std::uint64_t>(std::clamp(kSliceNs / guess_ns, 1.0, 1e5));
    const double begin = thread_cpu_ns();
    for (std::uint64_t request = 0; request < requests; ++request) burn();
    cost = (thread_cpu_ns() - begin) / static_cast<double>(requests);
    guess_ns = std::max(cost, 1.0);
  }
  std::ranges::sort(costs);
  return costs[costs.size() / 4];
}

Result<BurnCalibration> calibrate_burn(Nanos asked, const MeasureBurn& measure) {
  const auto asked_ns = static_cast<double>(asked.count());
  check(asked_ns > 0, "there is something to burn");
  BurnCalibration found{.links = asked_ns};
  found.measured_ns = measure(found.links);
  for (int correction = 0; correction < kMostCorrections; ++correction) {
    found.links *= asked_ns / std::max(found.measured_ns, 1.0);
    found.measured_ns = measure(found.links);
    if (std::abs(found.deviation(asked)) > kAim) continue;
    found.measured_ns = measure(found.links);  // twice in a row: it holds
    if (std::abs(found.deviation(asked)) <= kTolerance) return found;
  }
  if (std::abs(found.deviation(asked)) <= kTolerance) return found;
  return fail(
      fmt::format("--burn-ns-per-request: {} ns could not be calibrated to 0.3 %: the last try was off by {:+.2f} "
                  "%; quieten the machine or fix the processor's frequency",
                  asked.count(), found.deviation(asked) * 100));
}

}  // namespace hotlap::targets
