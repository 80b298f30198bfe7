// Who descends from whom, straight from /proc. Allocates nothing and calls nothing but the kernel, so that it may run
// between fork and exec too. A snapshot: whoever forks meanwhile may be missed, so whoever wants all asks again.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

namespace hotlap {

inline constexpr std::size_t kMostProcesses = 16 * 1024;

// The living descendants of `root` (without itself, without zombies), parents before their children; as many as fit.
[[nodiscard]] std::size_t find_descendants(pid_t root, std::span<pid_t> into) noexcept;

// The same for everybody who may allocate.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t root);

}  // namespace hotlap
