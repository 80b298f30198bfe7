// Streams of requests, most of them spoilt somewhere: well-formed ones from a list are joined, then bytes are changed,
// dropped, doubled and exchanged, at places and with bytes that matter to a parser. Same seed, same streams.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace hotlap::targets {

class RequestMutations {
 public:
  explicit RequestMutations(std::uint64_t seed) noexcept : random_(seed) {}
  // One client's bytes: one to four requests, some hundred bytes.
  [[nodiscard]] std::string next();

 private:
  [[nodiscard]] std::size_t place_in(const std::string& bytes) noexcept;
  void spoil(std::string& bytes);

  Random random_;
};

}  // namespace hotlap::targets
