// What a process and its threads have used so far, from /proc: counters to subtract, and memory as it is. Cheap enough
// to ask every second while load runs: about 20 µs a process and 10 µs a thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace hotlap::harness {

struct ContextSwitches {
  std::uint64_t voluntary = 0;    // it waited for something
  std::uint64_t involuntary = 0;  // another had to run
};

struct ProcessUse {
  Nanos cpu{};  // in steps of a hundredth of a second
  std::int64_t resident_bytes = 0;
  std::optional<ContextSwitches> switches;  // not counted beyond kMostThreadsCounted threads
  void add(const ProcessUse& other);
};

inline constexpr std::size_t kMostThreadsCounted = 64;  // of one process

// nullopt: it has gone.
[[nodiscard]] std::optional<ProcessUse> read_process_use(pid_t pid);
// Memory with shared pages shared out among those that map them; costs a walk through its page tables.
[[nodiscard]] std::optional<std::int64_t> read_proportional_bytes(pid_t pid);
// The pure parts: texts of /proc/PID/stat, statm and status, and smaps_rollup.
[[nodiscard]] Nanos cpu_in_stat(std::string_view stat, long ticks_per_second);
[[nodiscard]] std::int64_t resident_in_statm(std::string_view statm, long page_bytes);
[[nodiscard]] ContextSwitches switches_in_status(std::string_view status);
[[nodiscard]] std::int64_t proportional_in_rollup(std::string_view smaps_rollup);

}  // namespace hotlap::harness
