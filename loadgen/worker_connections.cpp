// The life of a worker's connections: connect, end, back off, connect again. Off the hot path.
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "loadgen/worker.h"

namespace hotlap::loadgen {
namespace {

std::string_view connect_kind(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "connect_refused";
    case ETIMEDOUT:
      return "connect_timeout";
    default:
      return "connect_failed";
  }
}

}  // namespace

void Worker::connect_all() {
  const Instant begin = monotonic_now();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) open_connection(slot, begin);
  while (connecting_now_ > 0) {
    const Instant now = monotonic_now();
    if (now >= begin + spec_.timeout) break;
    for (const auto& event : transport_->wait(now, begin + spec_.timeout)) handle(event);
  }
  tick(monotonic_now());  // what has not connected by now has timed out
  running_ = true;
}

void Worker::open_connection(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  auto socket = start_connect(address_);
  if (!socket) {
    const auto kind = connect_kind(errno);
    fail_connection(slot, now, kind, socket.error().message);
    return;
  }
  connection.socket = std::move(*socket);
  connection.state = State::connecting;
  connection.wake_at = now + spec_.timeout;
  connection.framer.reset();
  ++connecting_now_;
  transport_->watch(connection.socket, slot, EpollTransport::Interest::write);
}

void Worker::on_connected(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  if (const int error = pending_error(connection.socket)) {
    fail_connection(slot, now, connect_kind(error), system_message("connect to " + address_.text(), error));
    return;
  }
  --connecting_now_;
  connection.state = State::open;
  connection.wants_write = false;
  connection.unsent_bytes = 0;
  transport_->change(connection.socket, slot, EpollTransport::Interest::read);
  tally_.established = std::max(tally_.established, ++open_now_);
  if (running_) ask_again(slot, now);
}

// Ends a connection; what was in flight on it is lost: timed out where its deadline is over, failed otherwise.
void Worker::close_connection(std::uint32_t slot, Instant now, std::string_view kind_of_lost) {
  auto& connection = connections_[slot];
  std::uint64_t lost = 0;
  std::uint64_t late_requests = 0;
  while (!connection.in_flight.empty()) {
    const auto batch = connection.in_flight.pop(std::numeric_limits<std::uint32_t>::max());
    const bool late = now - batch.sent >= spec_.timeout;
    (late ? tally_.total.timed_out : tally_.total.failed) += batch.requests;
    if (in_window(batch.intended)) (late ? tally_.requests.timed_out : tally_.requests.failed) += batch.requests;
    in_flight_now_ -= batch.requests;
    (late ? late_requests : lost) += batch.requests;
  }
  if (late_requests > 0)
    tally_.error("timeout", late_requests,
                 [&] { return fmt::format("no whole response within {}", format_duration(spec_.timeout)); });
  if (lost > 0 && !kind_of_lost.empty())
    tally_.error(kind_of_lost, lost, [&] { return fmt::format("{} requests in flight on one connection", lost); });
  if (connection.state == State::open) --open_now_;
  if (connection.state == State::connecting) --connecting_now_;
  connection.socket.reset();
  connection.framer.reset();
  connection.state = State::sleeping;
  connection.unsent_bytes = 0;
}

void Worker::fail_connection(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first) {
  auto& connection = connections_[slot];
  if (!running_ || now < window_end()) tally_.error(kind, 1, [&] { return printable(first); });
  close_connection(slot, now, {});
  const int exponent = std::min(connection.failures_in_a_row++, 8);
  connection.wake_at = now + std::chrono::milliseconds(1) * (1 << exponent);  // at most 256 ms apart
}

// The peer ended the connection with an answer: the next one starts at once, without a backoff.
void Worker::close_after_response(std::uint32_t slot, Instant now) {
  close_connection(slot, now, "closed_after_response");
  connections_[slot].wake_at = now;
  reopen(slot, now);
}

void Worker::reopen(std::uint32_t slot, Instant now) {
  if (!running_ || now >= window_end()) return;
  ++tally_.reconnects;
  open_connection(slot, now);
}

// Deadlines and connections that wait for their next attempt.
void Worker::tick(Instant now) {
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) {
    auto& connection = connections_[slot];
    if (connection.state == State::connecting && now >= connection.wake_at) {
      fail_connection(
          slot, now, "connect_timeout",
          fmt::format("connect to {}: no answer within {}", address_.text(), format_duration(spec_.timeout)));
    } else if (connection.state == State::open && !connection.in_flight.empty() &&
               now - connection.in_flight.oldest().sent >= spec_.timeout) {
      close_connection(slot, now, "cut_off_by_timeout");
      connection.wake_at = now;
    }
    if (connection.state == State::sleeping && now >= connection.wake_at) reopen(slot, now);
  }
}

}  // namespace hotlap::loadgen
