#include "loadgen/faces/wrk_units.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <span>

namespace hotlap::loadgen::wrk {
namespace {

// The number and at most two bytes of what follows it; anything further was never looked at.
std::optional<std::uint64_t> read(const char* text, const char* base, std::uint64_t scale,
                                  std::span<const char* const> suffixes) {
  std::uint64_t value = 0;
  std::array<char, 3> suffix{};
  const int fields = std::sscanf(text, "%" SCNu64 "%2s", &value, suffix.data());
  if (fields < 1) return std::nullopt;
  if (fields == 1 || ::strcasecmp(suffix.data(), base) == 0) return value;
  for (const char* known : suffixes) {
    if (__builtin_mul_overflow(value, scale, &value)) return std::nullopt;
    if (::strcasecmp(suffix.data(), known) == 0) return value;
  }
  return std::nullopt;
}

std::string step_up(long double value, long double scale, const char* base, std::span<const char* const> units,
                    int digits) {
  const char* unit = base;
  for (const char* next : units) {
    if (!(value >= scale * 0.85)) break;
    value /= scale;
    unit = next;
  }
  return fixed(value, 0, digits) + unit;
}

constexpr std::array<const char*, 5> kDecimal{"k", "M", "G", "T", "P"};
constexpr std::array<const char*, 4> kMetric{"k", "M", "G", "T"};
constexpr std::array<const char*, 4> kBinary{"K", "M", "G", "T"};
constexpr std::array<const char*, 2> kTime{"m", "h"};
constexpr std::array<const char*, 1> kMinutes{"m"};
constexpr std::array<const char*, 1> kMilliseconds{"ms"};

}  // namespace

std::optional<std::uint64_t> read_count(const char* text) {
  return read(text, "", 1000, kDecimal);
}

std::optional<std::uint64_t> read_seconds(const char* text) {
  return read(text, "s", 60, kTime);
}

std::string seconds_text(long double seconds) {
  return step_up(seconds, 60, "s", kMinutes, 0);
}

std::string time_text(long double microseconds) {
  if (microseconds >= 1e6L) return step_up(microseconds / 1e6L, 60, "s", kMinutes, 2);
  return step_up(microseconds, 1000, "us", kMilliseconds, 2);
}

std::string metric_text(long double value) {
  return step_up(value, 1000, "", kMetric, 2);
}

std::string binary_text(long double bytes) {
  return step_up(bytes, 1024, "", kBinary, 2);
}

std::string column(const std::string& value, std::size_t width) {
  std::size_t blanks = 2;
  for (std::size_t back = 1; back <= 2 && back <= value.size(); ++back)
    if (std::isalpha(static_cast<unsigned char>(value[value.size() - back])) != 0) --blanks;
  width -= blanks;
  return fmt::format("{:>{}.{}}{:{}}", value, width, width, "", blanks);
}

std::string fixed(long double value, int width, int digits) {
  std::array<char, 128> text{};
  const int length = std::snprintf(text.data(), text.size(), "%*.*Lf", width, digits, value);
  return {text.data(), std::min(static_cast<std::size_t>(length), text.size() - 1)};
}

}  // namespace hotlap::loadgen::wrk
