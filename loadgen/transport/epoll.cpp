#include "loadgen/transport/epoll.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/system_calls.h"

namespace hotlap::loadgen {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// What a thread may have to do between two waits, with room to spare: an alarm that rings meanwhile is only in its way.
constexpr Nanos kWork = std::chrono::microseconds(50);
constexpr std::uint64_t kAlarm = ~std::uint64_t{0} - 1;  // the first one's name; no connections have these

std::uint64_t name_of(std::uint32_t slot, std::uint32_t life) {
  return static_cast<std::uint64_t>(life) << 32 | slot;
}

}  // namespace

Result<std::unique_ptr<Transport>> EpollTransport::create(std::uint32_t slots, Waiting waiting) {
  auto watch = Watch::open();
  if (!watch) return std::unexpected(watch.error());
  return std::unique_ptr<Transport>(new EpollTransport(std::move(*watch), slots, waiting));
}

Result<EpollTransport::Watch> EpollTransport::Watch::open() {
  Watch watch{.epoll = Fd(::epoll_create1(EPOLL_CLOEXEC)), .timers = {}};
  if (!watch.epoll) return fail_errno("opening what a load thread waits on");
  for (std::uint64_t which = 0; which < watch.timers.size(); ++which) {
    auto& timer = watch.timers[which];
    timer = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer) return fail_errno("opening a timer for a load thread");
    epoll_event event{EPOLLIN | EPOLLET, {.u64 = kAlarm + which}};
    count_system_call();
    if (::epoll_ctl(watch.epoll.get(), EPOLL_CTL_ADD, timer.get(), &event) != 0) return fail_errno("epoll_ctl");
  }
  return watch;
}

EpollTransport::EpollTransport(Watch watch, std::uint32_t slots, Waiting waiting)
    : epoll_(std::move(watch.epoll)), margin_(waiting), connections_(slots), buffer_(kBufferBytes) {
  for (std::size_t which = 0; which < alarms_.size(); ++which) alarms_[which].timer = std::move(watch.timers[which]);
}

void EpollTransport::watch(std::uint32_t slot, int operation, std::uint32_t interest) noexcept {
  const auto& connection = connections_[slot];
  epoll_event event{interest, {.u64 = name_of(slot, connection.life)}};
  count_system_call();
  check(::epoll_ctl(epoll_.get(), operation, connection.socket.get(), &event) == 0, "an open socket can be watched");
}

void EpollTransport::connect(std::uint32_t slot, const Address& to, const Address* from) {
  auto& connection = connections_[slot];
  ++connection.life;
  auto socket = start_connect(to, from);
  if (!socket) {
    failures_.push_back({.slot = slot, .life = connection.life, .error = errno, .connecting = true});
    return;
  }
  connection.socket = std::move(*socket);
  connection.can_skip = to.family() != AF_UNIX;
  connection.state = State::connecting;
  watch(slot, EPOLL_CTL_ADD, EPOLLOUT);
}

Transport::Sent EpollTransport::send(std::uint32_t slot, std::string_view bytes) {
  auto& connection = connections_[slot];
  const auto written = write(slot, bytes);
  if (written == static_cast<ssize_t>(bytes.size())) return Sent::all;
  if (written < 0 && errno != EAGAIN && errno != EINTR) {
    failures_.push_back({.slot = slot, .life = connection.life, .error = errno, .connecting = false});
    return Sent::pending;
  }
  connection.pending = bytes.substr(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  watch(slot, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  return Sent::pending;
}

void EpollTransport::skip(std::uint32_t slot, std::uint64_t bytes) noexcept {
  auto& connection = connections_[slot];
  if (!connection.can_skip) return;
  connection.skipping.start(bytes);
}

void EpollTransport::close(std::uint32_t slot) noexcept {
  auto& connection = connections_[slot];
  connection.socket.reset();  // ends the watch too
  connection.state = State::closed;
  connection.pending = {};
  connection.skipping = {};
}

void EpollTransport::wait(Instant until, Events& events) {
  const bool told = !failures_.empty();
  deliver_failures(events);
  Instant now = monotonic_now();
  const bool sleep = !told && margin_.sleep(until - now) > Nanos::zero();
  const Alarm* alarm = sleep ? &set_alarms(until) : nullptr;
  auto count = poll(sleep);
  while (count == 0) {
    const Instant before = std::exchange(now, monotonic_now());
    if (alarm == nullptr) {
      polled_ += now - before;
    } else if (alarm->wakes_for) {  // that was the other one, set for what is no longer to come
      count = poll(true);
      continue;
    } else {
      margin_.learn(now - std::exchange(alarm, nullptr)->at);
    }
    if (told || !margin_.may_poll(until - now)) break;
    count = poll(false);
  }
  for (std::ptrdiff_t i = 0; i < count; ++i) handle(events_[static_cast<std::size_t>(i)], events);
}

// How many events of connections there are.
std::ptrdiff_t EpollTransport::poll(bool sleep) noexcept {
  count_system_call();
  const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), sleep ? -1 : 0);
  const auto end = events_.begin() + std::max(count, 0);
  return std::remove_if(events_.begin(), end, [&](const auto& event) { return take_alarm(event); }) - events_.begin();
}

bool EpollTransport::take_alarm(const epoll_event& event) noexcept {
  const auto which = event.data.u64 - kAlarm;
  if (which >= alarms_.size()) return false;
  alarms_[which].wakes_for.reset();
  return true;
}

EpollTransport::Alarm& EpollTransport::set_alarms(Instant until) noexcept {
  const Instant next = std::exchange(foreseen_, Instant{});
  auto& alarm = set_alarm(until, next);
  if (next - until > margin_.margin() + kWork) set_alarm(next, until);
  return alarm;
}

// That for `other` stays as it is.
EpollTransport::Alarm& EpollTransport::set_alarm(Instant until, Instant other) noexcept {
  for (auto& alarm : alarms_)
    if (alarm.wakes_for == until) return alarm;
  auto& alarm = alarms_[alarms_[0].wakes_for == other ? 1 : 0];
  alarm.at = until + -margin_.margin();
  alarm.wakes_for = until;
  const itimerspec time{.it_interval = {}, .it_value = {alarm.at.ns / 1'000'000'000, alarm.at.ns % 1'000'000'000}};
  count_system_call();
  check(::timerfd_settime(alarm.timer.get(), TFD_TIMER_ABSTIME, &time, nullptr) == 0, "an open timer can be set");
  return alarm;
}

void EpollTransport::handle(const epoll_event& event, Events& events) {
  const auto slot = static_cast<std::uint32_t>(event.data.u64);
  auto& connection = connections_[slot];
  if (connection.state == State::closed || event.data.u64 != name_of(slot, connection.life)) return;
  if (connection.state == State::connecting) {
    if (const int error = pending_error(connection.socket)) return events.on_connected(slot, error, monotonic_now());
    connection.state = State::opening;
  }
  if (connection.state == State::opening) return go_on_opening(slot, events);
  const auto life = connection.life;
  if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(slot, events);
  if ((event.events & EPOLLOUT) && connection.life == life && connection.state == State::open)
    send_pending(slot, events);
}

void EpollTransport::go_on_opening(std::uint32_t slot, Events& events) {
  const auto opening = open(slot);
  if (opening == Opening::failed) return events.on_connected(slot, errno, monotonic_now());
  watch(slot, EPOLL_CTL_MOD, opening == Opening::wants_write ? EPOLLOUT : EPOLLIN);
  if (opening != Opening::done) return;
  connections_[slot].state = State::open;
  events.on_connected(slot, 0, monotonic_now());
}

ssize_t EpollTransport::write(std::uint32_t slot, std::string_view bytes) noexcept {
  return send_some(connections_[slot].socket, bytes);
}

ssize_t EpollTransport::read(std::uint32_t slot, std::span<char> into) noexcept {
  return receive_some(connections_[slot].socket, into.data(), into.size());
}

void EpollTransport::receive(std::uint32_t slot, Events& events) {
  auto& connection = connections_[slot];
  const bool skipping = connection.skipping.active();
  // With MSG_TRUNC, TCP drops the bytes instead of copying them (tcp(7)).
  const auto count = skipping ? receive_some(connection.socket, nullptr, connection.skipping.most_at_once(), MSG_TRUNC)
                              : read(slot, buffer_);
  const int error = errno;
  if (count < 0 && (error == EAGAIN || error == EINTR)) return;
  const Instant now = monotonic_now();
  if (count > 0 && skipping) {
    connection.skipping.passed(static_cast<std::uint64_t>(count));
    events.on_skipped(slot, static_cast<std::uint64_t>(count), now);
  } else if (count > 0)
    events.on_received(slot, {buffer_.data(), static_cast<std::size_t>(count)}, now);
  else
    events.on_ended(slot, count == 0 ? 0 : error, false, now);
}

void EpollTransport::send_pending(std::uint32_t slot, Events& events) {
  auto& connection = connections_[slot];
  if (connection.pending.empty()) return;
  const auto written = write(slot, connection.pending);
  if (written < 0) {
    if (errno != EAGAIN && errno != EINTR) events.on_ended(slot, errno, true, monotonic_now());
    return;
  }
  connection.pending.remove_prefix(static_cast<std::size_t>(written));
  if (!connection.pending.empty()) return;
  watch(slot, EPOLL_CTL_MOD, EPOLLIN);
  events.on_sent(slot, monotonic_now());
}

void EpollTransport::deliver_failures(Events& events) {
  for (std::size_t told = 0; told < failures_.size();) {  // a handler may add more: they are told too
    const Failure failure = failures_[told++];
    if (connections_[failure.slot].life != failure.life) continue;
    if (failure.connecting)
      events.on_connected(failure.slot, failure.error, monotonic_now());
    else if (connections_[failure.slot].state == State::open)
      events.on_ended(failure.slot, failure.error, true, monotonic_now());
  }
  failures_.clear();
}

}  // namespace hotlap::loadgen
