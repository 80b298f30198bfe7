// How a store's links are shared among pages: "per-request" (a new connection for each page), "one" (every page on the
// same link) or "pool:N" (N links, each lent to one page at a time, first come first served).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap::targets {

struct StoreConnections {
  enum class Kind { per_request, one, pool };
  Kind kind = Kind::one;
  int size = 1;  // of the pool
  bool operator==(const StoreConnections&) const = default;
};

inline constexpr int kMaxPoolSize = 10'000;

[[nodiscard]] Result<StoreConnections> parse_store_connections(std::string_view text);
[[nodiscard]] std::string text_of(const StoreConnections& connections);  // what the parser reads back

}  // namespace hotlap::targets
