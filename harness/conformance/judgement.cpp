#include "harness/conformance/judgement.h"

#include <fmt/core.h>

namespace hotlap::harness {

std::string answers_text(std::size_t count) {
  return fmt::format("{} answer{}", count, count == 1 ? "" : "s");
}

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

bool ended(const Reply& reply) noexcept {
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

Judgement unanswered(const Reply& reply, Nanos patience, std::uint64_t sent, std::string meaning) {
  const auto outcome = ended(reply) && reply.left_over == 0 ? Outcome::close
                       : reply.end == End::silence          ? Outcome::hang
                                                            : Outcome::wrong;
  return found(outcome, fmt::format("sent {}, got no answer, {}", sent, ending(reply, patience)), std::move(meaning),
               sent, reply.answers.size());
}

}  // namespace hotlap::harness
