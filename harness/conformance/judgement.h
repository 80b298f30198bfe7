// The words and numbers that judgements are made of, for the files that judge. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/conformance/conversation.h"
#include "harness/conformance/finding.h"

namespace hotlap::harness {

// "1 answer", "2 answers".
[[nodiscard]] std::string answers_text(std::size_t count);
// "then silence for 2.00 s", "then the server closed the connection".
[[nodiscard]] std::string ending(const Reply& reply, Nanos patience);
// By the server, in whatever way; or there was no connection.
[[nodiscard]] bool ended(const Reply& reply) noexcept;

[[nodiscard]] Judgement found(Outcome outcome, std::string sentence, std::string meaning, std::uint64_t sent,
                              std::size_t answered);
[[nodiscard]] Judgement good(std::string sentence, std::uint64_t sent, std::size_t answered);
// Nothing whole came.
[[nodiscard]] Judgement unanswered(const Reply& reply, Nanos patience, std::uint64_t sent, std::string meaning);

}  // namespace hotlap::harness
