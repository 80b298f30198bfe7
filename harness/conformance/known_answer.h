// How a server answers a request that is asked singly: by this its answers are told apart when requests come together.
// Of a server that we do not know, this is all that can be known. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/conformance/answer.h"

namespace hotlap::harness {

struct Request {
  std::string text;  // the bytes
  bool head = false;
};

struct KnownAnswer {
  Request request;
  int status = 0;
  std::optional<std::string> body;    // when it was the same twice
  std::optional<std::size_t> length;  // of the body, likewise
  bool keep_alive = true;
};

// From the same request asked twice; what differed is not relied on.
[[nodiscard]] KnownAnswer know(Request request, const ReceivedAnswer& first, const ReceivedAnswer& second);
[[nodiscard]] bool fits(const KnownAnswer& known, const ReceivedAnswer& answer);
// Would each show if it came in place of the other?
[[nodiscard]] bool tell_apart(const KnownAnswer& a, const KnownAnswer& b);

// Which of `kinds` known answers is asked for at each of `count` places: neighbours differ as far as may be, and first
// and last do, so that a reversal shows. All 0 when there is one kind.
[[nodiscard]] std::vector<std::size_t> mixed_order(std::size_t count, std::size_t kinds);

}  // namespace hotlap::harness
