#include "loadgen/transport/transport.h"

#include <fmt/core.h>

#include "loadgen/transport/audited_epoll.h"
#include "loadgen/transport/epoll.h"
#include "loadgen/transport/tls.h"
#include "loadgen/transport/uring.h"

namespace hotlap::loadgen {

Waiting waiting_of(const load::LoadSpec& spec) noexcept {
  if (spec.spin) return Waiting::polling;
  return spec.open_loop() ? Waiting::punctual : Waiting::asleep;
}

// `auto`: io_uring for a closed loop, where the kernel has it, else epoll. Measured by tools/measure-transports on
// Linux 6.18, one load thread on a processor of its own; uring / epoll, medians of 15 rounds:
//   load                       throughput  CPU per request  user CPU
//   83 bytes, c100, depth 1    1.03        0.95             0.57
//   83 bytes, c100, depth 24   0.99        0.97             0.91
//   83 bytes, c2000, depth 1   1.00        1.00             0.51
//   83 bytes, c100, 20k/s      1.00        1.06             1.48
//   64 KiB, c100, depth 1      0.98        1.07             0.60
//   1 MiB, c100, depth 1       1.02        1.02             1.11
// Throughput is the same within noise. In a closed loop the stamps of both mean the same (docs/adr/0016), so the load's
// own processor time decides; an open loop keeps its schedule better over epoll.
Result<std::unique_ptr<Transport>> make_transport(const load::LoadSpec& spec, std::uint32_t slots) {
  if (spec.url.tls) return TlsTransport::create(spec, slots);
  if (spec.audit) return AuditedEpollTransport::create(slots, waiting_of(spec));
  const bool asked_for = spec.transport == load::TransportChoice::uring;
  if (asked_for || (spec.transport == load::TransportChoice::automatic && !spec.open_loop())) {
    auto uring = make_uring_transport(slots, waiting_of(spec));
    if (uring) return uring;
    if (asked_for)
      return fail(fmt::format("transport uring: {}; choose auto or epoll", uring.error().message), uring.error().code);
  }
  return EpollTransport::create(slots, waiting_of(spec));
}

}  // namespace hotlap::loadgen
