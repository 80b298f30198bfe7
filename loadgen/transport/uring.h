// The transport over io_uring: multishot receives into a ring of provided buffers, everything of a turn handed to the
// kernel by the one call that also waits. What send() is given is copied (up to 16 KiB) and gathered, so a connection
// costs one write a turn; larger pieces are sent from where they lie and stay pending until the kernel has taken them.
// Connections that bring large bodies which nobody looks at receive once at a time, and have the kernel discard the
// rest. `now` of its events is read once, after the wait that found them. Linux 6.0 or newer; 6.1 saves interrupts. The
// ring belongs to the thread that first calls wait().
#pragma once

#include <memory>
#include <string>

#include "loadgen/transport/transport.h"

namespace hotlap::loadgen {

[[nodiscard]] Result<std::unique_ptr<Transport>> make_uring_transport(std::uint32_t slots, Waiting waiting);

// Tries what the transport relies on and older kernels lack, on a pair of sockets. Error: what is missing, as a
// sentence.
[[nodiscard]] Result<void> probe_uring();

}  // namespace hotlap::loadgen
