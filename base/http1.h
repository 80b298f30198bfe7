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
  const char* why = nullptr;  // when bad: a clause, "there is no Host field"
  int reject_status = 400;    // when bad: what to answer (400, 413, 414, 417, 431, 501, 505)
  std::size_t bytes = 0;      // of the head with its blank line; when bad: offset of the line of the offence
  std::string_view method;    // also when bad, if it was reached
  std::string_view target;    // as sent, percent-encoding left alone: "/good?x=1", "http://host/good", "*"
  int minor_version = 1;      // 0, or 1 for all that come after
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;  // RFC 9110 §10.1.1; never for HTTP/1.0
  std::uint64_t content_length = 0;
  std::string_view field_lines;  // as sent, each with its CR LF

  // The target's path, without query; that of an absolute form, RFC 9112 §3.2.2, is "/" when it has none.
  [[nodiscard]] std::string_view path() const noexcept;
  [[nodiscard]] std::string_view query() const noexcept;  // behind the "?"; empty when there is none
  // Whom the request is for, "host" or "host:port": an absolute-form target wins over the Host field.
  [[nodiscard]] std::string_view host() const noexcept;
  // The value of the first field of this name, compared without case; reads the lines anew, most pages never ask.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
};

// Strict, for a server: where RFC 9112 lets a recipient repair or refuse, this refuses, so that nobody in front of it
// can have read another request (§11.2). A head longer than `most_bytes` is bad: 414 while it is in its request line,
// else 431; no more than that is looked at.
[[nodiscard]] RequestHead parse_request_head(std::string_view bytes, std::size_t most_bytes = kMaxHeadBytes) noexcept;

// The same for a head that comes in pieces: no line that was read whole is read again, and of the line under way only
// what is new, until it tells something.
class RequestHeadParser {
 public:
  struct Progress {  // offsets count from the first byte of the head
    enum class Run : std::uint8_t { none, token, target, value };
    std::uint32_t at = 0;      // the line under way
    std::uint32_t looked = 0;  // so far, when more was needed
    Run run = Run::none;       // of what, when it went on to the last byte
    std::uint32_t method = 0;
    std::uint32_t method_end = 0;
    std::uint32_t target_end = 0;
    std::uint32_t fields_begin = 0;  // 0: still in the request line
    int fields = 0;
    int minor_version = 1;
    std::uint64_t content_length = 0;
    bool has_content_length = false;
    bool has_host = false;
    bool has_transfer_encoding = false;
    bool chunked = false;       // the last transfer coding is
    bool other_coding = false;  // one that is not spoken here
    bool close = false;
    bool keep_alive = false;
    bool expects_continue = false;
  };
  // `bytes` begins where it began in the last call, and is longer.
  [[nodiscard]] RequestHead parse(std::string_view bytes, std::size_t most_bytes = kMaxHeadBytes) noexcept;

 private:
  Progress progress_;
};

// One of the methods of RFC 9110 §9 or RFC 5789: what a server knows but does not do is 405, other words are 501.
[[nodiscard]] bool is_known_method(std::string_view method) noexcept;

// Walks a chunked body, RFC 9112 §7.1: give it bytes as they come. Keeps only its state.
class ChunkedReader {
 public:
  struct Limits {
    std::uint64_t body_bytes = ~std::uint64_t{0};   // beyond: 413, as soon as the size of a chunk says so
    std::uint64_t extra_bytes = ~std::uint64_t{0};  // extensions (beyond: 413) and trailers (beyond: 431) together
    bool strict = false;  // no blanks behind a chunk's size, which some servers send; for requests
  };
  struct Step {
    Parsed parsed = Parsed::need_more;  // done: the last chunk and its trailers are behind us
    std::size_t used = 0;               // bytes taken from the input, framing included
    std::string_view data;              // body bytes among them: call again while used < input and not done
    int reject_status = 400;            // when bad, and a request
  };
  ChunkedReader() = default;
  explicit ChunkedReader(const Limits& limits) noexcept : limits_(limits) {}
  [[nodiscard]] Step step(std::string_view bytes) noexcept;

 private:
  enum class State : std::uint8_t {
    size_start,
    size,
    before_extension,
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
  Limits limits_;
  State state_ = State::size_start;
  int digits_ = 0;
  std::uint64_t left_ = 0;   // of the chunk under way
  std::uint64_t body_ = 0;   // sizes of all chunks so far
  std::uint64_t extra_ = 0;  // bytes of extensions and trailers so far
};

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace hotlap::http1
