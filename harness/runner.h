// Which process carries out a session, as a text that outlives it: pid, start time and boot, so that a pid that was
// given again does not pass for the old one. Read from /proc.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace hotlap::harness {

[[nodiscard]] std::string runner_of(pid_t pid);  // empty when there is no such process
[[nodiscard]] bool still_runs(std::string_view runner);
[[nodiscard]] pid_t pid_of(std::string_view runner);  // 0 when the text is no runner's

}  // namespace hotlap::harness
