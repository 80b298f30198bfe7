// The random values of the pages: ids of rows, tokens, uuids. From a seed: the same seed gives the same values.
// One per Site, not thread-safe; not for secrets.
#pragma once

#include <cstdint>
#include <string>

namespace hotlap::targets {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::int64_t between(std::int64_t first, std::int64_t last) noexcept;  // both may come, last >= first
  [[nodiscard]] std::string token();                                                   // 32 hex digits
  [[nodiscard]] std::string uuid();  // version 4, "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"

 private:
  std::uint64_t next() noexcept;

  std::uint64_t state_;
};

}  // namespace hotlap::targets
