#include "base/host_noise.h"

#include <unistd.h>

#include <charconv>
#include <string>
#include <vector>

#include "base/file_text.h"

namespace hotlap {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// Lines of /proc/self/cgroup are "ID:CONTROLLERS:PATH"; version 2 has no controllers.
Nanos throttled_of_our_group() {
  const auto groups = file_text("/proc/self/cgroup");
  for (const auto line : split(groups, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    for (const auto controller : split(controllers, ','))
      if (controller == "cpu")
        if (const auto text = file_text("/sys/fs/cgroup/cpu" + path + "/cpu.stat"); !text.empty())
          return throttled_in(text);
    if (controllers.empty())
      if (const auto text = file_text("/sys/fs/cgroup" + path + "/cpu.stat"); !text.empty()) return throttled_in(text);
  }
  return {};
}

}  // namespace

namespace {

// Ticks of these fields of the lines of `cpus`. proc(5): cpuN user nice system idle iowait irq softirq steal.
std::int64_t ticks_in(std::string_view proc_stat, const CpuSet& cpus, std::initializer_list<std::size_t> wanted) {
  std::int64_t ticks = 0;
  for (const auto line : split(proc_stat, '\n')) {
    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;
    const auto fields = split(line, ' ');
    if (!cpus.empty() && !cpus.contains(static_cast<int>(number(fields[0].substr(3))))) continue;
    for (const auto field : wanted)
      if (field < fields.size()) ticks += number(fields[field]);
  }
  return ticks;
}

}  // namespace

Nanos busy_in(std::string_view proc_stat, const CpuSet& cpus, long ticks_per_second) {
  return Nanos(ticks_in(proc_stat, cpus, {1, 2, 3, 6, 7}) * (1'000'000'000 / ticks_per_second));
}

Nanos steal_in(std::string_view proc_stat, const CpuSet& cpus, long ticks_per_second) {
  return Nanos(ticks_in(proc_stat, cpus, {8}) * (1'000'000'000 / ticks_per_second));
}

Nanos throttled_in(std::string_view cpu_stat) {
  for (const auto line : split(cpu_stat, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 2) continue;
    if (words[0] == "throttled_usec") return Nanos(number(words[1]) * 1000);  // version 2
    if (words[0] == "throttled_time") return Nanos(number(words[1]));         // version 1
  }
  return {};
}

HostNoiseCounters read_host_noise(const CpuSet& cpus) {
  const auto stat = file_text("/proc/stat");
  const auto ticks = ::sysconf(_SC_CLK_TCK);
  return {
      .busy = busy_in(stat, cpus, ticks), .steal = steal_in(stat, cpus, ticks), .throttled = throttled_of_our_group()};
}

}  // namespace hotlap
