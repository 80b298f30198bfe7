#include "targets/stores/postgres/link.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::postgres {
namespace {

using iproto::code::kLinkFailed;

constexpr std::string_view kNoSuchStatement = "26000";  // invalid_sql_statement_name

}  // namespace

AsyncLink::~AsyncLink() {
  close();
}

StoreError AsyncLink::lost(std::string_view what) const {
  return {kLinkFailed, fmt::format("PostgreSQL {}: {}", options_.address.text(), what)};
}

void AsyncLink::carry_out(const Operation& operation, Completion done) {
  auto statement = statement_for(operation, options_.schema);
  if (!statement) return done(std::unexpected(std::move(statement.error())));
  if (state_ == State::closed) {
    if (backoff_.holds(monotonic_now())) return done(std::unexpected(last_error_));
    connect();
    if (state_ == State::closed) return done(std::unexpected(last_error_));
  }
  if (waiting_.size() >= kMaxWaiting)
    return done(std::unexpected(lost(fmt::format("{} operations wait already", kMaxWaiting))));
  waiting_.push_back({.statement = std::move(*statement), .done = std::move(done)});
  if (state_ == State::ready) want_turn_end();
}

void AsyncLink::connect() {
  if (state_ != State::closed || backoff_.holds(monotonic_now())) return;
  ++connections_;
  auto connection = std::make_unique<Connection>(options_);
  if (connection->descriptor() < 0) {
    last_error_ = lost(connection->error());
    backoff_.failed(monotonic_now());
    return;
  }
  connection_ = std::move(connection);
  state_ = State::connecting;
  watched_ = EPOLLOUT;  // libpq: behave as if PQconnectPoll had answered "writing"
  loop_.add(connection_->descriptor(), watched_, *this);
  loop_.wake_after(options_.timeout, *this);
}

void AsyncLink::close() noexcept {
  drop_connection();
  flights_.clear();
  answered_ = 0;
  in_flight_ = 0;
  waiting_.clear();
}

void AsyncLink::drop_connection() noexcept {
  ++connections_;
  if (connection_) loop_.remove(connection_->descriptor(), *this);
  loop_.forget(*this);
  connection_.reset();
  state_ = State::closed;
  turn_end_wanted_ = false;
  check_wanted_ = false;
  group_open_ = false;
}

void AsyncLink::drop_if_ended() noexcept {
  char byte = 0;
  if (state_ == State::ready && !has_unanswered() &&
      ::recv(connection_->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
    close();
}

void AsyncLink::fail_all(StoreError error) {
  drop_connection();
  last_error_ = std::move(error);
  backoff_.failed(monotonic_now());
  // Completions may submit again; what they add is no longer ours to fail.
  auto flights = std::exchange(flights_, {});
  auto waiting = std::exchange(waiting_, {});
  prepared_.clear();
  answered_ = 0;
  in_flight_ = 0;
  const auto told = last_error_;
  for (auto& flight : flights)
    if (flight.done) flight.done(std::unexpected(told));
  for (auto& operation : waiting) operation.done(std::unexpected(told));
}

void AsyncLink::give_up(std::string_view reason) {
  fail_all(lost(reason));
}

void AsyncLink::want_check() {
  if (check_wanted_ || flights_.empty()) return;
  check_wanted_ = true;
  loop_.wake_after(options_.timeout / 4, *this);
}

void AsyncLink::on_wake() noexcept {
  check_wanted_ = false;
  if (state_ == State::connecting) return give_up("no session within " + format_duration(options_.timeout));
  if (!flights_.empty() && monotonic_now() - flights_.front().sent >= options_.timeout)
    return give_up("no answer within " + format_duration(options_.timeout));
  want_check();
}

void AsyncLink::on_events(std::uint32_t events) noexcept {
  if (state_ == State::connecting) return advance();
  const auto connection = connections_;
  if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive();
  if (connection == connections_ && events & EPOLLOUT) flush();
}

void AsyncLink::advance() {
  switch (connection_->advance()) {
    case Connection::Progress::wants_to_read:
      return watch(EPOLLIN);
    case Connection::Progress::wants_to_write:
      return watch(EPOLLOUT);
    case Connection::Progress::failed:
      return fail_all(lost(connection_->error()));
    case Connection::Progress::ready:
      break;
  }
  state_ = State::ready;
  prepared_.clear();
  backoff_.succeeded();
  loop_.cancel_wake(*this);
  watch(EPOLLIN);
  send_waiting();
}

void AsyncLink::receive() {
  if (!connection_->read()) return fail_all(lost(connection_->error()));
  const auto connection = connections_;
  while (connection == connections_ && !flights_.empty()) {
    const auto shape = answered_ < flights_.size() ? flights_[answered_].statement.shape : ResultShape::rows;
    auto answer = connection_->next(shape);
    if (!answer) return;
    take(std::move(*answer));
  }
}

void AsyncLink::take(Connection::Answer answer) {
  const bool at_sync = answered_ < flights_.size() && flights_[answered_].kind == Flight::Kind::sync;
  if (answer.fatal) return fail_all(lost(answer.outcome.error().message));
  if (at_sync != (answer.kind == Connection::Answer::Kind::synced))
    return fail_all(lost("an answer came that nobody asked for"));
  if (at_sync) return end_group();
  auto& flight = flights_[answered_++];
  if (flight.kind == Flight::Kind::preparation) {
    flight.prepared->sent = answer.outcome.has_value();
    flight.prepared->refused.reset();
    if (!answer.outcome) flight.prepared->refused = answer.outcome.error();
    return;
  }
  flight.passed_over = answer.kind == Connection::Answer::Kind::passed_over;
  flight.outcome = std::move(answer.outcome);
  // Its preparation failed, and said why.
  if (answer.sqlstate == kNoSuchStatement && flight.prepared->refused)
    flight.outcome = std::unexpected(*flight.prepared->refused);
}

void AsyncLink::end_group() {
  std::vector<Flight> group;
  group.reserve(answered_);
  for (; answered_ > 0; --answered_) {
    if (flights_.front().kind == Flight::Kind::operation) group.push_back(std::move(flights_.front()));
    flights_.pop_front();
  }
  flights_.pop_front();
  in_flight_ -= group.size();
  for (std::size_t last = group.size(); last > 0; --last)
    if (auto& flight = group[last - 1]; flight.passed_over)
      waiting_.push_front({.statement = std::move(flight.statement), .done = std::move(flight.done)});
  if (!waiting_.empty()) want_turn_end();
  const auto connection = connections_;
  for (auto& flight : group)
    if (!flight.passed_over && connection == connections_) flight.done(std::move(flight.outcome));
}

void AsyncLink::want_turn_end() {
  if (std::exchange(turn_end_wanted_, true)) return;
  loop_.at_end_of_turn(*this);
}

void AsyncLink::on_turn_end() noexcept {
  turn_end_wanted_ = false;
  if (state_ == State::ready) send_waiting();
}

void AsyncLink::send_waiting() {
  bool sent = true;
  while (sent && !waiting_.empty() && in_flight_ < kMaxInFlight) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    sent = send(std::move(next));
  }
  if (sent && group_open_) sent = close_group();
  if (!sent) return fail_all(lost(connection_->error()));
  want_check();
  flush();
}

// Whatever fails on the way, the operation is among the flights when this returns, so that it is told.
bool AsyncLink::send(Waiting waiting) {
  auto& prepared = prepared_[waiting.statement.text];
  bool sent = true;
  if (!prepared.sent) {
    if (group_open_) sent = close_group();
    if (prepared.name.empty()) prepared.name = fmt::format("s{}", prepared_.size());
    prepared.sent = true;
    flights_.push_back(
        {.kind = Flight::Kind::preparation, .prepared = &prepared, .statement = {}, .sent = monotonic_now()});
    sent = sent && connection_->prepare(prepared.name, waiting.statement.text) && close_group();
  }
  const bool writes = waiting.statement.writes;
  sent = sent && connection_->execute(prepared.name, waiting.statement);
  group_open_ = true;
  ++in_flight_;
  flights_.push_back({.kind = Flight::Kind::operation,
                      .prepared = &prepared,
                      .statement = std::move(waiting.statement),
                      .done = std::move(waiting.done),
                      .sent = monotonic_now()});
  return sent && (!writes || close_group());
}

bool AsyncLink::close_group() {
  group_open_ = false;
  flights_.push_back({.kind = Flight::Kind::sync, .statement = {}, .sent = monotonic_now()});
  return connection_->sync();
}

void AsyncLink::flush() {
  switch (connection_->flush()) {
    case Connection::Flushed::all:
      return watch(EPOLLIN);
    case Connection::Flushed::some:
      return watch(EPOLLIN | EPOLLOUT);
    case Connection::Flushed::failed:
      return fail_all(lost(connection_->error()));
  }
}

void AsyncLink::watch(std::uint32_t events) {
  if (events == watched_) return;
  watched_ = events;
  loop_.change(connection_->descriptor(), events, *this);
}

void BlockingLink::carry_out(const Operation& operation, Completion done) {
  constexpr Nanos kIdle = std::chrono::milliseconds(1);
  if (monotonic_now() - last_used_ > kIdle) link_.drop_if_ended();
  std::optional<Outcome> answer;
  link_.submit(operation, [&](Outcome outcome) { answer = std::move(outcome); });
  if (!answer) {
    const Instant deadline = monotonic_now() + options_.timeout;
    loop_.run([&] { return answer.has_value() || monotonic_now() >= deadline; });
    if (!answer) link_.give_up("no answer within " + format_duration(options_.timeout));
  }
  last_used_ = monotonic_now();
  done(std::move(*answer));
}

}  // namespace hotlap::targets::postgres
