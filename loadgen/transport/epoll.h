// The transport over epoll. Level-triggered: one read per event into one buffer for all connections, the rest comes
// with the next event. Writes go straight to the socket; a socket is watched for room only while something is pending.
// Waits end by timers that stay set while events come and go: a timeout would be set and taken back with each of them,
// which costs a virtual machine more than the rest of the wait.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/fd.h"
#include "loadgen/transport/skipping.h"
#include "loadgen/transport/transport.h"
#include "loadgen/transport/wake_margin.h"

namespace hotlap::loadgen {

class EpollTransport : public Transport {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Transport>> create(std::uint32_t slots, Waiting waiting);

  std::string_view name() const noexcept override { return "epoll"; }
  Instant now() const noexcept override { return monotonic_now(); }
  void connect(std::uint32_t slot, const Address& to, const Address* from) override;
  Sent send(std::uint32_t slot, std::string_view bytes) override;
  void skip(std::uint32_t slot, std::uint64_t bytes) noexcept override;
  void close(std::uint32_t slot) noexcept override;
  void foresee(Instant until) noexcept override { foreseen_ = until; }
  void wait(Instant until, Events& events) override;
  [[nodiscard]] Nanos polled() const noexcept override { return polled_; }

 protected:
  struct Watch {  // the descriptors that every such transport begins with
    Fd epoll;
    std::array<Fd, 2> timers;
    [[nodiscard]] static Result<Watch> open();
  };
  EpollTransport(Watch watch, std::uint32_t slots, Waiting waiting);
  [[nodiscard]] int socket_of(std::uint32_t slot) const noexcept { return connections_[slot].socket.get(); }
  // A connection is there, and nobody has been told yet: whatever has to come before it is open. Called again whenever
  // its socket is ready for what was wanted. Failed: errno says how.
  enum class Opening : std::uint8_t { done, wants_read, wants_write, failed };
  virtual Opening open(std::uint32_t /*slot*/) noexcept { return Opening::done; }
  // Like recv() and send().
  virtual ssize_t read(std::uint32_t slot, std::span<char> into) noexcept;
  virtual ssize_t write(std::uint32_t slot, std::string_view bytes) noexcept;
  // One read, and what comes of it.
  void receive(std::uint32_t slot, Events& events);

 private:
  enum class State : std::uint8_t { closed, connecting, opening, open };
  struct Connection {
    Fd socket;
    State state = State::closed;
    std::uint32_t life = 0;    // counts the sockets of this slot, so that an event of an earlier one is known
    std::string_view pending;  // not yet taken by the kernel
    Skipping skipping;
    bool can_skip = false;  // TCP can
  };
  // A timer. The kernel tells the clock only of the earliest that is set, and that is what costs a virtual machine
  // more than the rest of the wait. So the one of the next wait is set while that of this one is still to go off; then
  // the interrupt of the earlier tells the clock of the later.
  struct Alarm {
    Fd timer;
    Instant at{};
    std::optional<Instant> wakes_for;  // the end of a wait; none: it is not set
  };
  struct Failure {
    std::uint32_t slot;
    std::uint32_t life;
    int error;
    bool connecting;
  };

  std::ptrdiff_t poll(bool sleep) noexcept;
  bool take_alarm(const epoll_event& event) noexcept;
  Alarm& set_alarms(Instant until) noexcept;
  Alarm& set_alarm(Instant until, Instant other) noexcept;
  void watch(std::uint32_t slot, int operation, std::uint32_t interest) noexcept;
  void handle(const epoll_event& event, Events& events);
  void go_on_opening(std::uint32_t slot, Events& events);
  void send_pending(std::uint32_t slot, Events& events);
  void deliver_failures(Events& events);

  Fd epoll_;
  std::array<Alarm, 2> alarms_;
  Instant foreseen_{};
  WakeMargin margin_;
  Nanos polled_{};
  std::vector<Connection> connections_;
  std::vector<Failure> failures_;  // found while sending or connecting; told in the next wait()
  std::vector<char> buffer_;
  std::array<epoll_event, 512> events_{};
};

}  // namespace hotlap::loadgen
