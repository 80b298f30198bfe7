#include "targets/stores/tuple/link.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/system_calls.h"

namespace hotlap::targets {
namespace {

using iproto::code::kLinkFailed;

constexpr std::uint64_t kSlotBits = 10;  // of a sync: the rest counts submissions
static_assert(AsyncLink::kMaxInFlight <= std::size_t{1} << kSlotBits);
constexpr std::uint64_t kAuthSync = 0;  // submissions count from 1, so no operation has it
// Deadlines are checked in ticks, so that an operation costs no clock reading and no timer.
constexpr std::uint64_t kTicksPerTimeout = 4;

StoreError link_error(const TupleStoreOptions& options, std::string_view what) {
  return {kLinkFailed, fmt::format("tuple store {}: {}", options.address.text(), what)};
}

}  // namespace

AsyncLink::~AsyncLink() {
  close();
}

void AsyncLink::carry_out(const Operation& operation, Completion done) {
  if (state_ == State::closed) {
    if (backoff_.holds(monotonic_now())) return done(std::unexpected(last_error_));
    connect();
    if (state_ == State::closed) return done(std::unexpected(last_error_));
  }
  if (state_ == State::ready && in_flight_ < kMaxInFlight && waiting_.empty())
    start(operation, std::move(done));
  else if (waiting_.size() >= kMaxWaiting)
    done(std::unexpected(link_error(options_, fmt::format("{} operations wait already", kMaxWaiting))));
  else
    waiting_.emplace_back(operation, std::move(done));
}

void AsyncLink::connect() {
  if (state_ != State::closed || backoff_.holds(monotonic_now())) return;
  ++connection_;
  auto socket = start_connect(options_.address);
  if (!socket) {
    last_error_ = {kLinkFailed, std::move(socket.error().message)};
    backoff_.failed(monotonic_now());
    return;
  }
  socket_ = std::move(*socket);
  state_ = State::connecting;
  watched_ = EPOLLOUT;
  loop_.add(socket_.get(), watched_, *this);
  loop_.wake_after(options_.timeout, *this);
}

void AsyncLink::close() noexcept {
  drop_connection();
  slots_.clear();
  free_slots_.clear();
  in_flight_ = 0;
  waiting_.clear();
}

void AsyncLink::drop_connection() noexcept {
  ++connection_;
  if (socket_) loop_.remove(socket_.get(), *this);
  loop_.forget(*this);
  socket_.reset();
  state_ = State::closed;
  input_.clear();
  output_.clear();
  written_ = 0;
  flush_wanted_ = false;
  tick_wanted_ = false;
}

void AsyncLink::fail_all(StoreError error) {
  drop_connection();
  last_error_ = std::move(error);
  backoff_.failed(monotonic_now());
  // Completions may submit again; what they add is no longer ours to fail.
  auto slots = std::exchange(slots_, {});
  auto waiting = std::exchange(waiting_, {});
  free_slots_.clear();
  in_flight_ = 0;
  const auto told = last_error_;
  for (auto& slot : slots)
    if (slot.done) slot.done(std::unexpected(told));
  for (auto& operation : waiting) operation.done(std::unexpected(told));
}

void AsyncLink::on_wake() noexcept {
  if (state_ != State::ready)
    return fail_all(link_error(
        options_, "no greeting or no answer to the authentication within " + format_duration(options_.timeout)));
  tick_wanted_ = false;
  ++ticks_;
  for (const auto& slot : slots_)
    if (slot.done && ticks_ - slot.tick > kTicksPerTimeout)
      return fail_all(link_error(options_, "no answer within " + format_duration(options_.timeout)));
  if (has_unanswered()) want_tick();
}

// An operation is given up in the tick after its timeout: it was sent at some time within the tick that it carries.
void AsyncLink::want_tick() {
  if (std::exchange(tick_wanted_, true)) return;
  loop_.wake_after(options_.timeout / kTicksPerTimeout, *this);
}

void AsyncLink::on_events(std::uint32_t events) noexcept {
  const auto connection = connection_;
  if (state_ == State::connecting) {
    if (const int error = pending_error(socket_))
      return fail_all({kLinkFailed, system_message("connect to " + options_.address.text(), error)});
    state_ = State::greeting;
    watch(EPOLLIN);
    return;
  }
  if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive();
  if (connection == connection_ && events & EPOLLOUT) flush();
}

void AsyncLink::receive() {
  const auto count = input_.receive(socket_);
  if (count > 0) return decode();
  if (count == 0) return fail_all(link_error(options_, "the server closed the connection"));
  if (errno != EAGAIN && errno != EINTR) fail_all(link_error(options_, system_message("read", errno)));
}

void AsyncLink::decode() {
  if (state_ == State::greeting) greet();
  const auto connection = connection_;
  while (state_ == State::authenticating || state_ == State::ready) {
    auto response = iproto::read_response(input_.bytes());
    if (response.parsed == iproto::Parsed::need_more) return;
    if (response.parsed == iproto::Parsed::bad) return fail_all(link_error(options_, response.why));
    input_.take(response.bytes);
    if (state_ == State::ready) {
      answer(response);
      if (connection != connection_) return;  // a completion ended this connection
    } else if (response.outcome) {
      become_ready();
    } else {
      return fail_all(std::move(response.outcome.error()));
    }
  }
}

void AsyncLink::greet() {
  if (input_.bytes().size() < iproto::kGreetingBytes) return;
  const auto greeting = iproto::parse_greeting(input_.bytes().substr(0, iproto::kGreetingBytes));
  if (!greeting) return fail_all(link_error(options_, greeting.error().message));
  input_.take(iproto::kGreetingBytes);
  if (options_.user.empty()) return become_ready();
  state_ = State::authenticating;
  iproto::append_auth(output_, options_.user, iproto::scramble_password(options_.password, greeting->salt), kAuthSync);
  want_flush();
}

void AsyncLink::become_ready() {
  state_ = State::ready;
  backoff_.succeeded();
  loop_.cancel_wake(*this);
  start_waiting();
}

void AsyncLink::answer(iproto::Response& response) {
  const auto slot = static_cast<std::size_t>(response.sync & ((1ULL << kSlotBits) - 1));
  if (slot >= slots_.size() || !slots_[slot].done || slots_[slot].sync != response.sync)
    return fail_all(link_error(options_, fmt::format("an answer came to sync {}, which nobody asked", response.sync)));
  auto done = std::exchange(slots_[slot].done, {});
  free_slots_.push_back(static_cast<std::uint32_t>(slot));
  --in_flight_;
  start_waiting();
  done(std::move(response.outcome));
}

void AsyncLink::start(const Operation& operation, Completion done) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = {.sync = ++submitted_ << kSlotBits | slot, .tick = ticks_, .done = std::move(done)};
  ++in_flight_;
  iproto::append_operation(output_, operation, slots_[slot].sync);
  want_flush();
  want_tick();
}

void AsyncLink::start_waiting() {
  while (!waiting_.empty() && in_flight_ < kMaxInFlight) {
    start(waiting_.front().operation, std::move(waiting_.front().done));
    waiting_.pop_front();
  }
}

void AsyncLink::want_flush() {
  if (flush_wanted_) return;
  flush_wanted_ = true;
  loop_.at_end_of_turn(*this);
}

void AsyncLink::on_turn_end() noexcept {
  flush_wanted_ = false;
  flush();
}

void AsyncLink::flush() {
  while (written_ < output_.size()) {
    const auto count = ::send(socket_.get(), output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
    count_system_call();
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return watch(EPOLLIN | EPOLLOUT);
    if (count < 0) return fail_all(link_error(options_, system_message("write", errno)));
    written_ += static_cast<std::size_t>(count);
  }
  output_.clear();
  written_ = 0;
  watch(EPOLLIN);
}

void AsyncLink::watch(std::uint32_t events) {
  if (events == watched_) return;
  watched_ = events;
  loop_.change(socket_.get(), events, *this);
}

}  // namespace hotlap::targets
