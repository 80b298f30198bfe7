#include "targets/loop/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/system_calls.h"

namespace hotlap::targets {
namespace {

constexpr int kEventsPerTurn = 256;
constexpr Nanos kLongestWait = std::chrono::milliseconds(100);

using Task = std::variant<EventLoop::Watcher*, std::function<void()>>;

}  // namespace

struct EventLoop::State {
  Fd epoll;
  Fd wake;  // readable after stop()
  std::atomic<bool> stopping = false;
  std::array<epoll_event, kEventsPerTurn> events{};
  std::span<epoll_event> handing_out;  // events of this turn that no watcher has seen yet
  std::vector<Task> turn_end;
  std::multimap<Instant, Task> timers;
  std::unordered_map<Watcher*, std::multimap<Instant, Task>::iterator> wakes;
  Instant now{};  // when timers were last looked at or set

  void control(int operation, int fd, std::uint32_t interest, Watcher* watcher) const noexcept {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = watcher;
    count_system_call();
    check(::epoll_ctl(epoll.get(), operation, fd, &event) == 0, "epoll watches only open descriptors, each once");
  }

  void drop_events(const Watcher& watcher) noexcept {
    for (auto& event : handing_out)
      if (event.data.ptr == &watcher) event.data.ptr = nullptr;
  }

  void run_turn_end() {
    const auto tasks = turn_end.size();
    for (std::size_t task = 0; task < tasks; ++task) {
      const auto current = std::exchange(turn_end[task], static_cast<Watcher*>(nullptr));
      if (const auto* function = std::get_if<std::function<void()>>(&current))
        (*function)();
      else if (auto* watcher = std::get<Watcher*>(current))
        watcher->on_turn_end();
    }
    turn_end.erase(turn_end.begin(), turn_end.begin() + static_cast<std::ptrdiff_t>(tasks));
  }

  void run_timers() {
    if (timers.empty()) return;
    now = monotonic_now();
    while (!timers.empty() && timers.begin()->first <= now) {
      const auto due = timers.extract(timers.begin());
      if (const auto* function = std::get_if<std::function<void()>>(&due.mapped())) {
        (*function)();
      } else {
        auto* watcher = std::get<Watcher*>(due.mapped());
        wakes.erase(watcher);
        watcher->on_wake();
      }
    }
  }

  [[nodiscard]] Nanos due_in(Nanos longest, Instant from) const noexcept {
    if (!turn_end.empty()) return Nanos::zero();
    return timers.empty() ? longest : std::clamp(timers.begin()->first - from, Nanos::zero(), longest);
  }

  // `now` is as old as the last turn's work: a timer may be late by that, and the clock is read once a turn.
  void hand_out_events(Nanos longest) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(due_in(longest, now)).count();
    const int count = ::epoll_wait(epoll.get(), events.data(), kEventsPerTurn, static_cast<int>(wait));
    count_system_call();
    check(count >= 0 || errno == EINTR, "epoll_wait fails only when interrupted");
    handing_out = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
    while (!handing_out.empty()) {
      const auto event = handing_out.front();
      handing_out = handing_out.subspan(1);
      if (event.data.ptr == this) {
        std::uint64_t told = 0;
        (void)!::read(wake.get(), &told, sizeof told);
        count_system_call();
      } else if (event.data.ptr) {
        static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
      }
    }
  }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {
  state_->epoll = Fd(::epoll_create1(EPOLL_CLOEXEC));
  state_->wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  check(state_->epoll && state_->wake, "an event loop needs two descriptors; raise the limit with 'ulimit -n'");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = state_.get();
  check(::epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, state_->wake.get(), &event) == 0, "epoll takes an eventfd");
}

EventLoop::~EventLoop() = default;

void EventLoop::add(int fd, std::uint32_t events, Watcher& watcher) noexcept {
  state_->control(EPOLL_CTL_ADD, fd, events, &watcher);
}

void EventLoop::change(int fd, std::uint32_t events, Watcher& watcher) noexcept {
  state_->control(EPOLL_CTL_MOD, fd, events, &watcher);
}

void EventLoop::remove(int fd, Watcher& watcher) noexcept {
  state_->control(EPOLL_CTL_DEL, fd, 0, &watcher);
  state_->drop_events(watcher);
}

void EventLoop::at_end_of_turn(std::function<void()> task) {
  state_->turn_end.emplace_back(std::move(task));
}

void EventLoop::after(Nanos delay, std::function<void()> task) {
  state_->timers.emplace((state_->now = monotonic_now()) + delay, std::move(task));
}

void EventLoop::at_end_of_turn(Watcher& watcher) {
  state_->turn_end.emplace_back(&watcher);
}

void EventLoop::wake_after(Nanos delay, Watcher& watcher) {
  cancel_wake(watcher);
  state_->wakes[&watcher] = state_->timers.emplace((state_->now = monotonic_now()) + delay, &watcher);
}

void EventLoop::cancel_wake(Watcher& watcher) noexcept {
  const auto found = state_->wakes.find(&watcher);
  if (found == state_->wakes.end()) return;
  state_->timers.erase(found->second);
  state_->wakes.erase(found);
}

void EventLoop::forget(Watcher& watcher) noexcept {
  cancel_wake(watcher);
  state_->drop_events(watcher);
  for (auto& task : state_->turn_end)
    if (auto* asked = std::get_if<Watcher*>(&task); asked && *asked == &watcher) *asked = nullptr;
}

void EventLoop::run(const std::function<bool()>& until) {
  state_->run_turn_end();
  while (!state_->stopping.load(std::memory_order_relaxed) || !state_->stopping.exchange(false)) {
    if (until && until()) return;
    turn(kLongestWait);
  }
}

void EventLoop::turn(Nanos longest) {
  state_->hand_out_events(longest);
  state_->run_timers();
  state_->run_turn_end();
}

int EventLoop::descriptor() const noexcept {
  return state_->epoll.get();
}

std::array<int, 2> EventLoop::descriptors() const noexcept {
  return {state_->epoll.get(), state_->wake.get()};
}

Nanos EventLoop::due_in(Nanos at_most) const noexcept {
  return state_->due_in(at_most, state_->timers.empty() ? Instant{} : monotonic_now());
}

void EventLoop::stop() noexcept {
  state_->stopping = true;
  const std::uint64_t one = 1;
  (void)!::write(state_->wake.get(), &one, sizeof one);
  count_system_call();
}

}  // namespace hotlap::targets
