// How many requests stand in bytes that somebody else made: a script's request() may answer several, back to back.
// Reads no more of them than their framing (RFC 9112 §6.3) and is lenient about the rest, such as two Host fields or
// bare line feeds, because what a target makes of those is what the script wants to know. Pure; never allocates.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hotlap::loadgen {

struct RequestCount {
  std::uint32_t requests = 0;
  bool all_head = false;      // every method is HEAD: their responses have no body
  const char* why = nullptr;  // not a whole number of requests: "incomplete request", or what is wrong
  std::size_t at = 0;         // … noticed at this byte
};
[[nodiscard]] RequestCount count_requests(std::string_view bytes) noexcept;

// "incomplete request at 1:5": line and column, from 1.
[[nodiscard]] std::string fault_text(const RequestCount& count, std::string_view bytes);

}  // namespace hotlap::loadgen
