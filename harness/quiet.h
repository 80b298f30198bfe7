// Before a trial: wait until nobody else uses the machine, but not for ever. Read from /proc/stat, in steps of 50 ms.
// Nothing of ours runs then: the services and the target of this trial start afterwards.
#pragma once

#include "base/units.h"
#include "harness/stop_flag.h"

namespace hotlap::harness {

// Quiet: all processors together were busy for at most this share of one's time.
inline constexpr double kQuietShare = 0.2;
// Beyond it a trial that has to begin all the same is SUSPECT.
inline constexpr double kLoudShare = 0.5;

struct QuietWait {
  Nanos waited{};
  double busy = 0;  // processors, in the last step; 1.5: one and a half
};

[[nodiscard]] QuietWait wait_until_quiet(Nanos most, const StopFlag& stop);

}  // namespace hotlap::harness
