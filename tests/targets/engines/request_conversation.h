// What a RequestReader makes of a client's bytes, as one line of text, so that tests can compare: for each request
// "METHOD target[body]" with "/1.0" when it is old and " close" when it is the last, then how it ends: "idle", "head"
// or "body" (what of the next request was seen), or "bad STATUS". A promise of the reader that
// does not hold is told instead, as "(broken) …", which no method can be.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "targets/engines/request_reader.h"

namespace hotlap::targets {

// `cut(left)`: the bytes of the next read, 1 to `left`. Each read lies in memory of its own that ends with it.
[[nodiscard]] std::string request_conversation(std::string_view bytes,
                                               const std::function<std::size_t(std::size_t left)>& cut,
                                               const RequestLimits& limits = {});

}  // namespace hotlap::targets
