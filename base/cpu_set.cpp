#include "base/cpu_set.h"

#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/units.h"

namespace hotlap {
namespace {

std::optional<int> parse_cpu(std::string_view text) {
  int cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (error != std::errc{} || end != text.data() + text.size() || cpu < 0 || cpu >= CPU_SETSIZE) return std::nullopt;
  return cpu;
}

}  // namespace

Result<CpuSet> CpuSet::parse(std::string_view text) {
  CpuSet set;
  std::string_view rest = text;
  do {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = parse_cpu(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_cpu(part.substr(dash + 1));
    if (!first || !last || *last < *first)
      return fail(fmt::format("CPU set '{}' is not a list like 0 or 0,2-3", printable(text)));
    for (int cpu = *first; cpu <= *last; ++cpu) set.cpus_.insert(cpu);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (comma != std::string_view::npos && rest.empty())
      return fail(fmt::format("CPU set '{}' ends in a comma", printable(text)));
  } while (!rest.empty());
  return set;
}

CpuSet CpuSet::available() {
  return of(0);
}

CpuSet CpuSet::of(pid_t pid) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CpuSet set;
  if (::sched_getaffinity(pid, sizeof mask, &mask) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<unsigned>(cpu), &mask)) set.cpus_.insert(cpu);
  return set;
}

bool CpuSet::overlaps(const CpuSet& other) const noexcept {
  return std::ranges::any_of(cpus_, [&](int cpu) { return other.contains(cpu); });
}

std::string CpuSet::text() const {
  std::string text;
  for (auto cpu = cpus_.begin(); cpu != cpus_.end(); ++cpu) {
    const int first = *cpu;
    int last = first;
    for (auto next = std::next(cpu); next != cpus_.end() && *next == last + 1; ++next) {
      cpu = next;
      last = *cpu;
    }
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last > first) text += fmt::format("-{}", last);
  }
  return text;
}

Result<void> pin_this_thread(const CpuSet& cpus) {
  if (cpus.empty()) return {};
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (const int cpu : cpus.cpus()) CPU_SET(static_cast<unsigned>(cpu), &mask);
  if (::sched_setaffinity(0, sizeof mask, &mask) != 0)
    return fail(fmt::format("CPU set '{}' cannot be used here; this process may use {}", cpus.text(),
                            CpuSet::available().text()),
                ExitCode::bad_config);
  return {};
}

}  // namespace hotlap
