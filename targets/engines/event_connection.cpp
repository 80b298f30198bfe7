#include "targets/engines/event_connection.h"

#include <sys/socket.h>

#include "base/system_calls.h"

namespace hotlap::targets {
namespace {

using Awaiting = Deadlines::Awaiting;

// Beyond these a client has to read before it is read from again.
constexpr std::size_t kMostUnsentBytes = 1024 * 1024;
constexpr std::size_t kMostWaitingAnswers = 1024;
// What a connection may keep for answers that wait, once none does.
constexpr std::size_t kMostIdleAnswers = 32;

}  // namespace

EventWorkerState::EventWorkerState(const EngineOptions& options, WorkerCounters& row)
    : gather(options.gather), request_limits(options.requests), counters(row), deadlines(options.times) {}

EventWorkerState::~EventWorkerState() {
  handler.reset();  // what it still calls back finds its connection closed, but there
  connections.clear();
}

void EventWorkerState::admit(std::uint32_t place, std::unique_ptr<EventConnection> connection) {
  if (place >= connections.size()) connections.resize(place + 1);
  connections[place] = std::move(connection);
  ++living;
}

void EventWorkerState::end_late_ones(Instant now) {
  deadlines.sweep(now, [this](std::uint32_t place, Awaiting what) { connections[place]->on_late(what); });
}

void EventWorkerState::drain_all() {
  draining = true;
  for (const auto& connection : connections)
    if (connection) connection->drain();
}

void EventWorkerState::close_all() {
  for (const auto& connection : connections)
    if (connection) connection->close();
}

void EventWorkerState::bury() {
  for (const auto place : gone) {
    connections[place].reset();
    deadlines.leave(place);
    --living;
  }
  gone.clear();
}

EventConnection::EventConnection(EventWorkerState& worker, Fd socket, std::uint32_t place)
    : worker_(worker), socket_(std::move(socket)), place_(place), reader_(worker.request_limits, &worker.last_head) {
  worker_.counters.connections.add(1);
  worker_.counters.open.add(1);
  worker_.deadlines.begin(place_, Awaiting::next_request);
}

EventConnection::~EventConnection() {
  if (push_scheduled_) worker_.loop.forget(*this);
}

bool EventConnection::full() const noexcept {
  return unsent_bytes() > kMostUnsentBytes || waiting() >= kMostWaitingAnswers;
}

void EventConnection::take(std::string_view bytes) {
  if (closing_) return;  // the rest of the client's words does not matter any more
  if (!postponed_.empty()) {
    postponed_.append(bytes);
    return;
  }
  answer_all(bytes);
  if (!bytes.empty()) {
    if (closing_)
      stray_input_ = true;
    else if (socket_)
      postponed_.assign(bytes);
  }
}

// The client may have ended only its half and wait for answers.
void EventConnection::take_end_of_input() {
  input_ended_ = true;
  stray_input_ = false;
  if (postponed_.empty()) closing_ = true;
  if (lingering_) close();
}

// Answers every whole request in `input`; what is left there waits for room.
void EventConnection::answer_all(std::string_view& input) {
  auto& out = worker_.out;
  std::uint64_t requests = 0;
  int gathered = 0;
  while (socket_ && !closing_ && !full()) {
    if (input.empty() && reader_.keeps_nothing()) break;
    const auto next = reader_.next(input);
    if (next.kind == RequestReader::Kind::need_more) break;
    const bool whole = next.kind != RequestReader::Kind::expects_continue;
    requests += whole ? 1 : 0;
    progressed_ = true;
    if (next.kind == RequestReader::Kind::bad) closing_ = stray_input_ = true;
    if (whole && !next.head.keep_alive) closing_ = true;
    if (waiting() > 0) {
      std::string bytes;
      if (answer(next, bytes)) waiting_.push_back({std::move(bytes), true});
      continue;
    }
    if (!answer(next, out)) continue;  // deferred
    gathered += whole ? 1 : 0;
    if (gathered >= worker_.gather.responses || out.size() - worker_.out_begin >= worker_.gather.bytes) {
      worker_.counters.requests.add(std::exchange(requests, 0));
      flush(static_cast<std::uint64_t>(std::exchange(gathered, 0)));
    }
  }
  if (requests > 0) worker_.counters.requests.add(requests);
  flush(static_cast<std::uint64_t>(gathered));
}

// False when the answer is deferred.
bool EventConnection::answer(const RequestReader::Next& next, std::string& out) {
  if (next.kind == RequestReader::Kind::request) [[likely]]
    return worker_.handler->handle({next.head, next.body}, out, *this);
  if (next.kind == RequestReader::Kind::bad)
    out += rejection(next.head);
  else
    out += kContinue;
  return true;
}

void EventConnection::flush(std::uint64_t responses) noexcept {
  if (worker_.out.size() == worker_.out_begin) return;
  if (responses > 0) worker_.counters.responses.add(responses);
  if (socket_)
    send_out();
  else
    worker_.out.resize(worker_.out_begin);
}

Deferral::Done EventConnection::defer() {
  const std::uint64_t place = first_place_ + waiting_.size();
  waiting_.emplace_back();
  hold();
  worker_.counters.in_flight.add(1);
  return [this, place](std::string response) { complete(place, std::move(response)); };
}

void EventConnection::complete(std::uint64_t place, std::string response) {
  worker_.counters.in_flight.subtract_from_any_thread(1);
  if (socket_) {
    waiting_[static_cast<std::size_t>(place - first_place_)] = {std::move(response), true};
    // Answers that arrive in the same turn of the loop share writes, as far as the limits allow.
    if (!push_scheduled_ && waiting_[first_].ready) {
      push_scheduled_ = true;
      worker_.loop.at_end_of_turn(*this);
    }
  }
  let_go();
}

void EventConnection::on_turn_end() noexcept {
  push_scheduled_ = false;
  if (!socket_) return;
  push_ready_answers();
  answer_postponed();
  settle();
}

// In the order of the requests: one that is not ready holds up those behind it.
void EventConnection::push_ready_answers() {
  auto& out = worker_.out;
  int gathered = 0;
  while (socket_ && waiting() > 0 && waiting_[first_].ready) {
    out += waiting_[first_++].bytes;
    ++gathered;
    if (gathered >= worker_.gather.responses || out.size() - worker_.out_begin >= worker_.gather.bytes)
      flush(static_cast<std::uint64_t>(std::exchange(gathered, 0)));
  }
  flush(static_cast<std::uint64_t>(gathered));
  progressed_ = true;
  if (waiting() > 0 && first_ < kMostIdleAnswers) return;
  first_place_ += first_;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (waiting_.empty() && waiting_.capacity() > kMostIdleAnswers) waiting_ = {};
}

void EventConnection::answer_postponed() {
  if (!socket_ || closing_ || postponed_.empty() || full()) return;
  const std::string bytes = std::exchange(postponed_, {});
  take(bytes);
  if (input_ended_ && postponed_.empty()) closing_ = true;
}

Awaiting EventConnection::awaiting() const noexcept {
  if (unsent_bytes() > 0) return Awaiting::reader;
  if (waiting() > 0) return Awaiting::nothing;
  if (closing_) return Awaiting::close;
  switch (reader_.stage()) {
    case RequestReader::Stage::head:
      return Awaiting::head;
    case RequestReader::Stage::body:
      return Awaiting::body;
    case RequestReader::Stage::idle:
      break;
  }
  return Awaiting::next_request;
}

void EventConnection::settle() {
  if (!socket_) return;
  const bool all_answered = waiting() == 0 && unsent_bytes() == 0 && postponed_.empty();
  if (all_answered && !lingering_ && (closing_ || (worker_.draining && reader_.idle()))) {
    if (all_handed_over()) end_conversation();
    if (!socket_) return;
  }
  if (std::exchange(progressed_, false))
    worker_.deadlines.begin(place_, awaiting());
  else
    worker_.deadlines.go_on(place_, awaiting());
  adapt();
}

// A close with unread bytes of the client becomes a reset, which may overtake our last words (RFC 9112 §9.6).
void EventConnection::end_conversation() noexcept {
  if (!stray_input_ || worker_.draining) {
    close();
    return;
  }
  lingering_ = true;
  ::shutdown(socket_.get(), SHUT_WR);
  count_system_call();
}

void EventConnection::on_late(Awaiting what) noexcept {
  if (!socket_) return;
  if (what != Awaiting::close) worker_.counters.timeouts.add(1);
  if (what != Awaiting::head && what != Awaiting::body) {
    close();
    return;
  }
  http1::RequestHead late;
  late.reject_status = 408;
  late.why = what == Awaiting::head ? "the head did not come in time" : "the body did not come in time";
  worker_.out += rejection(late);
  closing_ = stray_input_ = true;
  flush(0);
  settle();
}

void EventConnection::drain() noexcept {
  settle();
}

void EventConnection::close() noexcept {
  if (!socket_) return;
  before_close();
  socket_.reset();
  worker_.counters.open.subtract_from_any_thread(1);
  worker_.deadlines.begin(place_, Awaiting::nothing);
  waiting_.clear();
  first_ = 0;
  postponed_ = {};
  hold();
  let_go();
}

void EventConnection::let_go() {
  if (--outstanding_ == 0 && !socket_) worker_.gone.push_back(place_);
}

}  // namespace hotlap::targets
