#include "reports/resource_use.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace hotlap::reports {
namespace {

using results::ResourceSample;

// An amount, and the time in which it was counted.
struct Amount {
  double sum = 0;
  double seconds = 0;
  void add(double amount, double in_seconds) {
    sum += amount;
    seconds += in_seconds;
  }
  [[nodiscard]] double per_second() const { return seconds > 0 ? sum / seconds : 0; }
  [[nodiscard]] std::optional<double> if_known() const {
    return seconds > 0 ? std::optional(per_second()) : std::nullopt;
  }
};

struct Sum {
  Amount cpu, voluntary, involuntary, syscalls, steal, throttled;
  std::optional<std::int64_t> resident_max_bytes;

  void add(const ResourceSample& sample) {
    const double span = in_seconds(sample.span);
    cpu.add(in_seconds(sample.cpu), span);
    if (sample.voluntary_switches) voluntary.add(static_cast<double>(*sample.voluntary_switches), span);
    if (sample.involuntary_switches) involuntary.add(static_cast<double>(*sample.involuntary_switches), span);
    if (sample.syscalls) syscalls.add(static_cast<double>(*sample.syscalls), span);
    if (sample.steal) steal.add(in_seconds(*sample.steal), span);
    if (sample.throttled) throttled.add(in_seconds(*sample.throttled), span);
    resident_max_bytes = std::max(resident_max_bytes, sample.resident_bytes);
  }
  [[nodiscard]] Use use() const {
    return {.processors = cpu.per_second(),
            .resident_max_bytes = resident_max_bytes,
            .voluntary_switches_per_s = voluntary.if_known(),
            .involuntary_switches_per_s = involuntary.if_known(),
            .syscalls_per_s = syscalls.if_known(),
            .steal_processors = steal.if_known(),
            .throttled_processors = throttled.if_known()};
  }
};

struct Side {
  std::set<const results::TrialRecord*> trials;
  Sum whole;
  std::map<std::int64_t, Sum> seconds;
};

// A sample belongs to the second in which its middle lies: samples come a little after the second that they are about.
std::int64_t second_of(const ResourceSample& sample) {
  return std::max<std::int64_t>(0, (sample.at - sample.span / 2) / std::chrono::seconds(1));
}

// Both sides, then services by name, the machine last.
int rank(const std::string& side) {
  return side == "target" ? 0 : side == "load" ? 1 : side == "machine" ? 3 : 2;
}

}  // namespace

std::vector<UseRow> resources_of(const std::vector<const results::TrialRecord*>& trials) {
  std::map<std::string, Side> sides;
  for (const auto* trial : trials)
    for (const auto& sample : trial->resources) {
      if (sample.span <= Nanos::zero()) continue;
      auto& side = sides[sample.side];
      side.trials.insert(trial);
      side.whole.add(sample);
      side.seconds[second_of(sample)].add(sample);
    }
  std::vector<UseRow> rows;
  for (const auto& [name, side] : sides) {
    UseRow row{.side = name, .trials = static_cast<int>(side.trials.size()), .whole = side.whole.use(), .seconds = {}};
    for (const auto& [second, sum] : side.seconds) row.seconds.emplace_back(second, sum.use());
    rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, [](const UseRow& row) { return std::pair(rank(row.side), row.side); });
  return rows;
}

}  // namespace hotlap::reports
