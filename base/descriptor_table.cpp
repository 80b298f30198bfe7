#include "base/descriptor_table.h"

#include <linux/close_range.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace hotlap {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kOneTableOnly = true;
#elif defined(__has_feature)
constexpr bool kOneTableOnly = __has_feature(thread_sanitizer);
#else
constexpr bool kOneTableOnly = false;
#endif
constexpr std::size_t kMostKept = 8;

}  // namespace

bool own_descriptor_table(std::initializer_list<int> keep) noexcept {
  if (kOneTableOnly || keep.size() > kMostKept) return false;
  std::array<int, kMostKept + 1> kept{STDERR_FILENO};
  const auto last = std::ranges::copy(keep, kept.begin() + 1).out;
  std::sort(kept.begin(), last);
  if (::close_range(static_cast<unsigned>(last[-1]) + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0) return false;
  for (auto* fd = kept.begin(); fd + 1 != last; ++fd)
    if (fd[0] + 1 < fd[1]) (void)::close_range(static_cast<unsigned>(fd[0]) + 1, static_cast<unsigned>(fd[1]) - 1, 0);
  return true;
}

}  // namespace hotlap
