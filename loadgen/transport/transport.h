// All that a worker sees of the world: time, and the bytes of its connections. The kernel is behind it (epoll, uring),
// or a simulated network with a virtual clock. A connection is named by its slot; the worker opens, sends and closes,
// the transport answers by events during wait() and at no other time. Owned and used by one worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/socket.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/transport/wake_margin.h"

namespace hotlap::loadgen {

// The kernel's own account of the requests and responses (audit mode), on the transport's clock.
class KernelStamps {
 public:
  struct Times {
    Instant sent;      // the last byte of the write that held the request
    Instant received;  // the last byte of the read that completed its response
  };
  // The next send() of this slot holds this many requests.
  virtual void next_send_holds(std::uint32_t slot, std::uint32_t requests) noexcept = 0;
  // The oldest requests of this slot, all of one write, are answered by what is being told. None: not stamped.
  [[nodiscard]] virtual std::optional<Times> answered(std::uint32_t slot, std::uint32_t requests) noexcept = 0;

 protected:
  ~KernelStamps() = default;
};

class Transport {
 public:
  // What wait() calls. `now` was read after the thing was found to have happened. A handler may send, connect and
  // close, also the very connection that it is called for.
  class Events {
   public:
    virtual ~Events() = default;
    // errno value; 0: it is open; EPROTO: what lies over the connection failed, see reason()
    virtual void on_connected(std::uint32_t slot, int error, Instant now) = 0;
    virtual void on_received(std::uint32_t slot, std::string_view bytes, Instant now) = 0;  // bytes: during the call
    virtual void on_skipped(std::uint32_t slot, std::uint64_t bytes, Instant now) = 0;      // as skip() allowed
    virtual void on_sent(std::uint32_t slot, Instant now) = 0;  // what was pending has been taken
    // The peer ended its stream (0), or reading or writing failed (errno value). The worker closes.
    virtual void on_ended(std::uint32_t slot, int error, bool writing, Instant now) = 0;
  };

  enum class Sent : std::uint8_t { all, pending };

  virtual ~Transport() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  // Of a closed slot. Always answered by on_connected() unless closed before. `from`: bind to it first; may be null.
  virtual void connect(std::uint32_t slot, const Address& to, const Address* from) = 0;
  // Of an open slot with nothing pending. `bytes` stay valid and unchanged until on_sent() or close(). Failures come as
  // on_ended().
  virtual Sent send(std::uint32_t slot, std::string_view bytes) = 0;
  // The next `bytes` of this open slot need not be seen: a transport that can drops them in the kernel and tells their
  // number by on_skipped(); others deliver them.
  virtual void skip(std::uint32_t /*slot*/, std::uint64_t /*bytes*/) noexcept {}
  // No event of this connection comes afterwards. Of a closed slot: nothing happens.
  virtual void close(std::uint32_t slot) noexcept = 0;
  // Of an EPROTO that is being told: what failed.
  [[nodiscard]] virtual std::string reason(std::uint32_t /*slot*/) const { return {}; }
  // Null unless this transport has them.
  [[nodiscard]] virtual KernelStamps* kernel_stamps() noexcept { return nullptr; }
  // When the wait after the next one will probably end. Holds for the next one only; none need be told.
  virtual void foresee(Instant /*until*/) noexcept {}
  // Delivers what has happened; waits until something does or `until` has come. Nanosecond resolution.
  virtual void wait(Instant until, Events& events) = 0;
  // How long it has polled so far and found nothing: processor time that was spared.
  [[nodiscard]] virtual Nanos polled() const noexcept { return Nanos::zero(); }
};

[[nodiscard]] Waiting waiting_of(const load::LoadSpec& spec) noexcept;
// For `slots` connections. Error: the kernel refuses what it needs (ExitCode::failure), or the choice needs a newer
// one.
[[nodiscard]] Result<std::unique_ptr<Transport>> make_transport(const load::LoadSpec& spec, std::uint32_t slots);

}  // namespace hotlap::loadgen
