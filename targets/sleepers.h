// How pages wait for time in each kind of engine (targets/pages/sleeper.h).
#pragma once

#include <memory>

#include "targets/loop/event_loop.h"
#include "targets/pages/sleeper.h"

namespace hotlap::targets {

// On the loop's timer: other connections go on meanwhile. Of the loop's thread; ends before the loop does.
[[nodiscard]] std::unique_ptr<Sleeper> make_loop_sleeper(EventLoop& loop);

// Puts the calling thread to sleep.
[[nodiscard]] std::unique_ptr<Sleeper> make_blocking_sleeper();

}  // namespace hotlap::targets
