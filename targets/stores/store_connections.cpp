#include "targets/stores/store_connections.h"

#include <fmt/core.h>

#include <charconv>

#include "base/units.h"

namespace hotlap::targets {

Result<StoreConnections> parse_store_connections(std::string_view text) {
  using Kind = StoreConnections::Kind;
  if (text == "per-request") return StoreConnections{.kind = Kind::per_request};
  if (text == "one") return StoreConnections{.kind = Kind::one};
  constexpr std::string_view kPool = "pool:";
  if (text.starts_with(kPool)) {
    const auto digits = text.substr(kPool.size());
    int size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error == std::errc{} && end == digits.data() + digits.size() && size >= 1 && size <= kMaxPoolSize)
      return StoreConnections{.kind = Kind::pool, .size = size};
  }
  return fail(fmt::format("store connections '{}' are none of per-request, one or pool:N with N from 1 to {}",
                          printable(text), kMaxPoolSize),
              ExitCode::usage);
}

std::string text_of(const StoreConnections& connections) {
  switch (connections.kind) {
    case StoreConnections::Kind::per_request:
      return "per-request";
    case StoreConnections::Kind::one:
      return "one";
    case StoreConnections::Kind::pool:
      break;
  }
  return fmt::format("pool:{}", connections.size);
}

}  // namespace hotlap::targets
