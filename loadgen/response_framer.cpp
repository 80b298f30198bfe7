#include "loadgen/response_framer.h"

#include <algorithm>

#include "loadgen/head_fields.h"

namespace hotlap::loadgen {
namespace {

constexpr std::size_t kMostCollected = 16 * 1024 * 1024;
constexpr std::size_t kMostKnown = 4096;
constexpr std::uint32_t kOneIn = 8;  // responses that never repeat themselves hardly pay for those that do

// Does each wanted field come, and one of its lines with the wanted value, if there is one?
bool fields_hold(std::string_view head, const load::Expectation& expect) {
  return std::ranges::all_of(expect.with_fields, [&](const auto& wanted) {
    bool holds = false;
    for_each_field(head, [&](std::string_view name, std::string_view value) {
      holds = holds ||
              (http1::equals_ignoring_case(name, wanted.first) && (wanted.second.empty() || value == wanted.second));
    });
    return holds;
  });
}

// One response in `every` is judged in full, the first among them.
bool take_turn(Judge::Kind& kind, const load::Expectation& expect) noexcept {
  const bool mine = kind.turn == 0;
  kind.turn = kind.turn + 1 >= expect.every ? 0 : kind.turn + 1;
  return mine;
}

}  // namespace

ResponseFramer::Next ResponseFramer::next(std::string_view& input, const RequestKind& asked) {
  bool begun_here = !in_response();
  if (begun_here && take_known(input, asked)) [[likely]] {
    const auto& known = judge_->kinds[asked.number].known;
    return {.kind = Kind::response, .keep_alive = known.keep_alive, .status = known.status};
  }
  const std::string_view from = input;
  while (!input.empty()) {
    switch (phase_) {
      case Phase::head: {
        Next answer{.begun_here = begun_here};
        answer.kind = take_head(input, asked, answer);
        if (answer.kind != Kind::response) return answer;
        if (phase_ == Phase::head) {  // no body follows
          if (status_ >= 200) return finish(asked, begun_here);
          begun_here = true;  // interim: the real response is still to come
        }
        break;
      }
      case Phase::counted_body: {
        const auto taken = std::min<std::uint64_t>(body_left_, input.size());
        see_body(input.substr(0, taken), asked);
        input.remove_prefix(taken);
        body_left_ -= taken;
        if (body_left_ > 0) break;
        const auto whole = finish(asked, begun_here);
        if (begun_here && in_full_ && whole.fault == Fault::none)
          keep_whole(from.substr(0, from.size() - input.size()), asked);
        return whole;
      }
      case Phase::chunked_body: {
        const auto step = chunks_.step(input);
        see_body(step.data, asked);
        input.remove_prefix(step.used);
        if (step.parsed == http1::Parsed::bad) return {.kind = Kind::bad, .why = "the chunked body breaks its framing"};
        if (step.parsed == http1::Parsed::done) return finish(asked, begun_here);
        break;
      }
      case Phase::body_until_close:
        see_body(input, asked);
        input = {};
        break;
    }
  }
  return {.begun_here = begun_here};
}

// The same bytes, the same verdict.
bool ResponseFramer::take_known(std::string_view& input, const RequestKind& asked) const noexcept {
  if (judge_->collect || asked.head || asked.number >= judge_->kinds.size()) return false;
  auto& kind = judge_->kinds[asked.number];
  if (kind.whole.empty() || !input.starts_with(kind.whole)) return false;
  (void)take_turn(kind, asked.expect);
  input.remove_prefix(kind.whole.size());
  return true;
}

// `whole` ended the response, and maybe began with interim ones.
void ResponseFramer::keep_whole(std::string_view whole, const RequestKind& asked) {
  auto& kind = judge_->kinds[asked.number];
  const bool as_known = whole.size() == kind.head.size() + body_seen_ && whole.starts_with(kind.head);
  if (as_known && whole.size() <= kMostKnown && kind.others++ % kOneIn == 0) kind.whole.assign(whole);
}

// Kind::response here means: a head is behind us and phase_ says what follows.
ResponseFramer::Kind ResponseFramer::take_head(std::string_view& input, const RequestKind& asked, Next& next) {
  if (asked.number >= judge_->kinds.size()) judge_->kinds.resize(asked.number + std::size_t{1});
  auto& kind = judge_->kinds[asked.number];
  http1::ResponseHead head;
  if (partial_.empty() && !asked.head && !kind.head.empty() && input.starts_with(kind.head)) {
    head = kind.known;
    in_full_ = take_turn(kind, asked.expect);
    if (in_full_ && !kind.fields_judged) {
      kind.fields_good = fields_hold(kind.head, asked.expect);
      kind.fields_judged = true;
    }
    fields_good_ = kind.fields_good;
    if (judge_->collect) head_.assign(kind.head);
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
    const auto text = bytes.substr(0, head.bytes);
    in_full_ = head.status >= 200 && take_turn(kind, asked.expect);
    fields_good_ = !in_full_ || fields_hold(text, asked.expect);
    if (head.framing == http1::Framing::content_length && !asked.head) {
      kind.head.assign(text);
      kind.known = head;
      kind.whole.clear();
      kind.fields_judged = in_full_;
      kind.fields_good = fields_good_;
    }
    if (judge_->collect) head_.assign(text);
    input.remove_prefix(head.bytes - before);
    partial_.clear();
  }
  status_ = head.status;
  keep_alive_ = head.keep_alive;
  body_seen_ = 0;
  body_differs_ = false;
  if (judge_->collect) body_.clear();
  if (in_full_) checks_.begin(asked.expect);
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
  if (in_full_) {
    if (const auto& wanted = asked.expect.body; wanted && !body_differs_) {
      const auto rest = std::string_view(*wanted).substr(std::min<std::size_t>(body_seen_, wanted->size()));
      body_differs_ = !rest.starts_with(bytes);
    }
    checks_.see(bytes, asked.expect);
  }
  if (judge_->collect && judge_->collect_bodies && body_.size() < kMostCollected) body_.append(bytes);
  body_seen_ += bytes.size();
}

Fault ResponseFramer::judge(const RequestKind& asked) {
  const auto& expect = asked.expect;
  if (status_ < expect.status_low || status_ > expect.status_high) return Fault::status;
  if (expect.body_length && body_seen_ != *expect.body_length && !asked.head) return Fault::length;
  if (!in_full_) return Fault::none;
  if (!fields_good_) return Fault::field;
  if (asked.head) return Fault::none;
  if (expect.body && (body_differs_ || body_seen_ != expect.body->size())) return Fault::body;
  if (!checks_.holds_text(expect)) return Fault::contains;
  return checks_.has_hash(expect) ? Fault::none : Fault::hash;
}

ResponseFramer::Next ResponseFramer::finish(const RequestKind& asked, bool begun_here) {
  phase_ = Phase::head;
  return {.kind = Kind::response,
          .fault = judge(asked),
          .keep_alive = keep_alive_,
          .begun_here = begun_here,
          .status = status_};
}

std::uint64_t ResponseFramer::skippable(const RequestKind& asked) const noexcept {
  const auto& expect = asked.expect;
  const bool judged = in_full_ && (expect.body || !expect.contains.empty() || !expect.sha256.empty());
  const bool looked_at = judged || (judge_->collect && judge_->collect_bodies);
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
  return finish(asked, false);
}

void ResponseFramer::reset() noexcept {
  phase_ = Phase::head;
  partial_.clear();
  chunks_ = {};
}

}  // namespace hotlap::loadgen
