// A library to load before a program (LD_PRELOAD): its wall clock, read by any of libc's names, is off by as many
// seconds as the file named by HOTLAP_TEST_WALL_CLOCK says at that moment. The file holds a SteppedClock, mapped by
// whoever steps the clock. Other clocks are the kernel's. Plain system calls only, for it runs beside sanitizers.
#include "tests/calibration/stepped_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

using hotlap::calibration::SteppedClock;

SteppedClock* mapped_clock() {
  const char* path = std::getenv("HOTLAP_TEST_WALL_CLOCK");
  if (path == nullptr) return nullptr;
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* at = ::mmap(nullptr, sizeof(SteppedClock), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return at == MAP_FAILED ? nullptr : static_cast<SteppedClock*>(at);
}

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

std::int64_t offset_s() {
  static SteppedClock* const clock = mapped_clock();
  if (clock == nullptr) return 0;
  const auto offset = clock->offset_s.load();
  if (offset != 0) clock->stepped_reads.fetch_add(1);
  return offset;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && is_wall(clock)) time->tv_sec += offset_s();
  return static_cast<int>(result);
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}

std::time_t time(std::time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
