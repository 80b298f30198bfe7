#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>

#include "base/system_calls.h"
#include "targets/stores/tuple/link.h"

namespace hotlap::targets {
namespace {

// A link that was used a moment ago needs no look whether its server still stands.
constexpr Nanos kFresh = std::chrono::milliseconds(1);

timeval as_timeval(Nanos duration) {
  const auto us = std::max<std::int64_t>(1, duration.count() / 1000);
  return {.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
}

}  // namespace

void BlockingLink::close() noexcept {
  socket_.reset();
  input_.clear();
}

std::unexpected<StoreError> BlockingLink::broken(std::string message) {
  close();
  backoff_.failed(monotonic_now());
  last_error_ = {iproto::code::kLinkFailed, fmt::format("tuple store {}: {}", options_.address.text(), message)};
  return std::unexpected(last_error_);
}

std::expected<void, StoreError> BlockingLink::receive() {
  while (true) {
    // Each read waits no longer than the timeout; a server that sends byte by byte gains nothing by it.
    if (monotonic_now() >= deadline_) return broken("no answer within " + format_duration(options_.timeout));
    const auto count = input_.receive(socket_);
    if (count > 0) return {};
    if (count == 0) return broken("the server closed the connection");
    if (errno == EAGAIN) return broken("no answer within " + format_duration(options_.timeout));
    if (errno != EINTR) return broken(system_message("read", errno));
  }
}

std::expected<void, StoreError> BlockingLink::connect() {
  if (backoff_.holds(monotonic_now())) return std::unexpected(last_error_);
  auto socket = connect_tcp(options_.address, options_.timeout);
  if (!socket) return broken(socket.error().message);
  socket_ = std::move(*socket);
  const auto limit = as_timeval(options_.timeout);
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket_.get(), SOL_SOCKET, option, &limit, sizeof limit);
  count_system_calls(2);
  while (input_.bytes().size() < iproto::kGreetingBytes)
    if (auto received = receive(); !received) return received;
  const auto greeting = iproto::parse_greeting(input_.bytes().substr(0, iproto::kGreetingBytes));
  if (!greeting) return broken(greeting.error().message);
  input_.take(iproto::kGreetingBytes);
  if (!options_.user.empty()) {
    output_.clear();
    iproto::append_auth(output_, options_.user, iproto::scramble_password(options_.password, greeting->salt), ++sync_);
    if (auto answer = exchange(sync_); !answer) {
      const auto& refused = answer.error();
      if (socket_) (void)broken(refused.message);
      last_error_ = refused;
      return std::unexpected(refused);
    }
  }
  backoff_.succeeded();
  return {};
}

Outcome BlockingLink::exchange(std::uint64_t sync) {
  if (auto written = write_all(socket_, output_); !written) return broken(written.error().message);
  while (true) {
    auto response = iproto::read_response(input_.bytes());
    if (response.parsed == iproto::Parsed::bad) return broken(response.why);
    if (response.parsed == iproto::Parsed::need_more) {
      if (auto received = receive(); !received) return std::unexpected(received.error());
      continue;
    }
    input_.take(response.bytes);
    if (response.sync != sync)
      return broken(fmt::format("an answer came to sync {}, but {} was asked", response.sync, sync));
    return std::move(response.outcome);
  }
}

// A server that ended while the link lay idle has failed nothing yet: connect again instead of failing the next page.
void BlockingLink::drop_if_ended() noexcept {
  char byte = 0;
  const auto count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  count_system_call();
  if (count >= 0 || (errno != EAGAIN && errno != EINTR)) close();  // bytes that nobody asked for are no better
}

Outcome BlockingLink::execute(const Operation& operation) {
  const Instant now = monotonic_now();
  deadline_ = now + options_.timeout;
  if (socket_ && now - last_used_ > kFresh) drop_if_ended();
  if (!socket_)
    if (auto connected = connect(); !connected) return std::unexpected(connected.error());
  output_.clear();
  iproto::append_operation(output_, operation, ++sync_);
  auto outcome = exchange(sync_);
  last_used_ = monotonic_now();
  return outcome;
}

}  // namespace hotlap::targets
