// Is this page what the scenario expects? One plain request before any load, so that a 404 is never measured as speed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

struct Answer {
  int status = 0;
  std::string body;
};

// The request's bytes. Pure.
[[nodiscard]] std::string request_text(const load::LoadSpec& spec);
// The final answer in these bytes (1xx before it are passed over); nullopt: more is needed. `ended`: the peer has
// closed, nothing more will come. Pure.
[[nodiscard]] Result<std::optional<Answer>> parse_answer(std::string_view bytes, bool ended, bool to_head_request);
// Error says what was expected and what came. Pure.
[[nodiscard]] Result<void> judge(const Answer& answer, const load::LoadSpec& spec);

// One request over a connection of its own, answered in full within `timeout`.
[[nodiscard]] Result<Answer> fetch(const load::LoadSpec& spec, Nanos timeout);
[[nodiscard]] Result<void> verify_page(const load::LoadSpec& spec);

// Before pipelined load: as many requests as it will have in flight (at most 24) in one write. Error says what became
// of them when the server drops, reorders or never answers some, or closes: such load would count what was not served.
// Else how many requests the server has answered for this question. Source: docs/verify.md.
[[nodiscard]] Result<std::uint64_t> verify_pipelining(const load::LoadSpec& spec);

}  // namespace hotlap::harness
