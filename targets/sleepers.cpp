#include "targets/sleepers.h"

#include <map>
#include <thread>

#include "base/clock.h"

namespace hotlap::targets {
namespace {

class LoopSleeper final : public Sleeper, private EventLoop::Watcher {
 public:
  explicit LoopSleeper(EventLoop& loop) : loop_(loop) {}
  LoopSleeper(const LoopSleeper&) = delete;
  LoopSleeper& operator=(const LoopSleeper&) = delete;
  ~LoopSleeper() override {
    loop_.forget(*this);
    for (const auto& [due, page] : waiting_) page.destroy();
  }

  bool sleep(Nanos delay, std::coroutine_handle<> page) override {
    const auto place = waiting_.emplace(monotonic_now() + delay, page);
    if (place == waiting_.begin()) loop_.wake_after(delay, *this);
    return true;
  }

 private:
  void on_events(std::uint32_t) noexcept override {}  // it watches no descriptor
  void on_wake() noexcept override {
    const auto now = monotonic_now();
    while (!waiting_.empty() && waiting_.begin()->first <= now) waiting_.extract(waiting_.begin()).mapped().resume();
    if (!waiting_.empty()) loop_.wake_after(waiting_.begin()->first - now, *this);
  }

  EventLoop& loop_;
  std::multimap<Instant, std::coroutine_handle<>> waiting_;  // by when they are due
};

class BlockingSleeper final : public Sleeper {
 public:
  bool sleep(Nanos delay, std::coroutine_handle<>) override {
    std::this_thread::sleep_for(delay);
    return false;
  }
};

}  // namespace

std::unique_ptr<Sleeper> make_loop_sleeper(EventLoop& loop) {
  return std::make_unique<LoopSleeper>(loop);
}

std::unique_ptr<Sleeper> make_blocking_sleeper() {
  return std::make_unique<BlockingSleeper>();
}

}  // namespace hotlap::targets
