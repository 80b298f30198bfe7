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

// `auto`: io_uring for a closed loop, where the kernel has it, else epoll. Throughput is the same within noise. In a
// closed loop the stamps of both mean the same, so the load's own processor time decides; an open loop keeps its
// schedule better over epoll. Figures of tools/measure-transports: docs/adr/0016.
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
