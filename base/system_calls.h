// How many system calls this program and the processes it forked have made, as far as they issue them themselves: not
// those inside libraries (libpq, memory, locks), and none for the clock, which is read without one. Each thread counts
// in a row of its own. Once published, the count can be read by other programs while it goes on (published_calls.h).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/counter.h"

namespace hotlap {

// The memory that is counted in. Others find it as a memory file of this name; the number is that of the layout.
struct SystemCallBoard {
  static constexpr const char* kName = "hotlap-system-calls-1";
  struct alignas(64) Row {
    Counter made;
  };
  alignas(64) std::atomic<std::uint64_t> taken = 0;  // rows, or more: then the last is shared
  std::array<Row, 1023> rows;
};

// Where the calling thread counts: null until it does so for the first time.
struct SystemCallRow {
  Counter* made = nullptr;
  bool shared = false;  // with other threads
};
inline constinit thread_local SystemCallRow this_threads_calls;
[[nodiscard]] SystemCallRow take_system_call_row() noexcept;

inline void count_system_calls(std::uint64_t made) noexcept {
  auto& row = this_threads_calls;
  if (row.made == nullptr) [[unlikely]]
    row = take_system_call_row();
  if (row.shared) [[unlikely]]
    row.made->add_from_any_thread(made);
  else
    row.made->add(made);
}
inline void count_system_call() noexcept {
  count_system_calls(1);
}

[[nodiscard]] std::uint64_t system_calls_made() noexcept;

// Counts anew, for others to see. Called once, before other threads and forks. Where the kernel has no memory for it,
// nobody else sees the count.
void publish_system_calls() noexcept;

}  // namespace hotlap
