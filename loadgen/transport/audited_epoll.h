// The transport over epoll that also asks the kernel when it sent and received (SO_TIMESTAMPING, software stamps:
// Documentation/networking/timestamping.rst). Costs system calls of its own, so only for `--audit`. The kernel stamps
// on the wall clock; what comes out here is CLOCK_MONOTONIC, like every time of ours. One worker's thread.
#pragma once

#include <optional>
#include <vector>

#include "loadgen/transport/epoll.h"
#include "loadgen/transport/write_stamps.h"

namespace hotlap::loadgen {

// How far the wall clock is from CLOCK_MONOTONIC: a constant until somebody sets the wall clock, because both run by
// the same corrections.
class WallClockOffset {
 public:
  WallClockOffset() noexcept { measure(); }
  [[nodiscard]] Instant to_monotonic(const timespec& wall) const noexcept {
    return {wall.tv_sec * 1'000'000'000 + wall.tv_nsec - offset_ns_};
  }
  // Measures again when the wall clock seems to have been set.
  void follow() noexcept;

 private:
  void measure() noexcept;
  std::int64_t offset_ns_ = 0;
};

class AuditedEpollTransport final : public EpollTransport, private KernelStamps {
 public:
  // Error: the kernel takes no stamps.
  [[nodiscard]] static Result<std::unique_ptr<Transport>> create(std::uint32_t slots, Waiting waiting);

  void connect(std::uint32_t slot, const Address& to, const Address* from) override;
  Sent send(std::uint32_t slot, std::string_view bytes) override;
  void skip(std::uint32_t /*slot*/, std::uint64_t /*bytes*/) noexcept override {}  // dropped bytes have no stamps
  void wait(Instant until, Events& events) override;
  KernelStamps* kernel_stamps() noexcept override { return this; }

 private:
  struct Connection {
    WriteStamps writes;
    std::uint32_t next_requests = 0;  // of the next write
    std::optional<Instant> received;  // of the last read that brought bytes
  };

  AuditedEpollTransport(Watch watch, std::uint32_t slots, Waiting waiting, Fd keeps_stamping);
  Opening open(std::uint32_t slot) noexcept override;
  ssize_t read(std::uint32_t slot, std::span<char> into) noexcept override;
  void take_send_stamps(std::uint32_t slot) noexcept;
  void next_send_holds(std::uint32_t slot, std::uint32_t requests) noexcept override;
  std::optional<Times> answered(std::uint32_t slot, std::uint32_t requests) noexcept override;

  std::vector<Connection> audited_;
  WallClockOffset wall_clock_;
  Fd keeps_stamping_;  // the kernel stamps what it receives while any socket wants that, and starts it with some delay
};

}  // namespace hotlap::loadgen
