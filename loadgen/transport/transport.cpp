#include "loadgen/transport/transport.h"

#include <fmt/core.h>

#include "loadgen/transport/audited_epoll.h"
#include "loadgen/transport/choice.h"
#include "loadgen/transport/epoll.h"
#include "loadgen/transport/uring.h"

namespace hotlap::loadgen {

Result<std::unique_ptr<Transport>> make_transport(const load::LoadSpec& spec, std::uint32_t slots) {
  if (spec.audit) return AuditedEpollTransport::create(slots, spec.open_loop());
  switch (spec.transport) {
    case load::TransportChoice::automatic:
      if (uring_is_better_for(spec))
        if (auto uring = make_uring_transport(slots, spec.open_loop())) return uring;
      break;
    case load::TransportChoice::epoll:
      break;
    case load::TransportChoice::uring: {
      auto uring = make_uring_transport(slots, spec.open_loop());
      if (!uring)
        return fail(fmt::format("--transport uring: {}; use --transport epoll", uring.error().message),
                    uring.error().code);
      return uring;
    }
  }
  return EpollTransport::create(slots, spec.open_loop());
}

}  // namespace hotlap::loadgen
