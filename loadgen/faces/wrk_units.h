// Numbers as wrk reads and writes them: integers with a decimal or time suffix in, two digits and the unit that it
// steps up to at 85 % of the next one out. Only for the drop-in faces: everywhere else units.h is the rule. Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hotlap::loadgen::wrk {

// "10", "2k", "1M": decimal, whichever case; none when it is no number or has another suffix.
[[nodiscard]] std::optional<std::uint64_t> read_count(const char* text);
// "90", "90s", "2m", "1h", in seconds.
[[nodiscard]] std::optional<std::uint64_t> read_seconds(const char* text);

[[nodiscard]] std::string seconds_text(long double seconds);    // "30s", and "1m" from 51 s on
[[nodiscard]] std::string time_text(long double microseconds);  // "13.00us", "1.64ms", "1.10s", "0.85m"
[[nodiscard]] std::string metric_text(long double value);       // "92.97k"
[[nodiscard]] std::string binary_text(long double bytes);       // "3.88M", without its B

// Right-aligned in `width`, with room for a unit of two letters: shorter units are followed by blanks instead.
[[nodiscard]] std::string column(const std::string& value, std::size_t width);

// printf's formatting of one number: these layouts are defined by it, down to "-nan".
[[nodiscard]] std::string fixed(long double value, int width, int digits);

}  // namespace hotlap::loadgen::wrk
