#include "targets/engines/request_reader.h"

#include <algorithm>

namespace hotlap::targets {

RequestReader::Next RequestReader::next(std::string_view& input) noexcept {
  if ((body_left_ > 0 || chunked_) && !pass_body(input)) return {.kind = Kind::bad, .head = {}};
  if (input.empty() || body_left_ > 0 || chunked_) return {};
  Next next{.kind = Kind::need_more, .head = http1::parse_request_head(input)};
  if (next.head.parsed == http1::Parsed::need_more) return next;
  next.kind = next.head.parsed == http1::Parsed::done ? Kind::request : Kind::bad;
  if (next.kind == Kind::bad) return next;
  input.remove_prefix(next.head.bytes);
  body_left_ = next.head.content_length;
  chunked_ = next.head.chunked;
  if (chunked_) chunks_ = {};
  return next;
}

// False when the chunks break their framing.
bool RequestReader::pass_body(std::string_view& input) noexcept {
  const auto passed = std::min<std::uint64_t>(body_left_, input.size());
  input.remove_prefix(passed);
  body_left_ -= passed;
  while (chunked_ && !input.empty()) {
    const auto step = chunks_.step(input);
    input.remove_prefix(step.used);
    if (step.parsed == http1::Parsed::bad) return false;
    if (step.parsed == http1::Parsed::done) chunked_ = false;
  }
  return true;
}

std::string_view rejection(int status) noexcept {
  switch (status) {
    case 414:
      return "HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    case 501:
      return "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    case 505:
      return "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    default:
      return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }
}

}  // namespace hotlap::targets
