// CPU time of other processes, straight from /proc.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace hotlap {

// CPU time used so far by a process and its live threads, and by the descendants it has waited for.
// `user`/`system` come in clock ticks (10 ms); `total` is exact where the kernel tells (schedstat), else their sum.
struct CpuTime {
  Nanos user{};
  Nanos system{};
  Nanos total{};
};
// Summed over every live process of the group `pgid`.
[[nodiscard]] Result<CpuTime> group_cpu_time(pid_t pgid);
// Summed over these; those that have gone count for nothing. Error: all have.
[[nodiscard]] Result<CpuTime> cpu_time_of(const std::vector<pid_t>& pids);

}  // namespace hotlap
