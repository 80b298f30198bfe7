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

// `auto` is epoll. Measured by tools/measure-transports on Linux 6.18, one load thread on a processor of its own;
// uring / epoll, medians of five rounds (lowest to highest):
//   load                       throughput             CPU per request
//   83 bytes, c100, depth 1    1.00 (0.98 to 1.02)    0.96 (0.94 to 0.98)
//   83 bytes, c100, depth 24   1.02 (0.97 to 1.34)    0.92 (0.83 to 0.96)
//   83 bytes, c2000, depth 1   1.01 (0.97 to 1.04)    0.91 (0.91 to 0.99)
//   83 bytes, c100, 20k/s      1.00                   0.99 (0.99 to 1.02)
//   64 KiB, c100, depth 1      0.98 (0.95 to 1.34)    1.04 (0.97 to 1.05)
//   1 MiB, c100, depth 1       1.42 (1.33 to 1.55)    1.86 (1.83 to 1.93)
// Throughput is the same within noise, but for very large bodies. Truth decides: epoll stamps each request right before
// its own write, while io_uring hands over the writes of a turn at its end, so that its service times read long by up
// to a turn. io_uring is for those whose generator is short of processor time, or whose bodies are very large.
Result<std::unique_ptr<Transport>> make_transport(const load::LoadSpec& spec, std::uint32_t slots) {
  if (spec.url.tls) return TlsTransport::create(spec, slots);
  if (spec.audit) return AuditedEpollTransport::create(slots, waiting_of(spec));
  switch (spec.transport) {
    case load::TransportChoice::automatic:  // see above
    case load::TransportChoice::epoll:
      break;
    case load::TransportChoice::uring: {
      auto uring = make_uring_transport(slots, waiting_of(spec));
      if (!uring)
        return fail(fmt::format("--transport uring: {}; use --transport epoll", uring.error().message),
                    uring.error().code);
      return uring;
    }
  }
  return EpollTransport::create(slots, waiting_of(spec));
}

}  // namespace hotlap::loadgen
