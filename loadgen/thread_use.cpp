#include "loadgen/thread_use.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/fd.h"

namespace hotlap::loadgen {
namespace {

// "RUN_NS WAITED_NS SLICES"; zero where the kernel keeps no such statistics.
Nanos waited_so_far() noexcept {
  const Fd file(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  const auto count = file ? ::read(file.get(), text.data(), text.size()) : 0;
  const std::string_view line(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const auto blank = line.find(' ');
  std::int64_t waited_ns = 0;
  if (blank != std::string_view::npos) std::from_chars(line.data() + blank + 1, line.data() + line.size(), waited_ns);
  return Nanos(waited_ns);
}

}  // namespace

load::ThreadUse thread_use_now() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& time) -> Nanos {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return {.cpu_user = of(usage.ru_utime), .cpu_system = of(usage.ru_stime), .waited = waited_so_far(), .polled = {}};
}

}  // namespace hotlap::loadgen
