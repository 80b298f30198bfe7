#include "loadgen/transport/transport.h"

#include "loadgen/transport/epoll.h"

namespace hotlap::loadgen {

Result<std::unique_ptr<Transport>> make_transport(const load::LoadSpec& spec, std::uint32_t slots) {
  return EpollTransport::create(slots, spec.open_loop());
}

}  // namespace hotlap::loadgen
