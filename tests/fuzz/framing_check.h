// What must hold for any bytes that a server may send, however they are cut into reads: the same responses, the same
// judgement, the same end; every call of the framer uses input up or finds something; what it keeps stays bounded.
// Input: one byte of switches, two bytes that choose the cuts, the bytes of the peer. Used by the fuzz target and by
// the test that replays its corpus.
#pragma once

#include <string>
#include <string_view>

namespace hotlap::loadgen {

// Empty, or what does not hold.
[[nodiscard]] std::string check_framing(std::string_view input);

}  // namespace hotlap::loadgen
