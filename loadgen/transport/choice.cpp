#include "loadgen/transport/choice.h"

#include <algorithm>

namespace hotlap::loadgen {
namespace {

constexpr std::uint64_t kLargeBody = 64 * 1024;  // bytes

bool expects_large_body(const load::Expectation& expect) noexcept {
  return expect.body_length.value_or(expect.body ? expect.body->size() : 0) >= kLargeBody;
}

}  // namespace

// Measured by tools/measure-transports on Linux 6.18, one load thread on a processor of its own; uring / epoll, medians
// of five rounds (lowest to highest):
//   load                       throughput             CPU per request
//   83 bytes, c100, depth 1    1.00 (0.98 to 1.02)    0.96 (0.94 to 0.98)
//   83 bytes, c100, depth 24   1.02 (0.97 to 1.34)    0.92 (0.83 to 0.96)
//   83 bytes, c2000, depth 1   1.01 (0.97 to 1.04)    0.91 (0.91 to 0.99)
//   83 bytes, c100, 20k/s      1.00                   0.99 (0.99 to 1.02)
//   64 KiB, c100, depth 1      0.98 (0.95 to 1.34)    1.04 (0.97 to 1.05)
//   1 MiB, c100, depth 1       1.42 (1.33 to 1.55)    1.86 (1.83 to 1.93)
// So a closed loop of small responses is cheaper over io_uring. An open loop gains nothing and keeps epoll, which
// stamps each request just before its own write. Large bodies cost more: epoll drops them in the kernel, and provided
// buffers are many small copies. The size is only known where it is expected; where it is not, small is the rule.
bool uring_is_better_for(const load::LoadSpec& spec) noexcept {
  if (spec.open_loop() || spec.audit) return false;
  if (!spec.requests.empty())
    return std::ranges::none_of(spec.requests, [](const auto& request) { return expects_large_body(request.expect); });
  return !expects_large_body(spec.expect);
}

}  // namespace hotlap::loadgen
