// Cuts a connection's bytes into whole requests, RFC 9112: head and body, chunks put together. A request that lies
// whole in the input is read in place; of one that comes in pieces the reader keeps what it has, so that no byte is
// handed in twice. Memory: at most `head_bytes` + `body_bytes`. State of one connection; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/http1.h"

namespace hotlap::targets {

struct RequestLimits {
  std::size_t head_bytes = 16 * 1024;    // beyond: 414 when it is the request line, else 431
  std::size_t body_bytes = 1024 * 1024;  // beyond: 413
};

// Clients of one thread that ask the same again and again: a head that equals the last one byte for byte is not parsed
// again. Not thread-safe; allocates in the constructor only.
class LastHead {
 public:
  LastHead() { bytes_.reserve(kMostBytes); }
  LastHead(const LastHead&) = delete;
  LastHead& operator=(const LastHead&) = delete;
  // As http1::parse_request_head; `most_bytes` is the same in all calls. The views hold until the next call, or until
  // `bytes` go.
  [[nodiscard]] http1::RequestHead parse(std::string_view bytes, std::size_t most_bytes) noexcept {
    if (!bytes_.empty() && bytes.starts_with(bytes_)) [[likely]]
      return head_;
    return parse_anew(bytes, most_bytes);
  }

 private:
  static constexpr std::size_t kMostBytes = 512;
  static constexpr std::uint32_t kOneIn = 8;  // clients that never repeat themselves hardly pay

  [[nodiscard]] http1::RequestHead parse_anew(std::string_view bytes, std::size_t most_bytes) noexcept;

  std::string bytes_;
  http1::RequestHead head_;  // its views point into bytes_
  std::uint32_t others_ = 0;
};

class RequestReader {
 public:
  enum class Kind : std::uint8_t {
    need_more,         // all of the input is taken
    expects_continue,  // send kContinue in the order of the answers, then call again: the client waits for it (once a
                       // request, RFC 9110 §10.1.1)
    request,           // whole; its views hold until the next call (of any reader with the same LastHead), or until the
                       // input goes
    bad                // answer rejection(head) and close; no further calls
  };
  enum class Stage : std::uint8_t { idle, head, body };

  struct Next {
    Kind kind = Kind::need_more;
    http1::RequestHead head;
    std::string_view body;
  };

  // `last`, if there is one, outlives the reader.
  explicit RequestReader(const RequestLimits& limits = {}, LastHead* last = nullptr) noexcept
      : limits_(limits), last_(last) {}

  // Takes bytes from the front of `input`.
  [[nodiscard]] Next next(std::string_view& input) noexcept;
  // Nothing to do for a call without input?
  [[nodiscard]] bool keeps_nothing() const noexcept { return state_ == State::between; }
  // What of the next request has been seen: nothing, some of its head, or its head whole and its body not yet.
  [[nodiscard]] Stage stage() const noexcept;
  [[nodiscard]] bool idle() const noexcept { return stage() == Stage::idle; }
  [[nodiscard]] std::size_t kept_bytes() const noexcept;

 private:
  enum class State : std::uint8_t { between, in_head, in_body, handed_out };
  struct Partial {  // of a request that comes in pieces
    std::string head;
    http1::RequestHeadParser parser;
    std::string body;
    std::uint64_t body_left = 0;
    bool chunked = false;
    http1::ChunkedReader chunks;
  };

  [[nodiscard]] Next begin(std::string_view& input) noexcept;
  [[nodiscard]] Next resume(std::string_view& input) noexcept;
  [[nodiscard]] Next begin_body(const http1::RequestHead& head, std::string_view& input) noexcept;
  [[nodiscard]] Next take_body(std::string_view& input) noexcept;
  [[nodiscard]] Next refuse_chunks(int status) const noexcept;
  [[nodiscard]] Next hand_out(std::string_view body) noexcept;
  [[nodiscard]] Partial& partial() noexcept;
  void let_go() noexcept;

  RequestLimits limits_;
  LastHead* last_;
  State state_ = State::between;
  std::unique_ptr<Partial> partial_;
};

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// A whole error response to a bad request; it says why and announces the close.
[[nodiscard]] std::string rejection(const http1::RequestHead& bad);

}  // namespace hotlap::targets
