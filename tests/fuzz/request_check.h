// What must hold for any bytes that a client may send, however they are cut into reads: the same requests, the same
// refusal, the same end, and the promises that request_conversation watches. Used by the fuzz target, by the test that
// replays its corpus, by the test of mutations and by the soak.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hotlap::targets {

struct RequestCheck {
  std::string conversation;  // of the bytes in one read
  std::string broken;        // empty, or what does not hold
};

// `cuts` chooses a way to cut; `bytewise` also feeds byte by byte, which takes its time.
[[nodiscard]] RequestCheck check_requests(std::string_view bytes, std::uint64_t cuts, bool bytewise);

// For the fuzzer: two bytes that choose the cuts, then those of the client.
[[nodiscard]] std::string check_fuzzed_requests(std::string_view input);

}  // namespace hotlap::targets
