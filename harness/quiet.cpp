#include "harness/quiet.h"

#include <poll.h>

#include "base/clock.h"
#include "base/host_noise.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kStep = std::chrono::milliseconds(50);

}  // namespace

QuietWait wait_until_quiet(Nanos most, const StopFlag& stop) {
  QuietWait wait;
  const Instant started = monotonic_now();
  Instant at = started;
  auto busy = read_host_noise({}).busy;
  while (wait.waited < most && !stop) {
    ::poll(nullptr, 0, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(kStep).count()));
    const Instant now = monotonic_now();
    const auto busy_now = read_host_noise({}).busy;
    wait.waited = now - started;
    wait.busy = static_cast<double>((busy_now - busy).count()) / static_cast<double>((now - at).count());
    if (wait.busy <= kQuietShare) break;
    at = now;
    busy = busy_now;
  }
  return wait;
}

}  // namespace hotlap::harness
