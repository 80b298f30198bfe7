#include <fmt/core.h>

#include "harness/conformance/judge.h"
#include "harness/conformance/judgement.h"

namespace hotlap::harness {

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
