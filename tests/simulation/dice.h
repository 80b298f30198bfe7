// Seeded random numbers that are the same with every compiler and library, so that a seed replays a world anywhere.
// Source: splitmix64 (Steele, Lea, Flood, OOPSLA 2014). One owner.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/units.h"

namespace hotlap::loadgen::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t end) noexcept { return next() % end; }
  // Both included.
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  Nanos between(Nanos low, Nanos high) noexcept { return Nanos(between(low.count(), high.count())); }
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double share) noexcept { return unit() < share; }
  Nanos exponential(Nanos mean) noexcept { return scaled(mean, -std::log1p(-unit())); }
  // Pareto with exponent 1.5: a third of the mean at least, now and then a hundred times as long.
  Nanos heavy_tail(Nanos mean) noexcept { return scaled(mean, std::pow(1 - unit(), -1 / 1.5) / 3); }

 private:
  static Nanos scaled(Nanos mean, double factor) noexcept {
    return Nanos(std::llround(static_cast<double>(mean.count()) * factor));
  }

  std::uint64_t state_;
};

}  // namespace hotlap::loadgen::simulation
