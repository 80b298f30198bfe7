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

  struct Next {
    Kind kind = Kind::need_more;
    http1::RequestHead head;  // of the request; when bad, its reject_status says what to answer before closing
  };

  // Takes bytes from the front of `input`. On `request`, its body lies behind the head or is still to come: the next
  // call passes over it first.
  [[nodiscard]] Next next(std::string_view& input) noexcept;
  // Between two requests, with nothing of the next one seen?
  [[nodiscard]] bool idle() const noexcept { return body_left_ == 0 && !chunked_; }

 private:
  [[nodiscard]] bool pass_body(std::string_view& input) noexcept;

  std::uint64_t body_left_ = 0;
  bool chunked_ = false;
  http1::ChunkedReader chunks_;
};

// A whole error response that announces the close.
[[nodiscard]] std::string_view rejection(int status) noexcept;

}  // namespace hotlap::targets
