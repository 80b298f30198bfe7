// What pages say to a store and read from its rows: fields by position, and the reply when it does not answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "targets/pages/page.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

[[nodiscard]] inline std::uint32_t id_of(Space space) noexcept {
  return std::to_underlying(space);
}

// The field's text or number; empty or zero when the row has none there.
[[nodiscard]] std::string_view text_at(RowView row, std::size_t field);
[[nodiscard]] std::int64_t number_at(RowView row, std::size_t field);

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
inline constexpr std::string_view kJson = "application/json";

[[nodiscard]] Reply store_failure(const StoreError& error);  // 503 with the database's words and code
[[nodiscard]] Reply bad_request(std::string sentence);       // 400
[[nodiscard]] Reply not_found(std::string sentence);         // 404

}  // namespace hotlap::targets
