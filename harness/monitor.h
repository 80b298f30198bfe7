// CPU time of a target between the two ends of the window, as the load process marks them. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/process.h"

namespace hotlap::harness {

class CpuMonitor {
 public:
  // `members` names the target's processes as they are then.
  explicit CpuMonitor(std::function<std::vector<pid_t>()> members) : members_(std::move(members)) {}

  void window_start() { start_ = sample(); }
  void window_end() { end_ = sample(); }
  // None unless both ends were seen and a process was there at both.
  [[nodiscard]] std::optional<Nanos> in_window() const {
    if (!start_ || !end_) return std::nullopt;
    return *end_ - *start_;
  }

 private:
  [[nodiscard]] std::optional<Nanos> sample() const {
    const auto time = cpu_time_of(members_());
    return time ? std::optional(time->total) : std::nullopt;
  }

  std::function<std::vector<pid_t>()> members_;
  std::optional<Nanos> start_;
  std::optional<Nanos> end_;
};

}  // namespace hotlap::harness
