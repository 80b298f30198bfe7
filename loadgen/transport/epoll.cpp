#include "loadgen/transport/epoll.h"

#include <algorithm>

namespace hotlap::loadgen {

Result<EpollTransport> EpollTransport::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail_errno("epoll_create1");
  return EpollTransport(std::move(epoll));
}

void EpollTransport::watch(const Fd& socket, std::uint32_t slot, Interest interest) noexcept {
  epoll_event event{static_cast<std::uint32_t>(interest), {.u32 = slot}};
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) == 0, "a new socket can be watched");
}

void EpollTransport::change(const Fd& socket, std::uint32_t slot, Interest interest) noexcept {
  epoll_event event{static_cast<std::uint32_t>(interest), {.u32 = slot}};
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket.get(), &event) == 0, "a watched socket can be changed");
}

std::span<const epoll_event> EpollTransport::wait(Instant now, Instant until) noexcept {
  const auto left_ns = std::clamp<std::int64_t>((until - now).count(), 0, 1'000'000'000);
  const timespec left{left_ns / 1'000'000'000, left_ns % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &left, nullptr);
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};  // interrupted by a signal: nothing ready
}

}  // namespace hotlap::loadgen
