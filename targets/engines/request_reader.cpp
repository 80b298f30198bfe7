#include "targets/engines/request_reader.h"

#include <algorithm>

namespace hotlap::targets {
namespace {

using http1::Parsed;

// What a connection may keep from one request to the next.
constexpr std::size_t kMostIdleCapacity = 4 * 1024;

RequestReader::Next refuse(http1::RequestHead head, int status, const char* why) noexcept {
  head.parsed = Parsed::bad;
  head.reject_status = status;
  head.why = why;
  return {.kind = RequestReader::Kind::bad, .head = head, .body = {}};
}

constexpr const char* kBodyTooLong = "the body, or what its chunks carry beside it, is longer than this server takes";

}  // namespace

http1::RequestHead LastHead::parse_anew(std::string_view bytes, std::size_t most_bytes) noexcept {
  const auto head = http1::parse_request_head(bytes, most_bytes);
  if (head.parsed != Parsed::done || head.bytes > kMostBytes || others_++ % kOneIn != 0) return head;
  bytes_.assign(bytes.substr(0, head.bytes));
  const auto moved = [&](std::string_view view) {
    return std::string_view(bytes_).substr(static_cast<std::size_t>(view.data() - bytes.data()), view.size());
  };
  head_ = head;
  head_.method = moved(head.method);
  head_.target = moved(head.target);
  head_.field_lines = moved(head.field_lines);
  return head;
}

RequestReader::Next RequestReader::next(std::string_view& input) noexcept {
  return state_ == State::between && !input.empty() ? begin(input) : resume(input);
}

// One object for all ways out, so that a request is not copied on the way that nearly all take.
RequestReader::Next RequestReader::begin(std::string_view& input) noexcept {
  Next next{
      .kind = Kind::need_more,
      .head = last_ ? last_->parse(input, limits_.head_bytes) : http1::parse_request_head(input, limits_.head_bytes),
      .body = {}};
  const auto& head = next.head;
  if (head.parsed == Parsed::done && !head.chunked && head.content_length <= input.size() - head.bytes &&
      head.content_length <= limits_.body_bytes) [[likely]] {
    next.kind = Kind::request;
    next.body = input.substr(head.bytes, head.content_length);
    input.remove_prefix(head.bytes + head.content_length);
    return next;
  }
  if (head.parsed == Parsed::bad) {
    next.kind = Kind::bad;
    return next;
  }
  const auto bytes = head.parsed == Parsed::done ? head.bytes : input.size();
  partial().head.assign(input.substr(0, bytes));
  partial_->parser = {};
  input.remove_prefix(bytes);
  if (head.parsed == Parsed::done) {
    next = begin_body(http1::RequestHead(head), input);
  } else {
    state_ = State::in_head;
    next = {};
  }
  return next;
}

RequestReader::Next RequestReader::resume(std::string_view& input) noexcept {
  if (state_ == State::handed_out) {
    let_go();
    return next(input);
  }
  if (input.empty()) return {};  // also between two requests
  if (state_ == State::in_body) return take_body(input);
  auto& kept = partial_->head;
  const auto before = kept.size();
  const auto taken = std::min(input.size(), limits_.head_bytes - before);
  kept.append(input.substr(0, taken));
  const auto head = partial_->parser.parse(kept, limits_.head_bytes);
  if (head.parsed == Parsed::bad) return {.kind = Kind::bad, .head = head, .body = {}};
  if (head.parsed == Parsed::need_more) {
    input.remove_prefix(taken);
    return {};
  }
  input.remove_prefix(head.bytes - before);
  kept.resize(head.bytes);
  return begin_body(head, input);
}

// The head is whole and kept.
RequestReader::Next RequestReader::begin_body(const http1::RequestHead& head, std::string_view& input) noexcept {
  if (head.content_length > limits_.body_bytes) return refuse(head, 413, kBodyTooLong);
  state_ = State::in_body;
  partial_->body.clear();
  partial_->body_left = head.content_length;
  partial_->chunked = head.chunked;
  partial_->chunks =
      http1::ChunkedReader({.body_bytes = limits_.body_bytes, .extra_bytes = limits_.head_bytes, .strict = true});
  const bool no_body = !head.chunked && head.content_length == 0;
  if (head.expects_continue && input.empty() && !no_body)
    return {.kind = Kind::expects_continue, .head = {}, .body = {}};
  return take_body(input);
}

RequestReader::Next RequestReader::take_body(std::string_view& input) noexcept {
  auto& body = partial_->body;
  if (!partial_->chunked) {
    auto& left = partial_->body_left;
    const auto taken = input.substr(0, left);
    input.remove_prefix(taken.size());
    left -= taken.size();
    if (left == 0 && body.empty()) return hand_out(taken);
    body += taken;
    return left == 0 ? hand_out(body) : Next{};
  }
  while (!input.empty()) {
    const auto step = partial_->chunks.step(input);
    input.remove_prefix(step.used);
    body += step.data;
    if (step.parsed == Parsed::bad) return refuse_chunks(step.reject_status);
    if (step.parsed == Parsed::done) return hand_out(body);
  }
  return {};
}

RequestReader::Next RequestReader::refuse_chunks(int status) const noexcept {
  return refuse(http1::parse_request_head(partial_->head, limits_.head_bytes), status,
                status == 413   ? kBodyTooLong
                : status == 431 ? "the trailers are longer than this server takes"
                                : "the chunks of the body break their framing");
}

RequestReader::Next RequestReader::hand_out(std::string_view body) noexcept {
  state_ = State::handed_out;
  return {.kind = Kind::request, .head = http1::parse_request_head(partial_->head, limits_.head_bytes), .body = body};
}

RequestReader::Stage RequestReader::stage() const noexcept {
  if (state_ == State::in_body) return Stage::body;
  // Blank lines before a request (RFC 9112 §2.2) are not yet a request: old clients send one after a body.
  return state_ == State::in_head && partial_->head.find_first_not_of("\r\n") != std::string::npos ? Stage::head
                                                                                                   : Stage::idle;
}

std::size_t RequestReader::kept_bytes() const noexcept {
  return partial_ && state_ != State::between ? partial_->head.size() + partial_->body.size() : 0;
}

RequestReader::Partial& RequestReader::partial() noexcept {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

void RequestReader::let_go() noexcept {
  state_ = State::between;
  if (partial_->head.capacity() + partial_->body.capacity() > kMostIdleCapacity) partial_.reset();
}

std::string rejection(const http1::RequestHead& bad) {
  const auto status_line = [&]() -> std::string_view {
    switch (bad.reject_status) {
      case 408:
        return "408 Request Timeout";
      case 413:
        return "413 Content Too Large";
      case 414:
        return "414 URI Too Long";
      case 417:
        return "417 Expectation Failed";
      case 431:
        return "431 Request Header Fields Too Large";
      case 501:
        return "501 Not Implemented";
      case 505:
        return "505 HTTP Version Not Supported";
      default:
        return "400 Bad Request";
    }
  }();
  const std::string body = std::string(bad.why ? bad.why : "this is not an HTTP/1.1 request") + "\n";
  std::string response = "HTTP/1.1 ";
  response += status_line;
  response += "\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
  if (bad.method != "HEAD") response += body;
  return response;
}

}  // namespace hotlap::targets
