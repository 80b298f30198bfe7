// CPU time of a target between the two ends of the window, as the load process marks them. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/process.h"

namespace hotlap::harness {

class CpuMonitor {
 public:
  explicit CpuMonitor(pid_t group) noexcept : group_(group) {}

  void window_start() { start_ = sample(); }
  void window_end() { end_ = sample(); }
  // None unless both ends were seen and the group lived at both.
  [[nodiscard]] std::optional<Nanos> in_window() const {
    if (!start_ || !end_) return std::nullopt;
    return *end_ - *start_;
  }

 private:
  [[nodiscard]] std::optional<Nanos> sample() const {
    const auto time = group_cpu_time(group_);
    return time ? std::optional(time->total) : std::nullopt;
  }

  pid_t group_;
  std::optional<Nanos> start_;
  std::optional<Nanos> end_;
};

}  // namespace hotlap::harness
