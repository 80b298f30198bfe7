// Quantities with their units, and the one place where they are read from and written for people.
// A bare number where a unit is due is refused ("3" is not a duration). Not thread-bound; all functions are pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap {

using Nanos = std::chrono::nanoseconds;
[[nodiscard]] constexpr double in_seconds(Nanos time) noexcept {
  return static_cast<double>(time.count()) / 1e9;
}

// Requests per second; finite and > 0 when it comes from a parser.
struct Rate {
  double per_second = 0;
  auto operator<=>(const Rate&) const = default;
};

// "30s", "1.5ms", "250us", "10ns", "2m", "1h". Fractions allowed. Error: what was expected, e.g.
// "duration '3x' is not a number followed by ns, us, ms, s, m or h".
[[nodiscard]] Result<Nanos> parse_duration(std::string_view text);
// "20k/s", "500/s", "1.5M/s".
[[nodiscard]] Result<Rate> parse_rate(std::string_view text);
// "64", "10k", "2M": a count; decimal multiples only.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);
// "512B", "64KiB", "10MB": bytes.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

// Three significant digits and the fitting unit: "1.23 ms", "456 ns", "12.0 s".
[[nodiscard]] std::string format_duration(Nanos value);
// The shortest text that parse_duration reads back to the same value: "1500ms" → "1.5s".
[[nodiscard]] std::string write_duration(Nanos value);
// "1.23 M", "456 k", "12.3".
[[nodiscard]] std::string format_count(double value);
// "92 B", "2.95 kB" (decimal), "1.20 GB".
[[nodiscard]] std::string format_bytes(double value);

// The bytes of the UTF-8 character of two to four bytes that `text` begins with; 0 when it begins with none, or with a
// control character (U+0080 to U+009F). Overlong forms and surrogates are none.
[[nodiscard]] std::size_t utf8_letter(std::string_view text);

// Foreign text for a terminal: control characters and bytes that are no UTF-8 shown as \xNN, at most `limit` bytes of
// input.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 120);

}  // namespace hotlap
