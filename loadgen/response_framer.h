// Cuts one connection's incoming bytes into responses and judges each: whole, interim, broken; as expected or not.
// Bodies stream through: nothing is kept but the piece of a head that a read cut off. No allocation once such a piece
// has been seen. Source: RFC 9112 §6; fast path: a head that equals the last one byte for byte is not parsed again. One
// framer per connection, one Judge per worker; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http1.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

enum class Fault : std::uint8_t { none, status, length, body };

// What a worker's connections share: the expectation, and the last head with what it meant.
struct Judge {
  const load::Expectation* expect = nullptr;
  bool to_head_request = false;
  std::string known_head;
  http1::ResponseHead known;
};

class ResponseFramer {
 public:
  enum class Kind : std::uint8_t {
    need_more,  // all input used
    response,   // one whole response
    bad,        // not HTTP: `why`; the connection is of no more use
  };
  struct Next {
    Kind kind = Kind::need_more;
    Fault fault = Fault::none;
    bool keep_alive = true;
    int status = 0;
    const char* why = nullptr;
  };

  explicit ResponseFramer(Judge& judge) noexcept : judge_(&judge) {}

  // Takes bytes from the front of `input` until one response is whole or the input is used up. Interim (1xx) responses
  // are passed over.
  [[nodiscard]] Next next(std::string_view& input);
  // The peer closed: the response that only this could end, if one was under way.
  [[nodiscard]] std::optional<Next> end_of_stream() noexcept;
  // Is a response cut off in the middle?
  [[nodiscard]] bool in_response() const noexcept { return phase_ != Phase::head || !partial_.empty(); }
  void reset() noexcept;

 private:
  enum class Phase : std::uint8_t { head, counted_body, chunked_body, body_until_close };

  [[nodiscard]] Kind take_head(std::string_view& input, Next& next);
  [[nodiscard]] Next finish() noexcept;
  void see_body(std::string_view bytes) noexcept;

  Judge* judge_;
  Phase phase_ = Phase::head;
  bool keep_alive_ = true;
  bool body_differs_ = false;
  int status_ = 0;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_seen_ = 0;
  http1::ChunkedReader chunks_;
  std::string partial_;
};

}  // namespace hotlap::loadgen
