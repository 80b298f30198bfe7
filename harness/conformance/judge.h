// From what came back to a word and a sentence, for each sort of probe. Pure functions: requests that come together in
// judge_batch.cpp, one page at a time in judge_page.cpp, what a server has to withstand in judge_defence.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/conformance/conversation.h"
#include "harness/conformance/finding.h"
#include "harness/conformance/known_answer.h"

namespace hotlap::harness {

// Requests that were sent together, and one more sent afterwards on the same connection: it shows whether what is
// missing was dropped or still waits, and what came too much.
struct Batch {
  std::vector<KnownAnswer> asked;  // in their order
  bool order_shows = true;         // whether two of them can be told apart
  Reply reply;
  const KnownAnswer* then_asked = nullptr;
  Reply then;
};
[[nodiscard]] Judgement judge_batch(const Batch& batch, Nanos patience);

// A page asked once on a connection that is to be closed after it.
[[nodiscard]] Judgement judge_single(const Reply& reply, std::string_view target, Nanos patience);
// `asked` one after the other on one connection.
[[nodiscard]] Judgement judge_in_turn(const KnownAnswer& asked, const std::vector<Reply>& replies, Nanos patience);
// Connection: close was asked for.
[[nodiscard]] Judgement judge_close(const Reply& reply, Nanos patience);
// HEAD with Connection: close, beside the answer to GET.
[[nodiscard]] Judgement judge_head(const Reply& reply, const ReceivedAnswer& to_get, Nanos patience);
// Something whose answer may be anything, and behind it, in the same write, a request that is known.
[[nodiscard]] Judgement judge_body(const Reply& reply, const KnownAnswer& behind, Nanos patience);
// HTTP/1.0 as it is, and asking to keep the connection, with a second request behind the first answer.
[[nodiscard]] Judgement judge_old_version(const Reply& plain, const Reply& kept, const Reply& second, Nanos patience);
// `good` requests, then one that is broken, then good ones again.
[[nodiscard]] Judgement judge_error_in_batch(const std::vector<KnownAnswer>& good, const Reply& reply, Nanos patience);

// Why a server must not take a message.
enum class Offence {
  head,          // though its end is clear: an error is enough, the connection may go on
  length,        // nobody knows where it ends: nothing behind it may be taken for a request
  both_lengths,  // likewise, but it may be answered if the connection ends with that (RFC 9112 §6.1)
  body,          // the head may have been answered before it shows: the error or the end may come second
};
// `what` in words; a good request stood behind it in the same write.
[[nodiscard]] Judgement judge_refusal(const Reply& reply, std::string_view what, Offence offence, Nanos patience);

// A request longer than `bytes`; `afterwards`: how a new connection was served after it.
[[nodiscard]] Judgement judge_limit(const Reply& reply, const Reply& afterwards, std::size_t bytes, int best_status,
                                    Nanos patience);
// A request that came in `pieces`, `gap` apart.
[[nodiscard]] Judgement judge_slow(const KnownAnswer& asked, const Reply& reply, std::size_t pieces, Nanos gap,
                                   Nanos patience);
// One request while `stalled` connections have sent half a head.
[[nodiscard]] Judgement judge_beside(const KnownAnswer& asked, const Reply& reply, std::size_t stalled, Nanos patience);

// The Date of two answers, `waited` apart unless they differ.
[[nodiscard]] Judgement judge_date(std::string_view first, std::string_view last, Nanos waited);
// A request under way when SIGTERM came. `how_it_ended` is empty when the process had not ended after `longest`.
[[nodiscard]] Judgement judge_drain(const Reply& reply, std::string_view how_it_ended, Nanos took, Nanos longest,
                                    Nanos patience);

}  // namespace hotlap::harness
