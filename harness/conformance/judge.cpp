#include "harness/conformance/judge.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

std::string answers_text(std::size_t count) {
  return fmt::format("{} answer{}", count, count == 1 ? "" : "s");
}

bool ended(const Reply& reply) {
  return reply.end == End::closed || reply.end == End::reset || reply.end == End::unopened;
}

Judgement found(Outcome outcome, std::string sentence, std::string meaning, std::uint64_t sent, std::size_t answered) {
  return {.outcome = outcome,
          .sentence = std::move(sentence),
          .meaning = std::move(meaning),
          .sent = sent,
          .answered = answered};
}

Judgement good(std::string sentence, std::uint64_t sent, std::size_t answered) {
  return found(Outcome::ok, std::move(sentence), "", sent, answered);
}

// Nothing whole came.
Judgement unanswered(const Reply& reply, Nanos patience, std::uint64_t sent, std::string meaning) {
  const auto outcome = ended(reply) && reply.left_over == 0 ? Outcome::close
                       : reply.end == End::silence          ? Outcome::hang
                                                            : Outcome::wrong;
  return found(outcome, fmt::format("sent {}, got no answer, {}", sent, ending(reply, patience)), std::move(meaning),
               sent, reply.answers.size());
}

struct Match {
  std::size_t right = 0;      // answers from the first on that fit their requests
  bool same_answers = false;  // the whole lot fits in another order
};

Match match(const Batch& batch) {
  const auto& answers = batch.reply.answers;
  const auto places = std::min(answers.size(), batch.asked.size());
  Match result;
  while (result.right < places && fits(batch.asked[result.right], answers[result.right])) ++result.right;
  if (answers.size() != batch.asked.size()) return result;
  std::vector<bool> taken(answers.size());
  result.same_answers = std::ranges::all_of(batch.asked, [&](const KnownAnswer& known) {
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (!taken[i] && fits(known, answers[i])) return taken[i] = true, true;
    return false;
  });
  return result;
}

// Fewer answers than requests.
Judgement judge_missing(const Batch& batch, std::string sentence, Nanos patience) {
  const auto sent = batch.asked.size();
  const auto got = batch.reply.answers.size();
  const auto lower = sent > 2 ? fmt::format("depth {} or less", sent - 1) : std::string("depth 1");
  sentence += fmt::format(", {}", ending(batch.reply, patience));
  if (ended(batch.reply)) {
    const bool each = got == 1 && !batch.reply.answers.front().keep_alive;
    return found(
        Outcome::close, sentence,
        each ? "every request pays for a connection of its own; load without pipelining, and read its figures so"
             : fmt::format("pipelined load on this server would lose {} of {} and reconnect; use {}", sent - got, sent,
                           lower),
        sent, got);
  }
  if (batch.reply.left_over > 0)
    return found(Outcome::hang, sentence, fmt::format("every connection would wait for its timeout; use {}", lower),
                 sent, got);
  const auto& later = batch.then.answers;
  if (later.empty())
    return found(Outcome::hang,
                 fmt::format("{}; one more request on the connection was not answered either: {}", sentence,
                             ending(batch.then, patience)),
                 fmt::format("pipelined load on this server would count {} of {} and then stand still; use {}", got,
                             sent, lower),
                 sent, got);
  const bool was_waiting = batch.order_shows && !fits(*batch.then_asked, later.front());
  if (was_waiting)
    return found(
        Outcome::hang,
        fmt::format("{}; the next answer came when one more request was sent: the rest waits unread", sentence),
        fmt::format("pipelined load on this server would stand still; use {}", lower), sent, got);
  return found(Outcome::drop, fmt::format("{}; one more request on the connection was answered", sentence),
               fmt::format("pipelined load on this server would count {} of {}; use {}", got, sent, lower), sent, got);
}

}  // namespace

std::string ending(const Reply& reply, Nanos patience) {
  switch (reply.end) {
    case End::enough:
      return "and the connection is open";
    case End::closed:
      return reply.why.empty() ? "then the server closed the connection" : fmt::format("then {}", reply.why);
    case End::reset:
      return "then the server reset the connection";
    case End::silence:
      return reply.left_over > 0 ? fmt::format("then {} bytes of an answer and silence for {}", reply.left_over,
                                               format_duration(patience))
                                 : fmt::format("then silence for {}", format_duration(patience));
    case End::malformed:
      return fmt::format("then bytes that are no answer: {}", reply.why);
    case End::unopened:
      return fmt::format("because there was no connection: {}", reply.why);
  }
  return "";
}

Judgement judge_batch(const Batch& batch, Nanos patience) {
  const auto sent = batch.asked.size();
  const auto got = batch.reply.answers.size();
  const auto matched = match(batch);
  const auto figures = fmt::format("sent {}, got {}", sent, answers_text(got));
  if (batch.reply.end == End::malformed)
    return found(Outcome::wrong, fmt::format("{}, {}", figures, ending(batch.reply, patience)),
                 "answers could not be told from each other; no figure of pipelined load would be right", sent, got);
  if (got < sent) return judge_missing(batch, figures, patience);
  if (got > sent)
    return found(Outcome::wrong, fmt::format("{}: {} too many", figures, got - sent),
                 "load would take answers for requests that it has not sent; use depth 1", sent, got);
  if (matched.right < sent) {
    const auto place = matched.right;
    if (matched.same_answers)
      return found(
          Outcome::reorder,
          fmt::format("{} in another order: answer {} is not that of request {}", figures, place + 1, place + 1),
          "times would go to the wrong requests; use depth 1", sent, got);
    return found(
        Outcome::wrong,
        fmt::format("{}, but answer {} has status {} and {} body bytes, where the same request alone had status {}",
                    figures, place + 1, batch.reply.answers[place].status, batch.reply.answers[place].body.size(),
                    batch.asked[place].status),
        "pipelined requests get other answers than single ones; check what they say before you measure them", sent,
        got);
  }
  if (batch.reply.left_over > 0 || batch.then.end == End::malformed || batch.then.answers.size() > 1 ||
      (batch.order_shows && !batch.then.answers.empty() && !fits(*batch.then_asked, batch.then.answers.front())))
    return found(Outcome::wrong, fmt::format("{}, and then bytes that nobody asked for", figures),
                 "load would take them for the answer to its next request; use depth 1", sent, got);
  return good(
      fmt::format("{}{}", figures, batch.order_shows ? " in order" : "; all are alike, so order cannot be told"), sent,
      got);
}

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

Judgement judge_error_in_batch(const std::vector<KnownAnswer>& good_ones, const Reply& reply, Nanos patience) {
  const auto before = good_ones.size();
  const auto sent = 2 * before + 1;
  const auto got = reply.answers.size();
  std::size_t right = 0;
  while (right < std::min(before, got) && fits(good_ones[right], reply.answers[right])) ++right;
  const std::string meaning = "one bad request spoils its neighbours on the connection";
  if (right < before) {
    if (right < got && reply.answers[right].status >= 400)
      return found(Outcome::wrong,
                   fmt::format("request {} of {} is broken, yet answer {} has status {}", before + 1, sent, right + 1,
                               reply.answers[right].status),
                   meaning, sent, got);
    return found(ended(reply)                ? Outcome::close
                 : reply.end == End::silence ? Outcome::hang
                                             : Outcome::wrong,
                 fmt::format("request {} of {} is broken; of the {} before it {} answered, {}", before + 1, sent,
                             before, right == 1 ? "1 is" : fmt::format("{} are", right), ending(reply, patience)),
                 meaning, sent, got);
  }
  if (got == before)
    return ended(reply)
               ? good(fmt::format("request {} of {} is broken: those before it are answered, then the server closed",
                                  before + 1, sent),
                      sent, got)
               : found(Outcome::hang, fmt::format("the broken request is not answered, {}", ending(reply, patience)),
                       meaning, sent, got);
  const auto status = reply.answers[before].status;
  if (status < 400)
    return found(Outcome::wrong, fmt::format("a header line without a colon is accepted with status {}", status),
                 "what the server takes for a request is not what others take for one", sent, got);
  if (got > before + 1)
    return found(Outcome::wrong,
                 fmt::format("the broken request has status {}, but the server goes on behind it: {} of {} answered",
                             status, got, sent),
                 "behind a broken request nobody knows where the next begins", sent, got);
  if (!ended(reply))
    return found(
        Outcome::hang,
        fmt::format("the broken request has status {}, {}; it should be closed", status, ending(reply, patience)),
        meaning, sent, got);
  return good(
      fmt::format("request {} of {} is broken: those before it are answered in order, it is refused with {}, then "
                  "closed",
                  before + 1, sent, status),
      sent, got);
}

Judgement judge_refusal(const Reply& reply, std::string_view what, Offence offence, Nanos patience) {
  const std::string meaning =
      "in front of or behind another server this opens the way for request smuggling (RFC 9112 §11.2)";
  const auto got = reply.answers.size();
  if (got == 0 && ended(reply)) return good("closed without an answer", 2, 0);
  if (got == 0) return unanswered(reply, patience, 2, "a client that sends this would wait for its timeout");
  const auto status = reply.answers.front().status;
  const bool went_on = got > 1 && reply.answers[1].status < 400;
  if (status >= 400) {
    if (!went_on || offence == Offence::head)
      return good(fmt::format("refused with {}{}", status, ended(reply) ? ", then closed" : ""), 2, got);
    return found(Outcome::wrong,
                 fmt::format("{}: refused with {}, but the bytes behind it were taken for a request", what, status),
                 meaning, 2, got);
  }
  const bool closed = ended(reply) && !went_on;
  if (closed && (offence == Offence::both_lengths || offence == Offence::body))
    return good(fmt::format("answered with {}, then closed: nothing behind it was taken for a request", status), 2,
                got);
  if (offence == Offence::body && got > 1 && !went_on)
    return good(fmt::format("its head is answered with {}, its body refused with {}", status, reply.answers[1].status),
                2, got);
  return found(Outcome::wrong, fmt::format("{}: accepted with {}", what, status), meaning, 2, got);
}

Judgement judge_limit(const Reply& reply, const Reply& afterwards, std::size_t bytes, int best_status, Nanos patience) {
  const auto got = reply.answers.size();
  const auto size = format_bytes(static_cast<double>(bytes));
  if (afterwards.answers.empty())
    return found(
        Outcome::hang,
        fmt::format("after a request of {} a new connection gets no answer: {}", size, ending(afterwards, patience)),
        "one client stops the server", 1, got);
  if (got == 0) {
    auto judgement = unanswered(reply, patience, 1, "a client that sends too much is left without a reason");
    judgement.sentence = fmt::format("{}: {}", size, judgement.sentence);
    return judgement;
  }
  const auto status = reply.answers.front().status;
  if (status < 400) return good(fmt::format("served with {}: no limit at {}", status, size), 1, got);
  if (status >= 500 && status != 505)
    return found(Outcome::wrong,
                 fmt::format("{} are answered with status {}; {} is meant for this", size, status, best_status),
                 "a client's fault is reported as the server's", 1, got);
  return good(fmt::format("{} are refused with {}", size, status), 1, got);
}

Judgement judge_slow(const KnownAnswer& asked, const Reply& reply, std::size_t pieces, Nanos gap, Nanos patience) {
  const auto how = fmt::format("a head in {} pieces, {} apart", pieces, format_duration(gap));
  if (reply.answers.empty()) {
    auto judgement = unanswered(reply, patience, 1, "clients on slow links are not served");
    judgement.sentence = fmt::format("{}: {}", how, judgement.sentence);
    return judgement;
  }
  if (reply.answers.size() > 1 || reply.left_over > 0)
    return found(Outcome::wrong,
                 fmt::format("{} gets {}: it answers reads, not requests", how, answers_text(reply.answers.size())),
                 "whatever load counts here is not requests", 1, reply.answers.size());
  if (!fits(asked, reply.answers.front()))
    return found(
        Outcome::wrong,
        fmt::format("{} is answered with {}, in one piece with {}", how, reply.answers.front().status, asked.status),
        "clients on slow links are not served", 1, 1);
  return good(fmt::format("{}, is served", how), 1, 1);
}

Judgement judge_beside(const KnownAnswer& asked, const Reply& reply, std::size_t stalled, Nanos patience) {
  if (!reply.answers.empty() && fits(asked, reply.answers.front()))
    return good(fmt::format("served beside {} connections that have sent half a head", stalled), 1, 1);
  return found(ended(reply)                ? Outcome::close
               : reply.end == End::silence ? Outcome::hang
                                           : Outcome::wrong,
               fmt::format("beside {} connections that have sent half a head a request gets no answer, {}", stalled,
                           ending(reply, patience)),
               "load with more connections than the server has workers stands still", 1, reply.answers.size());
}

Judgement judge_date(std::string_view first, std::string_view last, Nanos waited) {
  if (first.empty()) return good("answers carry no Date", 1, 1);
  if (first != last) return good("Date moves on", 1, 1);
  return found(Outcome::wrong, fmt::format("Date is '{}' for {}", printable(first), format_duration(waited)),
               "answers come from a memory of earlier ones, or the server's clock stands still", 1, 1);
}

Judgement judge_drain(const Reply& reply, std::string_view how_it_ended, Nanos took, Nanos longest, Nanos patience) {
  const std::string meaning = "a restart under load would lose requests";
  if (how_it_ended.empty())
    return found(Outcome::hang, fmt::format("the process is still there {} after SIGTERM", format_duration(longest)),
                 "stopping it takes SIGKILL, which loses what it has in hand", 1, reply.answers.size());
  const auto end = fmt::format("the process ended {} after SIGTERM: {}", format_duration(took), how_it_ended);
  if (reply.answers.empty() && (reply.left_over > 0 || reply.end == End::malformed || reply.end == End::silence))
    return found(reply.end == End::silence ? Outcome::hang : Outcome::wrong,
                 fmt::format("the request under way got no answer, {}; {}", ending(reply, patience), end), meaning, 1,
                 0);
  if (reply.answers.empty()) return good(fmt::format("the request under way was refused by closing; {}", end), 1, 0);
  return good(fmt::format("the request under way was answered with {}; {}", reply.answers.front().status, end), 1, 1);
}

}  // namespace hotlap::harness
