// How a page waits for time to pass without knowing what passes it: an event loop's timer, or the blocked thread of an
// engine that has nothing else to do. Of one thread, like the pages that use it.
#pragma once

#include <coroutine>

#include "base/units.h"

namespace hotlap::targets {

class Sleeper {
 public:
  virtual ~Sleeper() = default;
  // Resumes `page` once, not before `delay` from now, and answers true; or lets the time pass before it returns,
  // answers false and resumes nothing. A sleeper that goes first destroys the pages that still wait for it.
  virtual bool sleep(Nanos delay, std::coroutine_handle<> page) = 0;
};

// co_await asleep(sleeper, delay)
class SleepAwaiter {
 public:
  SleepAwaiter(Sleeper& sleeper, Nanos delay) : sleeper_(sleeper), delay_(delay) {}
  [[nodiscard]] bool await_ready() const noexcept { return delay_ <= Nanos::zero(); }
  bool await_suspend(std::coroutine_handle<> page) { return sleeper_.sleep(delay_, page); }
  void await_resume() const noexcept {}

 private:
  Sleeper& sleeper_;
  Nanos delay_;
};
[[nodiscard]] inline SleepAwaiter asleep(Sleeper& sleeper, Nanos delay) {
  return {sleeper, delay};
}

}  // namespace hotlap::targets
