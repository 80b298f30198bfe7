// The bytes of a connection that nobody wants to see, which TCP drops in the kernel, and how many of them have to be
// there before its socket counts as readable: a reader that takes every few segments keeps waking its writer, and large
// bodies come faster in large pieces. Of one connection; not thread-safe.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/fd.h"
#include "base/system_calls.h"

namespace hotlap::loadgen {

class Skipping {
 public:
  void start(std::uint64_t bytes) noexcept { left_ = bytes; }
  void passed(std::uint64_t bytes) noexcept { left_ -= std::min(left_, bytes); }
  [[nodiscard]] bool active() const noexcept { return left_ > 0; }
  [[nodiscard]] std::size_t most_at_once() const noexcept { return std::min<std::uint64_t>(left_, 1 << 30); }
  // Before the socket is waited for: no more than what is left makes it readable, and any byte where nothing is.
  void set_low_water(const Fd& socket) noexcept {
    const int wanted = static_cast<int>(std::clamp<std::uint64_t>(left_, 1, kLargePiece));
    if (std::exchange(low_water_, wanted) == wanted) return;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
    count_system_call();
  }

 private:
  static constexpr std::uint64_t kLargePiece = 256 * 1024;
  std::uint64_t left_ = 0;
  int low_water_ = 1;  // of the socket (SO_RCVLOWAT)
};

}  // namespace hotlap::loadgen
