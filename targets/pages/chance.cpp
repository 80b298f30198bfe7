#include "targets/pages/chance.h"

#include <fmt/core.h>

namespace hotlap::targets {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t Chance::next() noexcept {
  std::uint64_t mixed = state_ += 0x9e37'79b9'7f4a'7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
  return mixed ^ mixed >> 31;
}

// The bias of the remainder is below 2^-40 for the ranges that pages ask for.
std::int64_t Chance::between(std::int64_t first, std::int64_t last) noexcept {
  const auto choices = static_cast<std::uint64_t>(last - first) + 1;
  return first + static_cast<std::int64_t>(next() % choices);
}

std::string Chance::token() {
  const auto high = next();
  return fmt::format("{:016x}{:016x}", high, next());
}

std::string Chance::uuid() {
  constexpr std::uint64_t kVersion = 0x4000;
  const auto high = (next() & ~0xf000ULL) | kVersion;
  const auto low = (next() & ~(3ULL << 62)) | 1ULL << 63;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffff'ffff'ffff);
}

}  // namespace hotlap::targets
