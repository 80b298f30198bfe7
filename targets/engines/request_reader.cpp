#include "targets/engines/request_reader.h"

#include <algorithm>

namespace hotlap::targets {

RequestReader::Kind RequestReader::next(std::string_view& input, http1::RequestHead& head) noexcept {
  if (body_left_ > 0) {
    const auto passed = std::min<std::uint64_t>(body_left_, input.size());
    input.remove_prefix(passed);
    body_left_ -= passed;
    if (body_left_ > 0) return Kind::need_more;
  }
  while (chunked_ && !input.empty()) {
    const auto step = chunks_.step(input);
    input.remove_prefix(step.used);
    if (step.parsed == http1::Parsed::bad) {
      head.reject_status = 400;
      return Kind::bad;
    }
    if (step.parsed == http1::Parsed::done) chunked_ = false;
  }
  if (chunked_ || input.empty()) return Kind::need_more;
  head = http1::parse_request_head(input);
  if (head.parsed == http1::Parsed::need_more) return Kind::need_more;
  if (head.parsed == http1::Parsed::bad) return Kind::bad;
  input.remove_prefix(head.bytes);
  body_left_ = head.content_length;
  chunked_ = head.chunked;
  if (chunked_) chunks_ = {};
  return Kind::request;
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
