// Ctrl-C and SIGTERM as a flag: the running trial is stopped, everything finished is kept. A second signal ends the
// program at once, the ordinary way. The one mutable global of the harness.
#pragma once

#include <atomic>

namespace hotlap::harness {

using StopFlag = std::atomic<bool>;

// Installs the handlers; blocking calls return with EINTR. Call once, from main's thread.
[[nodiscard]] const StopFlag& watch_stop_signals();

}  // namespace hotlap::harness
