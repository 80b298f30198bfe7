// What machine is this: the facts that move a benchmark's figures, as name → value pairs in a fixed order.
// Read from /proc and /sys; what cannot be read is left out, never guessed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu_set.h"

namespace hotlap {

// cpu_model, microcode, cpus, memory_bytes, kernel and its command line, os, governor, cores (which processors share
// one), smt, mitigations, clocksource, hypervisor, the control group's limits, sysctls that move HTTP over loopback …
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe_host();

// The processors that this process may use, those of one core together (SMT siblings); empty: the kernel does not say.
[[nodiscard]] std::vector<CpuSet> cores_here();

// What new TCP connections of this network namespace get, as "cubic"; empty: not visible.
[[nodiscard]] std::string default_congestion_control();
// Whether it spreads over time what a connection sends, by timers of the kernel, also within one machine.
[[nodiscard]] bool paces(std::string_view congestion_control) noexcept;

}  // namespace hotlap
