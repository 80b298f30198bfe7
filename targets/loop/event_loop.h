// One thread's epoll loop: descriptors with callbacks, and things to do once at the end of the turn (that is where
// writes are coalesced). Level-triggered. Owned and run by one thread; only stop() may be called from another.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/units.h"

namespace hotlap::targets {

class EventLoop {
 public:
  // Called with the epoll event bits. The descriptor may be removed, and the handler destroyed, inside its own call.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void on_events(std::uint32_t events) noexcept = 0;
    virtual void on_turn_end() noexcept {}  // asked for with at_end_of_turn(Watcher&)
    virtual void on_wake() noexcept {}      // asked for with wake_after()
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void add(int fd, std::uint32_t events, Watcher& watcher) noexcept;
  void change(int fd, std::uint32_t events, Watcher& watcher) noexcept;
  void remove(int fd, Watcher& watcher) noexcept;  // events of this turn for this watcher are dropped

  // Runs once, after all events of the current turn were handed out (or at the start of the next when called outside).
  // What is asked for while such tasks run comes at the start of the next turn, which then does not wait.
  void at_end_of_turn(std::function<void()> task);
  // Runs once, not before `delay` from now.
  void after(Nanos delay, std::function<void()> task);

  // The same without an allocation, and revocable: on_turn_end() and on_wake(). A watcher has one wake; asking again
  // replaces it. forget() revokes everything asked for and this turn's events; for destructors.
  void at_end_of_turn(Watcher& watcher);
  void wake_after(Nanos delay, Watcher& watcher);
  void cancel_wake(Watcher& watcher) noexcept;
  void forget(Watcher& watcher) noexcept;

  // Runs until stop() (one that came before run() counts); also returns when `until()` answers true, asked once a turn
  // (at least every 100 ms).
  void run(const std::function<bool()>& until);
  void stop() noexcept;

  // For whoever has a loop of their own around this one: turn() is one turn, which waits up to `longest` for events;
  // descriptor() is readable when there are events; due_in() is the time to the next timer (zero when a task waits).
  void turn(Nanos longest);
  [[nodiscard]] int descriptor() const noexcept;
  // It and the one that stop() writes to: what a thread with a table of its own has to keep of a loop made before.
  [[nodiscard]] std::array<int, 2> descriptors() const noexcept;
  [[nodiscard]] Nanos due_in(Nanos at_most) const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hotlap::targets
