#include <fmt/core.h>

#include "harness/conformance/judge.h"
#include "harness/conformance/judgement.h"

namespace hotlap::harness {

Judgement judge_single(const Reply& reply, std::string_view target, Nanos patience) {
  if (reply.answers.empty()) return unanswered(reply, patience, 1, "this page cannot be loaded");
  const auto& answer = reply.answers.front();
  if (reply.answers.size() > 1 || reply.left_over > 0 || reply.end == End::malformed)
    return found(Outcome::wrong,
                 fmt::format("sent 1, got an answer and {} more: its framing says less than came",
                             reply.answers.size() > 1 ? answers_text(reply.answers.size() - 1)
                                                      : fmt::format("{} bytes", reply.left_over)),
                 "load would take the rest for the next answer", 1, reply.answers.size());
  if (answer.status >= 400)
    return found(Outcome::wrong, fmt::format("GET {} is answered with status {}", printable(target), answer.status),
                 "load would count errors; give a page that is there", 1, 1);
  const auto framing = answer.framing == http1::Framing::chunked          ? std::string("chunked")
                       : answer.framing == http1::Framing::until_close    ? std::string("until the connection closes")
                       : answer.framing == http1::Framing::content_length ? "Content-Length " + answer.content_length
                                                                          : std::string("no body");
  return good(fmt::format("status {}, {} body bytes ({})", answer.status, answer.body.size(), framing), 1, 1);
}

Judgement judge_in_turn(const KnownAnswer& asked, const std::vector<Reply>& replies, Nanos patience) {
  const auto sent = replies.size();
  for (std::size_t i = 0; i < sent; ++i) {
    const auto& reply = replies[i];
    if (!reply.answers.empty() && fits(asked, reply.answers.front())) {
      if (reply.answers.size() > 1 || reply.end == End::malformed || reply.left_over > 0)
        return found(Outcome::wrong, fmt::format("answer {} is followed by bytes that nobody asked for", i + 1),
                     "load would take them for the answer to its next request", sent, i + 1);
      continue;
    }
    if (!reply.answers.empty() || reply.end == End::malformed)
      return found(Outcome::wrong,
                   fmt::format("answer {} on the same connection differs from the first{}", i + 1,
                               reply.end == End::malformed ? ": " + reply.why : std::string()),
                   "load keeps its connections open; its figures would be wrong", sent, i);
    if (reply.end == End::silence)
      return found(Outcome::hang,
                   fmt::format("sent {} in turn, got {}, {}", i + 1, answers_text(i), ending(reply, patience)),
                   "load keeps its connections open: each would wait for its timeout", sent, i);
    return found(Outcome::close,
                 fmt::format("sent {} in turn, got {}, {}", i + 1, answers_text(i), ending(reply, patience)),
                 "every request pays for a connection of its own: load measures mostly connects", sent, i);
  }
  return good(fmt::format("{} answers in turn on one connection", sent), sent, sent);
}

Judgement judge_close(const Reply& reply, Nanos patience) {
  const std::string meaning = "load with --no-keepalive would wait for the server";
  if (reply.answers.empty()) return unanswered(reply, patience, 1, meaning);
  if (ended(reply) && reply.left_over == 0) return good("answered, then closed", 1, 1);
  return found(reply.end == End::silence && reply.left_over == 0 ? Outcome::hang : Outcome::wrong,
               fmt::format("Connection: close was asked for: an answer, {}", ending(reply, patience)), meaning, 1,
               reply.answers.size());
}

Judgement judge_head(const Reply& reply, const ReceivedAnswer& to_get, Nanos patience) {
  const std::string meaning = "load with HEAD would take the body for the next answer";
  if (reply.answers.empty()) return unanswered(reply, patience, 1, "HEAD cannot be loaded");
  if (reply.answers.size() > 1 || reply.left_over > 0 || reply.end == End::malformed)
    return found(Outcome::wrong, "the answer to HEAD has a body", meaning, 1, 1);
  const auto& answer = reply.answers.front();
  if (answer.status != to_get.status)
    return answer.status == 405 || answer.status == 501
               ? good(fmt::format("HEAD is refused with status {}", answer.status), 1, 1)
               : found(Outcome::wrong, fmt::format("HEAD has status {}, GET {}", answer.status, to_get.status),
                       "HEAD is no stand-in for GET here", 1, 1);
  if (!answer.content_length.empty() && !to_get.content_length.empty() &&
      answer.content_length != to_get.content_length && answer.content_length != std::to_string(to_get.body.size()))
    return found(Outcome::wrong,
                 fmt::format("Content-Length is {} for HEAD, {} for GET", printable(answer.content_length),
                             printable(to_get.content_length)),
                 "the page changes, or HEAD is answered without asking it", 1, 1);
  return good(answer.content_length.empty() ? "no body" : "no body, Content-Length " + printable(answer.content_length),
              1, 1);
}

Judgement judge_body(const Reply& reply, const KnownAnswer& behind, Nanos patience) {
  const std::string meaning = "load with bodies would lose its place on the connection";
  if (reply.answers.empty()) return unanswered(reply, patience, 2, meaning);
  const auto& first = reply.answers.front();
  if (reply.answers.size() == 1) {
    if (ended(reply) && reply.left_over == 0) {
      if (!first.keep_alive || first.status >= 400)
        return good(fmt::format("answered with status {}, then closed", first.status), 2, 1);
      return found(Outcome::close,
                   fmt::format("the request with a chunked body has status {}, the next one no answer: {}",
                               first.status, ending(reply, patience)),
                   meaning, 2, 1);
    }
    return found(reply.end == End::silence ? Outcome::hang : Outcome::wrong,
                 fmt::format("sent 2, got 1 answer with status {}, {}", first.status, ending(reply, patience)), meaning,
                 2, 1);
  }
  if (fits(behind, reply.answers[1]) && reply.answers.size() == 2 && reply.left_over == 0)
    return good(fmt::format("answered with status {}, and so was the request behind it", first.status), 2, 2);
  return found(Outcome::wrong,
               fmt::format("the chunked body was taken for a request: answer 2 has status {}, where that request alone "
                           "had {}",
                           reply.answers[1].status, behind.status),
               meaning, 2, reply.answers.size());
}

Judgement judge_old_version(const Reply& plain, const Reply& kept, const Reply& second, Nanos patience) {
  const std::string meaning = "clients of HTTP/1.0 (ab, old proxies) would wait or misread";
  if (plain.answers.empty()) return unanswered(plain, patience, 1, meaning);
  if (plain.answers.front().framing == http1::Framing::chunked)
    return found(Outcome::wrong, "a request of HTTP/1.0 is answered with chunks, which came with HTTP/1.1", meaning, 1,
                 1);
  if (!ended(plain))
    return found(
        plain.end == End::silence ? Outcome::hang : Outcome::wrong,
        fmt::format("an answer, {}; HTTP/1.0 closes unless asked to keep the connection", ending(plain, patience)),
        meaning, 1, 1);
  if (kept.answers.empty()) return unanswered(kept, patience, 1, meaning);
  if (!kept.answers.front().keep_alive)
    return good("answered and closed; keep-alive is not granted, which is allowed", 2, 2);
  if (second.answers.empty())
    return found(ended(second) ? Outcome::close : Outcome::hang,
                 fmt::format("keep-alive was asked for and granted, but the second request got no answer: {}",
                             ending(second, patience)),
                 meaning, 3, 2);
  return good("answered and closed; with keep-alive asked for, a second one was answered", 3, 3);
}

}  // namespace hotlap::harness
