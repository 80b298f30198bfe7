#include "base/units.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <ranges>
#include <span>

namespace hotlap {
namespace {

struct Suffix {
  std::string_view text;
  double factor;
};

struct NumberWithSuffix {
  double number;
  std::string_view suffix;
};

std::optional<NumberWithSuffix> split_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0 || text.starts_with('-')) return std::nullopt;
  return NumberWithSuffix{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<double> parse_with(std::string_view text, std::span<const Suffix> suffixes) {
  const auto parts = split_number(text);
  if (!parts) return std::nullopt;
  for (const auto& suffix : suffixes)
    if (suffix.text == parts->suffix) return parts->number * suffix.factor;
  return std::nullopt;
}

constexpr std::array kDurations = {Suffix{"ns", 1},  Suffix{"us", 1e3}, Suffix{"ms", 1e6},
                                   Suffix{"s", 1e9}, Suffix{"m", 60e9}, Suffix{"h", 3600e9}};
constexpr std::array kRates = {Suffix{"/s", 1}, Suffix{"k/s", 1e3}, Suffix{"M/s", 1e6}};
constexpr std::array kCounts = {Suffix{"", 1}, Suffix{"k", 1e3}, Suffix{"M", 1e6}};
constexpr std::array kBytes = {Suffix{"B", 1},
                               Suffix{"kB", 1e3},
                               Suffix{"MB", 1e6},
                               Suffix{"GB", 1e9},
                               Suffix{"KiB", 1024},
                               Suffix{"MiB", 1024.0 * 1024},
                               Suffix{"GiB", 1024.0 * 1024 * 1024}};

// A whole number that a 64-bit count can hold exactly.
std::optional<std::uint64_t> whole(std::optional<double> value) {
  if (!value || *value > 9e15 || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// Three significant digits: 1.23, 12.3, 123.
std::string three_digits(double value) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string scaled(double value, std::span<const Suffix> units) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && value >= 0.9995 * units[unit + 1].factor) ++unit;
  if (units[unit].factor == 1 && value == std::floor(value)) return fmt::format("{:.0f}{}", value, units[unit].text);
  return three_digits(value / units[unit].factor) + std::string(units[unit].text);
}

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  const auto value = parse_with(text, kDurations);
  if (!value || *value > 1e18)
    return fail(fmt::format("duration '{}' is not a number followed by ns, us, ms, s, m or h", printable(text)));
  return Nanos(std::llround(*value));
}

Result<Rate> parse_rate(std::string_view text) {
  const auto value = parse_with(text, kRates);
  if (!value || *value <= 0)
    return fail(fmt::format("rate '{}' is not a number above 0 followed by /s, k/s or M/s", printable(text)));
  return Rate{*value};
}

Result<std::uint64_t> parse_count(std::string_view text) {
  const auto value = whole(parse_with(text, kCounts));
  if (!value) return fail(fmt::format("count '{}' is not a whole number, or one followed by k or M", printable(text)));
  return *value;
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto value = whole(parse_with(text, kBytes));
  if (!value)
    return fail(fmt::format("size '{}' is not a number followed by B, kB, MB, GB, KiB, MiB or GiB", printable(text)));
  return *value;
}

std::string format_duration(Nanos value) {
  static constexpr std::array units = {Suffix{" ns", 1}, Suffix{" us", 1e3}, Suffix{" ms", 1e6}, Suffix{" s", 1e9}};
  const auto count = static_cast<double>(value.count());
  return count < 0 ? fmt::format("-{}", scaled(-count, units)) : scaled(count, units);
}

std::string write_duration(Nanos value) {
  const auto count = value.count();
  for (const auto& unit : kDurations | std::views::reverse) {
    const auto factor = static_cast<std::int64_t>(unit.factor);
    if (count >= factor && count % (factor >= 1000 ? factor / 1000 : 1) == 0 && unit.factor <= 1e9)
      return fmt::format("{}{}", static_cast<double>(count) / unit.factor, unit.text);
  }
  return fmt::format("{}ns", count);
}

std::string format_count(double value) {
  static constexpr std::array units = {Suffix{"", 1}, Suffix{" k", 1e3}, Suffix{" M", 1e6}, Suffix{" G", 1e9}};
  return scaled(value, units);
}

std::string format_bytes(double value) {
  static constexpr std::array units = {Suffix{" B", 1}, Suffix{" kB", 1e3}, Suffix{" MB", 1e6}, Suffix{" GB", 1e9}};
  return scaled(value, units);
}

std::size_t utf8_letter(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const std::size_t bytes = (byte(0) >> 5) == 0b110     ? 2
                            : (byte(0) >> 4) == 0b1110  ? 3
                            : (byte(0) >> 3) == 0b11110 ? 4
                                                        : 0;
  if (bytes == 0) return 0;
  std::uint32_t code_point = byte(0) & (0x7fU >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if ((byte(at) >> 6) != 0b10) return 0;
    code_point = code_point << 6 | (byte(at) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0xa0, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point < kLeast[bytes] || code_point > 0x10ffff || surrogate ? 0 : bytes;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  const auto within = text.substr(0, limit);
  for (std::size_t at = 0; at < within.size(); ++at) {
    const char c = within[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      shown += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      shown += c;
    } else if (c == '\r') {
      shown += "\\r";
    } else if (c == '\n') {
      shown += "\\n";
    } else if (const auto letter = utf8_letter(within.substr(at)); letter > 0) {
      shown += within.substr(at, letter);
      at += letter - 1;
    } else {
      shown += fmt::format("\\x{:02x}", byte);
    }
  }
  if (text.size() > limit) shown += "…";
  return shown;
}

}  // namespace hotlap
