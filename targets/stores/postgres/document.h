// A tuple as a JSON array of nulls, booleans, integers and texts, as the jsonb schema keeps it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "targets/stores/store.h"

namespace hotlap::targets::postgres {

// What is not UTF-8 in a text becomes U+FFFD: JSON has no other bytes.
[[nodiscard]] std::string document_of(const Tuple& tuple);
// nullopt: no JSON, no array, or a number that is no 64-bit integer, or something nested.
[[nodiscard]] std::optional<Tuple> tuple_of(std::string_view document);
// The same text where it is UTF-8; elsewhere U+FFFD stands for what is not. PostgreSQL would refuse the whole
// statement.
[[nodiscard]] std::string utf8_of(std::string_view text);

}  // namespace hotlap::targets::postgres
