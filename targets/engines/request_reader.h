// Cuts a connection's bytes into requests, RFC 9112: heads are parsed in place, bodies are passed over (no page of ours
// reads one). State of one connection; not thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/http1.h"

namespace hotlap::targets {

class RequestReader {
 public:
  enum class Kind : std::uint8_t { need_more, request, bad };

  // Takes bytes from the front of `input`. On `request`, `head` holds the request and its body lies behind (or is still
  // to come: it is then passed over first by the next call). On `bad`, head.reject_status says what to answer before
  // closing.
  [[nodiscard]] Kind next(std::string_view& input, http1::RequestHead& head) noexcept;
  // Between two requests, with nothing of the next one seen?
  [[nodiscard]] bool idle() const noexcept { return body_left_ == 0 && !chunked_; }

 private:
  std::uint64_t body_left_ = 0;
  bool chunked_ = false;
  http1::ChunkedReader chunks_;
};

// A whole error response that announces the close.
[[nodiscard]] std::string_view rejection(int status) noexcept;

}  // namespace hotlap::targets
