#include "loadgen/response_framer.h"

#include <algorithm>

namespace hotlap::loadgen {
namespace {

constexpr std::size_t kMostCollected = 16 * 1024 * 1024;

}  // namespace

ResponseFramer::Next ResponseFramer::next(std::string_view& input, const RequestKind& asked) {
  while (!input.empty()) {
    switch (phase_) {
      case Phase::head: {
        Next answer;
        answer.kind = take_head(input, asked, answer);
        if (answer.kind != Kind::response) return answer;
        if (phase_ == Phase::head) {  // no body follows
          if (status_ < 200) break;   // interim: the real response is still to come
          return finish(asked);
        }
        break;
      }
      case Phase::counted_body: {
        const auto taken = std::min<std::uint64_t>(body_left_, input.size());
        see_body(input.substr(0, taken), asked);
        input.remove_prefix(taken);
        body_left_ -= taken;
        if (body_left_ == 0) return finish(asked);
        break;
      }
      case Phase::chunked_body: {
        const auto step = chunks_.step(input);
        see_body(step.data, asked);
        input.remove_prefix(step.used);
        if (step.parsed == http1::Parsed::bad) return {.kind = Kind::bad, .why = "the chunked body breaks its framing"};
        if (step.parsed == http1::Parsed::done) return finish(asked);
        break;
      }
      case Phase::body_until_close:
        see_body(input, asked);
        input = {};
        break;
    }
  }
  return {};
}

// Kind::response here means: a head is behind us and phase_ says what follows.
ResponseFramer::Kind ResponseFramer::take_head(std::string_view& input, const RequestKind& asked, Next& next) {
  http1::ResponseHead head;
  if (partial_.empty() && !asked.head && !judge_->known_head.empty() && input.starts_with(judge_->known_head)) {
    head = judge_->known;
    if (judge_->collect) head_.assign(judge_->known_head);
    input.remove_prefix(head.bytes);
  } else {
    const std::size_t before = partial_.size();
    const std::string_view bytes = before == 0 ? input : partial_.append(input.substr(0, http1::kMaxHeadBytes));
    head = http1::parse_response_head(bytes, asked.head);
    if (head.parsed == http1::Parsed::bad) {
      next.why = head.why;
      return Kind::bad;
    }
    if (head.parsed == http1::Parsed::need_more) {
      if (before == 0) partial_.assign(input);
      input = {};
      return Kind::need_more;
    }
    if (head.framing == http1::Framing::content_length && !asked.head) {
      judge_->known_head.assign(bytes.substr(0, head.bytes));
      judge_->known = head;
    }
    if (judge_->collect) head_.assign(bytes.substr(0, head.bytes));
    input.remove_prefix(head.bytes - before);
    partial_.clear();
  }
  status_ = head.status;
  keep_alive_ = head.keep_alive;
  body_seen_ = 0;
  body_differs_ = false;
  if (judge_->collect) body_.clear();
  body_left_ = head.content_length;
  switch (head.framing) {
    case http1::Framing::none:
      phase_ = Phase::head;
      break;
    case http1::Framing::content_length:
      phase_ = body_left_ > 0 ? Phase::counted_body : Phase::head;
      break;
    case http1::Framing::chunked:
      chunks_ = {};
      phase_ = Phase::chunked_body;
      break;
    case http1::Framing::until_close:
      phase_ = Phase::body_until_close;
      break;
  }
  return Kind::response;
}

void ResponseFramer::see_body(std::string_view bytes, const RequestKind& asked) {
  if (const auto& wanted = asked.expect.body; wanted && !body_differs_) {
    const auto rest = std::string_view(*wanted).substr(std::min<std::size_t>(body_seen_, wanted->size()));
    body_differs_ = !rest.starts_with(bytes);
  }
  if (judge_->collect && body_.size() < kMostCollected) body_.append(bytes);
  body_seen_ += bytes.size();
}

ResponseFramer::Next ResponseFramer::finish(const RequestKind& asked) {
  const auto& expect = asked.expect;
  Next answer{.kind = Kind::response, .keep_alive = keep_alive_, .status = status_};
  if (status_ < expect.status_low || status_ > expect.status_high)
    answer.fault = Fault::status;
  else if (expect.body_length && body_seen_ != *expect.body_length && !asked.head)
    answer.fault = Fault::length;
  else if (expect.body && (body_differs_ || body_seen_ != expect.body->size()) && !asked.head)
    answer.fault = Fault::body;
  phase_ = Phase::head;
  return answer;
}

std::uint64_t ResponseFramer::skippable(const RequestKind& asked) const noexcept {
  const auto& expect = asked.expect;
  const bool looked_at = judge_->collect || expect.body || !expect.contains.empty() || !expect.sha256.empty();
  return phase_ == Phase::counted_body && !looked_at ? body_left_ - 1 : 0;
}

void ResponseFramer::skip(std::uint64_t bytes) noexcept {
  check(bytes < body_left_, "the last byte of a body is never skipped");
  body_left_ -= bytes;
  body_seen_ += bytes;
}

std::optional<ResponseFramer::Next> ResponseFramer::end_of_stream(const RequestKind& asked) {
  if (phase_ != Phase::body_until_close) return std::nullopt;
  keep_alive_ = false;
  return finish(asked);
}

void ResponseFramer::reset() noexcept {
  phase_ = Phase::head;
  partial_.clear();
  chunks_ = {};
}

}  // namespace hotlap::loadgen
