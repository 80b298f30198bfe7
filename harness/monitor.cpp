#include "harness/monitor.h"

#include <sys/resource.h>

#include "base/cpu_time.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kInterval = std::chrono::seconds(1);
constexpr Nanos kShortest = std::chrono::milliseconds(100);  // ticks of 10 ms say nothing about less

Nanos of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

Nanos own_cpu_now() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::optional<Nanos> exact_cpu_of(const std::vector<pid_t>& members) {
  const auto time = cpu_time_of(members);
  return time ? std::optional(time->total) : std::nullopt;
}

}  // namespace

ResourceMonitor::ResourceMonitor(std::vector<MonitoredSide> sides) {
  for (auto& side : sides) sides_.emplace_back().what = std::move(side);
}

std::optional<ProcessUse> ResourceMonitor::use_of(Side& side) {
  ProcessUse sum{.cpu = {}, .resident_bytes = 0, .switches = ContextSwitches{}};
  bool any = false;
  for (const auto pid : side.what.members) {
    const auto use = read_process_use(pid);
    if (!use) continue;  // it has ended since
    sum.add(*use);
    any = true;
  }
  return any ? std::optional(sum) : std::nullopt;
}

void ResourceMonitor::window_start() {
  own_at_start_ = own_cpu_now();
  target_at_start_ = exact_cpu_of(sides_.front().what.members);
  for (auto& side : sides_) {
    side.calls = PublishedCalls::find(side.what.members);
    side.last = use_of(side);
    side.last_calls = side.calls ? side.calls->made() : std::nullopt;
  }
  last_noise_ = read_host_noise({});
  started_ = last_at_ = monotonic_now();
  due_ = started_ + kInterval;
}

void ResourceMonitor::look() {
  const Instant now = monotonic_now();
  if (!due_ || now < *due_) return;
  sample(now);
  while (*due_ <= now) due_ = *due_ + kInterval;
}

void ResourceMonitor::window_end() {
  if (!due_) return;
  due_.reset();
  target_at_end_ = exact_cpu_of(sides_.front().what.members);
  const Instant now = ended_ = monotonic_now();
  if (now - last_at_ >= kShortest) sample(now);
  for (auto& side : sides_) {
    std::int64_t bytes = 0;
    for (const auto pid : side.what.members) bytes += read_proportional_bytes(pid).value_or(0);
    for (auto sample = samples_.rbegin(); bytes > 0 && sample != samples_.rend(); ++sample)
      if (sample->side == side.what.name) {
        sample->proportional_bytes = bytes;
        break;
      }
  }
  own_at_end_ = own_cpu_now();
}

void ResourceMonitor::sample(Instant now) {
  const Nanos at = now - started_;
  const Nanos span = now - last_at_;
  for (auto& side : sides_) {
    const auto use = use_of(side);
    const auto calls = side.calls ? side.calls->made() : std::nullopt;
    if (use && side.last && use->cpu >= side.last->cpu) {
      results::ResourceSample sample{.side = side.what.name, .at = at, .span = span, .cpu = use->cpu - side.last->cpu};
      sample.resident_bytes = use->resident_bytes;
      if (use->switches && side.last->switches && use->switches->voluntary >= side.last->switches->voluntary) {
        sample.voluntary_switches = use->switches->voluntary - side.last->switches->voluntary;
        sample.involuntary_switches = use->switches->involuntary - side.last->switches->involuntary;
      }
      // Anybody may publish, also what makes no sense.
      if (calls && side.last_calls && *calls >= *side.last_calls) sample.syscalls = *calls - *side.last_calls;
      samples_.push_back(std::move(sample));
    }
    side.last = use;
    side.last_calls = calls;
  }
  const auto noise = read_host_noise({});
  results::ResourceSample machine{.side = "machine", .at = at, .span = span, .cpu = noise.busy - last_noise_.busy};
  machine.steal = noise.steal - last_noise_.steal;
  machine.throttled = noise.throttled - last_noise_.throttled;
  samples_.push_back(std::move(machine));
  last_noise_ = noise;
  last_at_ = now;
}

std::optional<Nanos> ResourceMonitor::target_cpu(Nanos window) const {
  // Less at the end than at the start: a worker has gone and taken its time with it.
  if (!target_at_start_ || !target_at_end_ || *target_at_end_ < *target_at_start_) return std::nullopt;
  const auto seen = std::chrono::duration<double>(ended_ - started_);
  if (2 * seen < window) return std::nullopt;
  const auto used = std::chrono::duration<double>(*target_at_end_ - *target_at_start_);
  return std::chrono::round<Nanos>(used * (std::chrono::duration<double>(window) / seen));
}

std::optional<Nanos> ResourceMonitor::own_cpu() const {
  if (!own_at_start_ || !own_at_end_) return std::nullopt;
  return *own_at_end_ - *own_at_start_;
}

}  // namespace hotlap::harness
