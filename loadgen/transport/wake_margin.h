// How much earlier than needed the kernel is asked to end a wait. Timed waits end late: by a few microseconds on bare
// metal, by tens on a virtual machine, where arming a timer and its interrupt leave the guest. The margin follows the
// median of that lateness, so that half the waits end a little early and the caller polls for the rest: punctuality,
// paid for with processor time. Steps of a fixed size: one stall moves it no further than one late wait does.
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace hotlap::loadgen {

// How to wait for what comes next.
enum class Waiting : std::uint8_t {
  asleep,    // a closed loop has no due time to keep
  punctual,  // asleep but for the last bit
  polling    // never asleep
};

class WakeMargin {
 public:
  static constexpr Nanos kMost = std::chrono::microseconds(100);  // and so the longest poll of those who sleep

  explicit WakeMargin(Waiting waiting) noexcept : waiting_(waiting) {}

  // How long to let the kernel sleep when so much time is left; zero: poll.
  [[nodiscard]] Nanos sleep(Nanos left) const noexcept {
    return waiting_ == Waiting::polling ? Nanos::zero() : std::max(left - margin_, Nanos::zero());
  }
  [[nodiscard]] bool may_poll(Nanos left) const noexcept {
    return left > Nanos::zero() && (waiting_ == Waiting::polling || left <= kMost);
  }
  // A sleep has run out, so much later than asked for.
  void learn(Nanos late) noexcept {
    constexpr Nanos kStep = std::chrono::nanoseconds(500);
    if (waiting_ == Waiting::punctual)
      margin_ = std::clamp(margin_ + (late > margin_ ? kStep : -kStep), Nanos::zero(), kMost);
  }
  [[nodiscard]] Nanos margin() const noexcept { return margin_; }

 private:
  Waiting waiting_;
  Nanos margin_{};
};

}  // namespace hotlap::loadgen
