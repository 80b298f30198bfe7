// What both sides and the machine use in the window, second by second: processor time, memory, context switches, system
// calls of programs that publish them, steal and throttling, and what this very process uses while it looks. The load
// process marks the window's two ends.
// One owner; not thread-safe. Source: docs/method.md, "Resources".
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/host_noise.h"
#include "base/process.h"
#include "base/published_calls.h"
#include "harness/process_use.h"
#include "results/record.h"

namespace hotlap::harness {

// The processes of a side as they are when the monitor begins; the first side is the target.
struct MonitoredSide {
  std::string name;  // "target", "load", "tuplestore"
  std::vector<pid_t> members;
};

class ResourceMonitor {
 public:
  explicit ResourceMonitor(std::vector<MonitoredSide> sides);

  void window_start();
  void window_end();
  // A sample, when one is due; call it when next_due() has come or later.
  void look();
  [[nodiscard]] std::optional<Instant> next_due() const noexcept { return due_; }  // none outside of the window

  // Processor time of the target in a window of this length, from its exact time between the moments at which the ends
  // were learned of. None when it did not live at both, or when these moments lie less than half the window apart.
  [[nodiscard]] std::optional<Nanos> target_cpu(Nanos window) const;
  // Of this process in the window.
  [[nodiscard]] std::optional<Nanos> own_cpu() const;
  [[nodiscard]] std::vector<results::ResourceSample> take_samples() { return std::move(samples_); }

 private:
  struct Side {
    MonitoredSide what;
    std::optional<ProcessUse> last;
    std::optional<PublishedCalls> calls;
    std::optional<std::uint64_t> last_calls;
  };
  void sample(Instant now);
  [[nodiscard]] std::optional<ProcessUse> use_of(Side& side);

  std::vector<Side> sides_;
  std::vector<results::ResourceSample> samples_;
  Instant started_{};
  Instant ended_{};
  Instant last_at_{};
  std::optional<Instant> due_;
  HostNoiseCounters last_noise_;
  std::optional<Nanos> target_at_start_, target_at_end_;
  std::optional<Nanos> own_at_start_, own_at_end_;
};

}  // namespace hotlap::harness
