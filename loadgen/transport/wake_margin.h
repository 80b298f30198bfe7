// How much earlier than needed the kernel is asked to end a wait. Timed waits end late: by a few microseconds on bare
// metal, by tens on a virtual machine, where arming a timer and its interrupt leave the guest. The margin follows the
// median of that lateness, so that half the waits end a little early and the caller polls for the rest: punctuality,
// paid for with processor time. Steps of a fixed size: one stall moves it no further than one late wait does.
// Not thread-safe.
#pragma once

#include <algorithm>

#include "base/units.h"

namespace hotlap::loadgen {

class WakeMargin {
 public:
  static constexpr Nanos kMost = std::chrono::microseconds(50);  // and so the longest poll

  // Off, it stays zero: a closed loop has no due time to keep.
  explicit WakeMargin(bool on) noexcept : on_(on) {}

  // How long to let the kernel sleep when so much time is left; zero: poll.
  [[nodiscard]] Nanos sleep(Nanos left) const noexcept { return std::max(left - margin_, Nanos::zero()); }
  // A sleep has run out, so much later than asked for.
  void learn(Nanos late) noexcept {
    constexpr Nanos kStep = std::chrono::nanoseconds(500);
    if (on_) margin_ = std::clamp(margin_ + (late > margin_ ? kStep : -kStep), Nanos::zero(), kMost);
  }
  [[nodiscard]] Nanos margin() const noexcept { return margin_; }

 private:
  bool on_;
  Nanos margin_{};
};

}  // namespace hotlap::loadgen
