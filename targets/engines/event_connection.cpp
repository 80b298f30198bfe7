#include "targets/engines/event_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace hotlap::targets {
namespace {

// Beyond these a client has to read before it is read from again.
constexpr std::size_t kMostUnsentBytes = 1024 * 1024;
constexpr std::size_t kMostWaitingAnswers = 1024;

}  // namespace

EventConnection::EventConnection(EventWorkerState& worker, Fd socket, std::function<void(EventConnection&)> on_gone)
    : worker_(worker), socket_(std::move(socket)), on_gone_(std::move(on_gone)), interest_(EPOLLIN) {
  worker_.loop.add(socket_.get(), interest_, *this);
}

EventConnection::~EventConnection() {
  if (socket_) worker_.loop.remove(socket_.get(), *this);
}

void EventConnection::on_events(std::uint32_t events) noexcept {
  busy_ = true;
  if (events & EPOLLOUT) {
    flush();
    answer_postponed();
  }
  if (socket_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read_and_answer();
  if (socket_) update_interest();
  busy_ = false;
  leave_if_done();
}

bool EventConnection::full() const noexcept {
  return out_.size() - out_sent_ > kMostUnsentBytes || waiting_.size() >= kMostWaitingAnswers;
}

bool EventConnection::idle() const noexcept {
  return waiting_.empty() && out_sent_ == out_.size() && unread_.empty() && reader_.idle();
}

void EventConnection::read_and_answer() {
  const auto count = ::recv(socket_.get(), worker_.buffer.data(), worker_.buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    close();
    return;
  }
  if (closing_) return;  // the rest of the client's words do not matter any more
  std::string_view input(worker_.buffer.data(), static_cast<std::size_t>(count));
  if (!unread_.empty()) {
    unread_.append(input);
    answer_postponed();
    return;
  }
  answer_all(input);
  if (socket_ && !closing_) unread_.assign(input);
}

// Answers every whole request in `input`; what is left there is the beginning of the next one, or more than we take
// now.
void EventConnection::answer_all(std::string_view& input) {
  while (socket_ && !closing_ && !full()) {
    const auto next = reader_.next(input);
    if (next.kind == RequestReader::Kind::need_more) break;
    if (next.kind != RequestReader::Kind::expects_continue) ++worker_.counters.requests;
    if (next.kind == RequestReader::Kind::bad || !next.head.keep_alive) closing_ = true;
    if (waiting_.empty()) {
      const auto before = out_.size();
      if (!answer(next, out_)) continue;  // deferred
      if (out_.size() > before) {
        ++gathered_;
        gather(!input.empty());
      }
    } else {
      std::string bytes;
      if (!answer(next, bytes)) continue;
      waiting_.push_back({std::move(bytes), true});
    }
  }
  if (socket_ && gathered_ > 0) flush();
}

// False when the answer is deferred.
bool EventConnection::answer(const RequestReader::Next& next, std::string& out) {
  if (next.kind == RequestReader::Kind::request) return worker_.handler->handle({next.head, next.body}, out, *this);
  if (next.kind == RequestReader::Kind::bad)
    out += rejection(next.head);
  else
    out += kContinue;
  return true;
}

// Writes when a limit is reached or nothing more can join.
void EventConnection::gather(bool more_to_parse) {
  if (!more_to_parse || gathered_ >= worker_.gather.responses || out_.size() - out_sent_ >= worker_.gather.bytes)
    flush();
}

Deferral::Done EventConnection::defer() {
  const std::uint64_t place = first_place_ + waiting_.size();
  waiting_.emplace_back();
  ++outstanding_;
  return [this, place](std::string response) { complete(place, std::move(response)); };
}

void EventConnection::complete(std::uint64_t place, std::string response) {
  --outstanding_;
  if (!socket_) {
    leave_if_done();
    return;
  }
  auto& answer = waiting_[static_cast<std::size_t>(place - first_place_)];
  answer = {std::move(response), true};
  if (flush_scheduled_ || !waiting_.front().ready) return;
  // Answers that arrive in the same turn of the loop share writes, as far as the limits allow.
  flush_scheduled_ = true;
  ++outstanding_;  // keeps this connection alive until the task has run
  worker_.loop.at_end_of_turn([this] {
    --outstanding_;
    flush_scheduled_ = false;
    busy_ = true;
    if (socket_) push_ready_answers();
    answer_postponed();
    if (socket_) update_interest();
    busy_ = false;
    leave_if_done();
  });
}

// Requests that were read but had to wait for room.
void EventConnection::answer_postponed() {
  if (!socket_ || closing_ || unread_.empty() || full()) return;
  const std::string bytes = std::move(unread_);
  unread_.clear();
  std::string_view input = bytes;
  answer_all(input);
  if (socket_ && !closing_) unread_.assign(input);
}

void EventConnection::push_ready_answers() {
  while (socket_ && !waiting_.empty() && waiting_.front().ready) {
    out_ += waiting_.front().bytes;
    waiting_.pop_front();
    ++first_place_;
    ++gathered_;
    gather(!waiting_.empty() && waiting_.front().ready);
  }
}

void EventConnection::flush() {
  while (out_sent_ < out_.size()) {
    const auto written = ::send(socket_.get(), out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) close();
      return;
    }
    ++worker_.counters.writes;
    out_sent_ += static_cast<std::size_t>(written);
  }
  out_.clear();
  out_sent_ = 0;
  gathered_ = 0;
  if ((closing_ || worker_.draining) && waiting_.empty()) close();
}

void EventConnection::update_interest() {
  const std::uint32_t wanted = (full() ? 0U : static_cast<std::uint32_t>(EPOLLIN)) |
                               (out_sent_ < out_.size() ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  if (wanted == interest_) return;
  interest_ = wanted;
  worker_.loop.change(socket_.get(), wanted, *this);
}

void EventConnection::drain() noexcept {
  if (socket_ && idle()) close();
  leave_if_done();
}

void EventConnection::close() noexcept {
  if (!socket_) return;
  worker_.loop.remove(socket_.get(), *this);
  socket_.reset();
  waiting_.clear();
}

void EventConnection::leave_if_done() {
  if (!socket_ && outstanding_ == 0 && !busy_) on_gone_(*this);  // `this` may be gone after this line
}

}  // namespace hotlap::targets
