// What the calling thread has used of its processor so far: subtract two readings. Linux: getrusage(RUSAGE_THREAD) and
// the second field of /proc/thread-self/schedstat (time runnable but not running).
#pragma once

#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

[[nodiscard]] load::ThreadUse thread_use_now() noexcept;

}  // namespace hotlap::loadgen
