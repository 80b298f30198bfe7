// Values by name from a query ("queries=5&x=1") or from a form's body: both are application/x-www-form-urlencoded
// (WHATWG URL, §5). Pure functions on the bytes given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hotlap::targets {

// The first value of this name, decoded: '+' is a blank, %41 is A; a % that no two hex digits follow stands for itself.
[[nodiscard]] std::optional<std::string> form_value(std::string_view encoded, std::string_view name);

// The first value of this name when it is a whole number and nothing else; no value beyond 64 bits.
[[nodiscard]] std::optional<std::int64_t> form_number(std::string_view encoded, std::string_view name);

}  // namespace hotlap::targets
