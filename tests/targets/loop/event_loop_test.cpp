#include "targets/loop/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <functional>
#include <string>
#include <thread>

#include "base/clock.h"

namespace hotlap::targets {
namespace {

// A descriptor that is readable as long as nobody reads it, and a note of what was handed out.
class ReadyWatcher final : public EventLoop::Watcher {
 public:
  explicit ReadyWatcher(EventLoop& loop) : loop_(loop), fd_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
    loop_.add(fd_.get(), EPOLLIN, *this);
  }
  ~ReadyWatcher() override {
    if (fd_) loop_.remove(fd_.get(), *this);
    loop_.forget(*this);
  }
  void on_events(std::uint32_t /*events*/) noexcept override {
    ++events;
    if (on_event) on_event();
  }
  void on_turn_end() noexcept override { ++turn_ends; }
  void on_wake() noexcept override { ++wakes; }
  void remove() {
    loop_.remove(fd_.get(), *this);
    fd_.reset();
  }
  int events = 0;
  int turn_ends = 0;
  int wakes = 0;
  std::function<void()> on_event;

 private:
  EventLoop& loop_;
  Fd fd_;
};

std::function<bool()> turns(int count) {
  return [count]() mutable { return count-- == 0; };
}

TEST(EventLoop, HandsAReadyDescriptorOutEveryTurnUntilItIsRemoved) {
  EventLoop loop;
  ReadyWatcher watcher(loop);
  loop.run(turns(3));
  EXPECT_EQ(watcher.events, 3);
  watcher.remove();
  loop.at_end_of_turn([] {});  // so that the turn does not wait
  loop.run(turns(1));
  EXPECT_EQ(watcher.events, 3);
}

TEST(EventLoop, RemovingAWatcherDropsItsEventsOfTheSameTurn) {
  EventLoop loop;
  ReadyWatcher one(loop);
  ReadyWatcher other(loop);
  one.on_event = [&] { other.remove(); };
  other.on_event = [&] { one.remove(); };
  loop.run(turns(1));
  EXPECT_EQ(one.events + other.events, 1);
}

TEST(EventLoop, AWatcherMayRemoveItselfInItsOwnCall) {
  EventLoop loop;
  ReadyWatcher watcher(loop);
  watcher.on_event = [&] { watcher.remove(); };
  loop.run(turns(1));
  EXPECT_EQ(watcher.events, 1);
}

TEST(EventLoop, EndOfTurnTasksRunOnceAfterAllEventsOfTheTurn) {
  EventLoop loop;
  ReadyWatcher one(loop);
  ReadyWatcher other(loop);
  std::string order;
  one.on_event = other.on_event = [&] {
    if (order.empty()) loop.at_end_of_turn([&] { order += 'T'; });
    order += 'e';
  };
  loop.run(turns(2));
  EXPECT_EQ(order, "eeTee");
}

TEST(EventLoop, TasksAskedForOutsideRunAtTheStartOfTheNextTurn) {
  EventLoop loop;
  std::string order;
  loop.at_end_of_turn([&] { order += 't'; });
  loop.run([&] {
    order += 'u';
    return true;
  });
  EXPECT_EQ(order, "tu");
}

TEST(EventLoop, TasksAskedForByTasksRunInTheNextTurnWithoutWaiting) {
  EventLoop loop;
  int runs = 0;
  std::function<void()> again = [&] {
    if (++runs < 5) loop.at_end_of_turn(again);
  };
  loop.at_end_of_turn(again);
  loop.run([&] { return runs == 5; });
  EXPECT_EQ(runs, 5);
}

TEST(EventLoop, TimersRunInTheOrderTheyAreDueAndNotBefore) {
  EventLoop loop;
  std::string order;
  const Instant start = monotonic_now();
  Nanos late_after{};
  loop.after(std::chrono::milliseconds(4), [&] {
    late_after = monotonic_now() - start;
    order += 'b';
  });
  loop.after(Nanos::zero(), [&] { order += 'a'; });
  loop.run([&] { return order.size() == 2; });
  EXPECT_EQ(order, "ab");
  EXPECT_GE(late_after, std::chrono::milliseconds(4));
}

TEST(EventLoop, AWatcherHasOneWakeAndCancellingItMeansNone) {
  EventLoop loop;
  ReadyWatcher watcher(loop);
  loop.wake_after(std::chrono::hours(1), watcher);
  loop.wake_after(Nanos::zero(), watcher);
  loop.run([&] { return watcher.wakes > 0; });
  loop.wake_after(Nanos::zero(), watcher);
  loop.cancel_wake(watcher);
  loop.run(turns(3));
  EXPECT_EQ(watcher.wakes, 1);
}

TEST(EventLoop, ForgettingAWatcherRevokesWhatItAskedFor) {
  EventLoop loop;
  ReadyWatcher watcher(loop);
  loop.at_end_of_turn(watcher);
  loop.run(turns(1));
  EXPECT_EQ(watcher.turn_ends, 1);
  loop.at_end_of_turn(watcher);
  loop.wake_after(Nanos::zero(), watcher);
  loop.forget(watcher);
  loop.run(turns(2));
  EXPECT_EQ(watcher.turn_ends, 1);
  EXPECT_EQ(watcher.wakes, 0);
}

TEST(EventLoop, StopFromAnotherThreadEndsRunAlsoWhenItCameFirst) {
  EventLoop loop;
  loop.stop();
  loop.run({});
  const std::jthread stopper([&] { loop.stop(); });
  loop.run({});
  SUCCEED() << "both runs returned";
}

}  // namespace
}  // namespace hotlap::targets
