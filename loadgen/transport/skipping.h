// The bytes of a connection that nobody wants to see, which TCP drops in the kernel. Of one connection; not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hotlap::loadgen {

class Skipping {
 public:
  void start(std::uint64_t bytes) noexcept { left_ = bytes; }
  void passed(std::uint64_t bytes) noexcept { left_ -= std::min(left_, bytes); }
  [[nodiscard]] bool active() const noexcept { return left_ > 0; }
  [[nodiscard]] std::size_t most_at_once() const noexcept { return std::min<std::uint64_t>(left_, 1 << 30); }

 private:
  std::uint64_t left_ = 0;
};

}  // namespace hotlap::loadgen
