#include "loadgen/transport/choice.h"

namespace hotlap::loadgen {

// Measured by tools/measure-transports on Linux 6.18, one load thread on a processor of its own; uring / epoll, medians
// of five rounds (lowest to highest):
//   load                       throughput             CPU per request
//   83 bytes, c100, depth 1    1.00 (0.98 to 1.02)    0.96 (0.94 to 0.98)
//   83 bytes, c100, depth 24   1.02 (0.97 to 1.34)    0.92 (0.83 to 0.96)
//   83 bytes, c2000, depth 1   1.01 (0.97 to 1.04)    0.91 (0.91 to 0.99)
//   83 bytes, c100, 20k/s      1.00                   0.99 (0.99 to 1.02)
//   64 KiB, c100, depth 1      0.98 (0.95 to 1.34)    1.04 (0.97 to 1.05)
//   1 MiB, c100, depth 1       1.42 (1.33 to 1.55)    1.86 (1.83 to 1.93)
// Throughput is the same within noise, except for very large bodies, which io_uring delivers faster at twice the
// processor time. What decides is truth: epoll stamps each request right before its own write, while io_uring hands over
// all writes of a turn at its end, so that its service times read long by up to a turn. So io_uring is for those whose
// generator is short of processor time and who ask for it.
bool uring_is_better_for(const load::LoadSpec& /*spec*/) noexcept { return false; }

}  // namespace hotlap::loadgen
