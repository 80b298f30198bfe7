#include "harness/process_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "base/fd.h"

namespace hotlap::harness {
namespace {

std::int64_t number(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  std::int64_t value = 0;
  if (start != std::string_view::npos) std::from_chars(text.data() + start, text.data() + text.size(), value);
  return value;
}

// Files of /proc come whole in one read, but for those of giants.
std::optional<std::string> contents(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text(4096, '\0');
  const auto count = ::read(file.get(), text.data(), text.size());
  if (count <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(count));
  return text;
}

// The n-th word after the command's name in /proc/PID/stat; the state is the 3rd field.
std::string_view stat_field(std::string_view stat, int field) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  stat.remove_prefix(name_end + 1);
  for (int i = 3;; ++i) {
    const auto start = stat.find_first_not_of(" \n");
    if (start == std::string_view::npos) return {};
    stat.remove_prefix(start);
    const auto end = std::min(stat.find_first_of(" \n"), stat.size());
    if (i == field) return stat.substr(0, end);
    stat.remove_prefix(end);
  }
}

// The number behind "name" at the beginning of a line.
std::int64_t line_value(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
    if (at == 0 || text[at - 1] == '\n') return number(text.substr(at + name.size()));
  return 0;
}

// Names of a folder that are numbers.
std::vector<pid_t> numbers_in(const std::string& path) {
  struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  const std::unique_ptr<DIR, Close> folder(::opendir(path.c_str()));
  std::vector<pid_t> numbers;
  if (!folder) return numbers;
  while (const auto* entry = ::readdir(folder.get())) {
    const auto value = number(entry->d_name);
    if (value > 0) numbers.push_back(static_cast<pid_t>(value));
  }
  return numbers;
}

std::optional<ContextSwitches> switches_of(pid_t pid) {
  const auto threads = numbers_in(fmt::format("/proc/{}/task", pid));
  if (threads.empty() || threads.size() > kMostThreadsCounted) return std::nullopt;
  ContextSwitches sum;
  for (const auto thread : threads) {
    const auto status = contents(fmt::format("/proc/{}/task/{}/status", pid, thread));
    if (!status) continue;
    const auto switches = switches_in_status(*status);
    sum.voluntary += switches.voluntary;
    sum.involuntary += switches.involuntary;
  }
  return sum;
}

}  // namespace

void ProcessUse::add(const ProcessUse& other) {
  cpu += other.cpu;
  resident_bytes += other.resident_bytes;
  if (!switches || !other.switches) {
    switches.reset();
    return;
  }
  switches->voluntary += other.switches->voluntary;
  switches->involuntary += other.switches->involuntary;
}

std::optional<ProcessUse> read_process_use(pid_t pid) {
  const auto stat = contents(fmt::format("/proc/{}/stat", pid));
  const auto statm = contents(fmt::format("/proc/{}/statm", pid));
  if (!stat || !statm) return std::nullopt;
  ProcessUse use;
  use.cpu = cpu_in_stat(*stat, ::sysconf(_SC_CLK_TCK));
  use.resident_bytes = resident_in_statm(*statm, ::sysconf(_SC_PAGESIZE));
  use.switches = switches_of(pid);
  return use;
}

std::optional<std::int64_t> read_proportional_bytes(pid_t pid) {
  const auto rollup = contents(fmt::format("/proc/{}/smaps_rollup", pid));
  return rollup ? std::optional(proportional_in_rollup(*rollup)) : std::nullopt;
}

Nanos cpu_in_stat(std::string_view stat, long ticks_per_second) {
  constexpr int kUser = 14;
  constexpr int kSystem = 15;
  return Nanos((number(stat_field(stat, kUser)) + number(stat_field(stat, kSystem))) *
               (1'000'000'000 / ticks_per_second));
}

std::int64_t resident_in_statm(std::string_view statm, long page_bytes) {
  const auto first_end = statm.find(' ');  // the size comes first
  return first_end == std::string_view::npos ? 0 : number(statm.substr(first_end)) * page_bytes;
}

ContextSwitches switches_in_status(std::string_view status) {
  return {.voluntary = static_cast<std::uint64_t>(line_value(status, "voluntary_ctxt_switches:")),
          .involuntary = static_cast<std::uint64_t>(line_value(status, "nonvoluntary_ctxt_switches:"))};
}

std::int64_t proportional_in_rollup(std::string_view smaps_rollup) {
  constexpr std::int64_t kKiB = 1024;
  return line_value(smaps_rollup, "Pss:") * kKiB;
}

}  // namespace hotlap::harness
