#include "base/cpu_time.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file_text.h"

namespace hotlap {
namespace {

// The space-separated numbers after the command name in /proc/PID/stat; [0] is field 3 (state), so field n is [n - 3].
std::vector<std::string_view> stat_fields(std::string_view stat) {
  std::vector<std::string_view> fields;
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return fields;
  stat.remove_prefix(name_end + 1);
  while (!stat.empty()) {
    const auto start = stat.find_first_not_of(" \n");
    if (start == std::string_view::npos) break;
    const auto end = stat.find_first_of(" \n", start);
    fields.push_back(stat.substr(start, end - start));
    if (end == std::string_view::npos) break;
    stat.remove_prefix(end);
  }
  return fields;
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Adds what the process has used; false when it has gone.
bool add_cpu_time(const std::filesystem::path& process, pid_t only_of_group, CpuTime& sum) {
  const auto tick = Nanos(1'000'000'000 / ::sysconf(_SC_CLK_TCK));
  const auto stat = file_text(process / "stat");
  const auto fields = stat_fields(stat);
  if (fields.size() < 15 || fields[0] == "Z" || (only_of_group > 0 && number(fields[2]) != only_of_group)) return false;
  const Nanos user = tick * number(fields[11]);
  const Nanos system = tick * number(fields[12]);
  const Nanos waited_for = tick * (number(fields[13]) + number(fields[14]));
  Nanos exact{};
  std::error_code error;
  for (std::filesystem::directory_iterator task(process / "task", error), last; !error && task != last;
       task.increment(error)) {
    const auto schedstat = file_text(task->path() / "schedstat");
    exact += Nanos(number(std::string_view(schedstat).substr(0, schedstat.find(' '))));
  }
  sum.user += user;
  sum.system += system;
  // Threads that have ended are in the ticks only; whichever is larger has lost less.
  sum.total += std::max(exact, user + system - 2 * tick) + waited_for;
  return true;
}

}  // namespace

Result<CpuTime> group_cpu_time(pid_t pgid) {
  namespace fs = std::filesystem;
  CpuTime sum;
  bool found = false;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.empty() || name[0] < '0' || name[0] > '9') continue;
    found |= add_cpu_time(entry->path(), pgid, sum);
  }
  if (!found) return fail(fmt::format("no process is left in group {}", pgid));
  return sum;
}

Result<CpuTime> cpu_time_of(const std::vector<pid_t>& pids) {
  CpuTime sum;
  bool found = false;
  for (const pid_t pid : pids) found |= add_cpu_time(fmt::format("/proc/{}", pid), 0, sum);
  if (!found) return fail("none of these processes is left");
  return sum;
}

}  // namespace hotlap
