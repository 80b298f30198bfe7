// Ctrl-C as two flags: the first lets the running trial end, the second stops it; either way everything finished is
// kept. SIGTERM and SIGHUP stop it at once. One more signal ends the program the ordinary way. The one mutable global
// of the harness.
#pragma once

#include <atomic>

namespace hotlap::harness {

using StopFlag = std::atomic<bool>;

struct StopSignals {
  StopFlag after_trial{false};
  StopFlag now{false};
  [[nodiscard]] bool any() const noexcept { return after_trial || now; }
};

enum class FirstInterrupt : bool { lets_the_trial_end, stops_now };

// Installs the handlers; blocking calls return with EINTR. Call once, from main's thread.
[[nodiscard]] const StopSignals& watch_stop_signals(FirstInterrupt first);

}  // namespace hotlap::harness
