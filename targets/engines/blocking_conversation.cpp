#include "targets/engines/blocking_conversation.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/system_calls.h"

namespace hotlap::targets {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

class NoDeferral final : public Deferral {
 public:
  Done defer() override {
    check(false, "in a blocking engine every store answers before it returns");
    return {};
  }
};

timeval time_of(Nanos duration) noexcept {
  const auto us = std::max<std::int64_t>(duration.count() / 1000, 1);
  return {us / 1'000'000, us % 1'000'000};
}

class Conversation {
 public:
  Conversation(const Fd& socket, Handler& handler, const RequestLimits& limits, const TimeLimits& times,
               WorkerCounters& counters)
      : socket_(socket), handler_(handler), times_(times), counters_(counters), reader_(limits, &last_head_) {
    // The kernel keeps the two common deadlines, so that they cost no system call per request.
    const auto idle = time_of(times.idle);
    const auto write = time_of(times.write);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &write, sizeof write);
    count_system_calls(2);
  }

  void hold() {
    std::vector<char> buffer(kReadBytes);
    while (true) {
      if (!wait_within_deadline()) return;
      const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      count_system_call();
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) counters_.timeouts.add_from_any_thread(1);
      if (count <= 0) return;
      counters_.reads.add_from_any_thread(1);
      if (!answer_all({buffer.data(), static_cast<std::size_t>(count)})) return;
    }
  }

 private:
  // False when the conversation is over.
  bool answer_all(std::string_view input) {
    while (true) {
      const auto next = reader_.next(input);
      if (next.kind == RequestReader::Kind::need_more) return true;
      stage_ = RequestReader::Stage::idle;
      out_.clear();
      if (next.kind == RequestReader::Kind::expects_continue) {
        if (!send(kContinue)) return false;
        continue;
      }
      if (next.kind == RequestReader::Kind::request)
        (void)handler_.handle({next.head, next.body}, out_, no_deferral_);
      else
        out_ = rejection(next.head);
      const bool bad = next.kind == RequestReader::Kind::bad;
      const bool goes_on = !bad && next.head.keep_alive;
      counters_.requests.add_from_any_thread(1);
      counters_.responses.add_from_any_thread(1);
      if (!send(out_)) return false;
      if (goes_on) continue;
      if (bad || !input.empty()) linger();
      return false;
    }
  }

  // Waits for input while a request is under way; the kernel's own deadline covers the time between two requests.
  bool wait_within_deadline() {
    const auto stage = reader_.stage();
    if (stage == RequestReader::Stage::idle) [[likely]]
      return true;
    if (stage != stage_) {
      stage_ = stage;
      deadline_ = monotonic_now() + (stage == RequestReader::Stage::head ? times_.head : times_.body);
    }
    if (readable_before(deadline_)) return true;
    counters_.timeouts.add_from_any_thread(1);
    http1::RequestHead late;
    late.reject_status = 408;
    late.why = stage == RequestReader::Stage::head ? "the head did not come in time" : "the body did not come in time";
    if (send(rejection(late))) linger();
    return false;
  }

  bool readable_before(Instant deadline) {
    while (true) {
      const Nanos left = deadline - monotonic_now();
      if (left <= Nanos::zero()) return false;
      pollfd waiting{socket_.get(), POLLIN, 0};
      const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
      const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
      count_system_call();
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

  // A close with unread bytes of the client becomes a reset, which may overtake our last words (RFC 9112 §9.6).
  void linger() {
    ::shutdown(socket_.get(), SHUT_WR);
    count_system_call();
    const Instant deadline = monotonic_now() + times_.linger;
    char dropped[4096];
    while (readable_before(deadline)) {
      count_system_call();
      if (::recv(socket_.get(), dropped, sizeof dropped, MSG_DONTWAIT) <= 0) return;
    }
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      count_system_call();
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN) counters_.timeouts.add_from_any_thread(1);
      if (written < 0) return false;
      counters_.writes.add_from_any_thread(1);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  const Fd& socket_;
  Handler& handler_;
  const TimeLimits& times_;
  WorkerCounters& counters_;
  NoDeferral no_deferral_;
  LastHead last_head_;
  RequestReader reader_;
  RequestReader::Stage stage_ = RequestReader::Stage::idle;  // that deadline_ is of
  Instant deadline_{};
  std::string out_;
};

}  // namespace

void converse(const Fd& socket, Handler& handler, const RequestLimits& limits, const TimeLimits& times,
              WorkerCounters& counters) {
  counters.connections.add_from_any_thread(1);
  counters.open.add_from_any_thread(1);
  Conversation(socket, handler, limits, times, counters).hold();
  counters.open.subtract_from_any_thread(1);
}

Fd accept_for_a_while(const Fd& listener) noexcept {
  Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  count_system_call();
  if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
    const timespec a_little{0, 50'000'000};
    ::nanosleep(&a_little, nullptr);
  }
  return socket;
}

}  // namespace hotlap::targets
