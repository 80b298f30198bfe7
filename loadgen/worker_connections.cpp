// The life of a worker's connections: connect, end, back off, connect again. Off the hot path.
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "loadgen/worker.h"

namespace hotlap::loadgen {
namespace {

constexpr Nanos kMomentToSpeak = std::chrono::milliseconds(5);

std::string_view connect_kind(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "connect_refused";
    case ETIMEDOUT:
      return "connect_timeout";
    case EADDRNOTAVAIL:
      return "no_free_port";
    case EPROTO:
      return "tls_failed";
    default:
      return "connect_failed";
  }
}

std::string_view end_kind(int error, bool writing) {
  if (error == ECONNRESET || error == EPIPE) return "reset";
  if (error == EPROTO) return "tls_failed";
  return writing ? "write_failed" : "read_failed";
}

}  // namespace

void Worker::connect_all() {
  const Instant begin = transport_.now();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) open_connection(slot, begin);
  const Instant give_up = begin + spec_.timeout;
  while (connecting_now_ > 0 && transport_.now() < give_up) transport_.wait(give_up, *this);
  const Instant now = transport_.now();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot)  // what has not connected by now has timed out
    if (connections_[slot].state == State::connecting) look(slot, std::max(now, connections_[slot].wake_at));
  running_ = true;
}

std::optional<Nanos> Worker::since_window_start(Instant now) const noexcept {
  return running_ ? std::optional(now - window_start_) : std::nullopt;
}

void Worker::open_connection(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  connection.state = State::connecting;
  connection.since = now;
  connection.sent_on_it = 0;
  connection.framer.reset();
  ++connecting_now_;
  wake(slot, now + spec_.timeout);
  // Numbered over all workers, so that the addresses take turns however few connections each worker has.
  const auto number = static_cast<std::size_t>(slot) * static_cast<std::size_t>(place_.workers) +
                      static_cast<std::size_t>(place_.index);
  const Address* from = sources_.empty() ? nullptr : &sources_[number % sources_.size()];
  transport_.connect(slot, address_, from);
}

std::string Worker::why(std::uint32_t slot, std::string_view action, int error) const {
  const auto reason = error == EPROTO ? transport_.reason(slot) : std::string();
  return reason.empty() ? system_message(action, error) : fmt::format("{}: TLS: {}", action, reason);
}

void Worker::on_connected(std::uint32_t slot, int error, Instant now) {
  auto& connection = connections_[slot];
  if (error != 0) {
    fail_connection(slot, now, connect_kind(error), why(slot, "connect to " + address_.text(), error));
    return;
  }
  --connecting_now_;
  connection.state = State::open;
  connection.pending = false;
  wheel_.remove(slot);
  tally_.connect_time.record(now - connection.since);
  tally_.established = std::max(tally_.established, ++open_now_);
  if (connection.speaks_unasked) {
    connection.resting = true;
    wake(slot, now + kMomentToSpeak);
  } else if (running_) {
    ask_again(slot, now);
  }
}

void Worker::on_ended(std::uint32_t slot, int error, bool writing, Instant now) {
  auto& connection = connections_[slot];
  const bool in_response = connection.framer.in_response();
  const bool asked = !connection.in_flight.empty();
  if (error != 0) {
    fail_connection(slot, now, end_kind(error, writing), why(slot, writing ? "write" : "read", error));
    return;
  }
  if (asked) {
    const auto kind = connection.in_flight.oldest().kind;
    if (const auto last = connection.framer.end_of_stream(source_.kinds()[kind])) {
      if (judge_.collect)
        source_.on_response(slot, kind, last->status, connection.framer.head(), connection.framer.body());
      settle(connection, 1, *last, now, {});
      close_and_reopen(slot, now, "closed_after_response");
      return;
    }
  }
  fail_connection(slot, now,
                  in_response ? "eof_midresponse"
                  : asked     ? "eof_before_response"
                              : "eof_idle",
                  fmt::format("the peer closed with {} requests in flight", connection.in_flight.requests()));
}

// Ends a connection; what was in flight on it is lost: timed out where its deadline is over, failed otherwise.
void Worker::close_connection(std::uint32_t slot, Instant now, std::string_view kind_of_lost) {
  auto& connection = connections_[slot];
  std::uint64_t behind = connection.in_flight.requests();
  bool begun = connection.framer.in_response();  // the oldest's response
  while (!connection.in_flight.empty()) {
    const auto batch = connection.in_flight.pop(begun ? 1 : std::numeric_limits<std::uint32_t>::max());
    const Nanos waited = now - batch.sent;
    const bool whole_late = waited >= spec_.timeout;
    const bool first_byte_late =
        !begun && spec_.first_byte_timeout > Nanos::zero() && waited >= spec_.first_byte_timeout;
    const bool late = whole_late || first_byte_late;
    begun = false;
    (late ? tally_.total.timed_out : tally_.total.failed) += batch.requests;
    in_flight_now_ -= batch.requests;
    if (batch.counted) {
      if (late)
        tally_.timed_out(batch.kind, batch.requests, waited, now - batch.intended);
      else
        tally_.failed(batch.kind, batch.requests);
    }
    const std::string_view kind = whole_late ? "timeout" : first_byte_late ? "first_byte_timeout" : kind_of_lost;
    if (kind.empty()) continue;
    tally_
        .error(kind, batch.requests, since_window_start(now),
               [&] {
                 if (whole_late) return fmt::format("no whole response within {}", format_duration(spec_.timeout));
                 if (first_byte_late)
                   return fmt::format("no byte of the response within {}", format_duration(spec_.first_byte_timeout));
                 return fmt::format("{} requests in flight on one connection", behind);
               })
        .after.record(waited, batch.requests);
  }
  if (connection.state == State::open) --open_now_;
  if (connection.state == State::connecting) --connecting_now_;
  transport_.close(slot);
  wheel_.remove(slot);
  connection.framer.reset();
  connection.state = State::sleeping;
  connection.pending = false;
  connection.resting = false;
}

void Worker::fail_connection(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first) {
  auto& connection = connections_[slot];
  if (!running_ || now < window_end_) tally_.error(kind, 1, since_window_start(now), [&] { return printable(first); });
  close_connection(slot, now, {});
  const int exponent = std::min<int>(connection.failures_in_a_row, 8);  // at most 256 ms apart
  if (connection.failures_in_a_row < 8) ++connection.failures_in_a_row;
  wake(slot, now + std::chrono::milliseconds(1) * (1 << exponent));
}

// What the peer says breaks the protocol: also what looked like the begin of a response was none.
void Worker::break_off(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first) {
  connections_[slot].framer.reset();
  fail_connection(slot, now, kind, first);
}

// Nothing went wrong with connecting: the next one starts at once, without a backoff.
void Worker::close_and_reopen(std::uint32_t slot, Instant now, std::string_view kind_of_lost) {
  close_connection(slot, now, kind_of_lost);
  connections_[slot].wake_at = now;
  look(slot, now);
}

void Worker::wake(std::uint32_t slot, Instant at) {
  connections_[slot].wake_at = at;
  wheel_.set(slot, deadline(connections_[slot]));
}

// How long a request may wait from its hand-over on.
Nanos Worker::patience(bool response_begun) const noexcept {
  const bool first_byte = spec_.first_byte_timeout > Nanos::zero() && !response_begun;
  return first_byte ? std::min(spec_.first_byte_timeout, spec_.timeout) : spec_.timeout;
}

// When the connection needs a look if nothing happens on it.
Instant Worker::deadline(const Connection& connection) const noexcept {
  if (connection.state != State::open) return connection.wake_at;
  const Instant rested = connection.resting ? connection.wake_at : Schedule::kNever;
  if (connection.in_flight.empty()) return rested;
  return std::min(rested, connection.in_flight.oldest().sent + patience(connection.framer.in_response()));
}

// Deadlines, and connections that wait for their next attempt.
void Worker::look(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  const Instant at = deadline(connection);
  if (at == Schedule::kNever) return;
  if (now < at) {
    wheel_.set(slot, at);
    return;
  }
  switch (connection.state) {
    case State::sleeping:
      if (!running_ || now >= window_end_) return;
      ++tally_.reconnects;
      source_.on_reconnect(slot);
      open_connection(slot, now);
      return;
    case State::connecting:
      fail_connection(
          slot, now, "connect_timeout",
          fmt::format("connect to {}: no answer within {}", address_.text(), format_duration(spec_.timeout)));
      return;
    case State::open:
      if (!connection.in_flight.empty() &&
          now >= connection.in_flight.oldest().sent + patience(connection.framer.in_response())) {
        close_and_reopen(slot, now, "cut_off_by_timeout");
        return;
      }
      connection.resting = false;
      if (schedule_.open_loop())
        offer(slot);
      else if (now < window_end_ && room(connection) > 0 && !source_.wants_stop())
        send(slot, room(connection), now, now);
      if (!connection.in_flight.empty()) wheel_.set(slot, deadline(connection));
      return;
  }
}

}  // namespace hotlap::loadgen
