// Readiness of many sockets on one thread, by epoll. Level-triggered: one read per event, the rest comes with the next.
// Owned and used by one worker.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

namespace hotlap::loadgen {

class EpollTransport {
 public:
  enum class Interest : std::uint32_t { read = EPOLLIN, read_and_write = EPOLLIN | EPOLLOUT, write = EPOLLOUT };

  [[nodiscard]] static Result<EpollTransport> create();

  // `slot` comes back in the events of this socket. Closing the socket ends the watch.
  void watch(const Fd& socket, std::uint32_t slot, Interest interest) noexcept;
  void change(const Fd& socket, std::uint32_t slot, Interest interest) noexcept;

  // Waits until something is ready or `until` has come (nanosecond resolution).
  [[nodiscard]] std::span<const epoll_event> wait(Instant now, Instant until) noexcept;

 private:
  explicit EpollTransport(Fd epoll) : epoll_(std::move(epoll)) {}

  Fd epoll_;
  std::array<epoll_event, 512> events_{};
};

}  // namespace hotlap::loadgen
