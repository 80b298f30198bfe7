// Random numbers and choices that are the same on every machine and standard library: SplitMix64 (Steele, Lea, Flood
// 2014) and an unbiased shuffle. Same seed, same numbers; the seed is stored with the session.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace hotlap {

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
  }
  // Uniform in [0, bound), without modulo bias; `bound` > 0.
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
    std::uint64_t value = next();
    while (value < rejected) value = next();
    return value % bound;
  }
  // Uniform in [0, 1): 53 random bits.
  [[nodiscard]] constexpr double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  [[nodiscard]] constexpr bool coin() noexcept { return (next() >> 63U) != 0; }

  template <class T>
  constexpr void shuffle(std::vector<T>& values) noexcept {
    for (std::size_t left = values.size(); left > 1; --left)
      std::swap(values[left - 1], values[static_cast<std::size_t>(below(left))]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace hotlap
