// Heads of HTTP/1.1 messages (RFC 9112), read in place: nothing is copied, every view points into the caller's buffer.
// Parsers answer one of three things: done (and how many bytes), need more, or bad (and why). They never read beyond
// the given bytes and never allocate; feeding a longer buffer again is always allowed. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hotlap::http1 {

enum class Parsed { done, need_more, bad };

// How the end of a response's body is found, RFC 9112 §6.3.
enum class Framing { none, content_length, chunked, until_close };

inline constexpr std::size_t kMaxHeadBytes = 64 * 1024;
inline constexpr int kMaxFields = 100;

struct Field {
  std::string_view name;
  std::string_view value;  // without surrounding blanks
};

struct ResponseHead {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;  // when bad: a clause, "the status line does not begin with HTTP/1."
  std::size_t bytes = 0;      // of the head with its blank line, when done; when bad: offset of the offence
  int status = 0;             // 100…599
  int minor_version = 1;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
};

// `to_head_request`: the response has no body whatever its fields say. 1xx, 204 and 304 never have one. 101 is
// bad: what follows it would not be HTTP.
[[nodiscard]] ResponseHead parse_response_head(std::string_view bytes, bool to_head_request) noexcept;

struct RequestHead {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;
  int reject_status = 400;  // when bad: what to answer (400, 414, 431, 501, 505)
  std::size_t bytes = 0;
  std::string_view method;
  std::string_view target;  // as sent: "/good?x=1"
  int minor_version = 1;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;  // RFC 9110 §10.1.1; never for HTTP/1.0
  std::uint64_t content_length = 0;
  std::string_view field_lines;  // as sent, each with its CR LF

  // The value of the first field of this name, compared without case; reads the lines anew, most pages never ask.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
};

// A head longer than `most_bytes` is bad: 414 while it is in its request line, else 431. Only that many are looked at.
[[nodiscard]] RequestHead parse_request_head(std::string_view bytes, std::size_t most_bytes = kMaxHeadBytes) noexcept;

// Walks a chunked body, RFC 9112 §7.1: give it bytes as they come. Keeps only its state; 24 bytes.
class ChunkedReader {
 public:
  struct Step {
    Parsed parsed = Parsed::need_more;  // done: the last chunk and its trailers are behind us
    std::size_t used = 0;               // bytes taken from the input, framing included
    std::string_view data;              // body bytes among them: call again while used < input and not done
  };
  [[nodiscard]] Step step(std::string_view bytes) noexcept;

 private:
  enum class State : std::uint8_t {
    size_start,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer,
    trailer_lf,
    end_lf
  };
  State state_ = State::size_start;
  std::uint64_t left_ = 0;
  int digits_ = 0;
};

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace hotlap::http1
