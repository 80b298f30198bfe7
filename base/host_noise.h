// What else the machine did, as counters since boot: subtract two readings. Time that it took away from us: Steal: a
// hypervisor ran something else (/proc/stat, ticks of a hundredth of a second). Throttled: our control group was at its
// limit (cpu.stat, both versions of cgroups). Zero where the kernel does not tell.
#pragma once

#include <string_view>

#include "base/cpu_set.h"
#include "base/units.h"

namespace hotlap {

struct HostNoiseCounters {
  Nanos busy{};       // of the processors asked for, whoever ran; idle, waiting and stolen time left out
  Nanos steal{};      // summed over the processors asked for
  Nanos throttled{};  // of the control group that this process is in
};

// An empty set asks for all processors.
[[nodiscard]] HostNoiseCounters read_host_noise(const CpuSet& cpus);

// The pure parts: texts of /proc/stat and of cpu.stat.
[[nodiscard]] Nanos busy_in(std::string_view proc_stat, const CpuSet& cpus, long ticks_per_second);
[[nodiscard]] Nanos steal_in(std::string_view proc_stat, const CpuSet& cpus, long ticks_per_second);
[[nodiscard]] Nanos throttled_in(std::string_view cpu_stat);

}  // namespace hotlap
