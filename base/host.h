// What machine is this: the facts that move a benchmark's figures, as name → value pairs in a fixed order.
// Read from /proc and /sys; what cannot be read is left out, never guessed.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hotlap {

// cpu_model, cpus, memory_bytes, kernel, os, governor, smt, mitigations, clocksource, virtualization, cgroup_cpu_max,
// transparent_hugepage, somaxconn …
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe_host();

}  // namespace hotlap
