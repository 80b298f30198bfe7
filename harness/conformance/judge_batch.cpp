#include <fmt/core.h>

#include <algorithm>

#include "harness/conformance/judge.h"
#include "harness/conformance/judgement.h"

namespace hotlap::harness {
namespace {

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
  // So many it has shown that it can take; that it takes all but one is not known.
  const auto lower = got > 1 ? fmt::format("depth {} or less", got) : std::string("depth 1");
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

}  // namespace hotlap::harness
