// One client served with blocking calls, one response at a time, from its first byte to its last. A slow client holds
// the calling thread until its deadline, nobody else. Counts from any thread.
#pragma once

#include "base/fd.h"
#include "targets/engines/counters.h"
#include "targets/engines/deadlines.h"
#include "targets/engines/handler.h"
#include "targets/engines/request_reader.h"

namespace hotlap::targets {

void converse(const Fd& socket, Handler& handler, const RequestLimits& limits, const TimeLimits& times,
              WorkerCounters& counters);

// The next connection, blocking; empty when there was none for a while or descriptors ran out (then it has slept a
// little). For listeners prepared by let_accept_return().
[[nodiscard]] Fd accept_for_a_while(const Fd& listener) noexcept;

}  // namespace hotlap::targets
