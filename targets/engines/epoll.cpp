// The engines that wait for many clients at once by epoll: `epoll` writes every response by itself, `pipelined`
// gathers.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/descriptor_table.h"
#include "base/system_calls.h"
#include "targets/engines/engine.h"
#include "targets/engines/event_connection.h"
#include "targets/loop/event_loop.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kLongestWait = std::chrono::milliseconds(100);

class EpollConnection final : public EventConnection {
 public:
  EpollConnection(EventWorkerState& worker, Fd socket, std::uint32_t place, std::vector<char>& buffer)
      : EventConnection(worker, std::move(socket), place), buffer_(buffer) {
    this->worker().loop.add(this->socket().get(), interest_, *this);
  }

  void on_events(std::uint32_t events) noexcept override {
    if (events & EPOLLOUT) {
      send_unsent();
      answer_postponed();
    }
    if (is_open() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) receive();
    settle();
  }

 private:
  void receive() {
    const auto count = receive_some(socket(), buffer_.data(), buffer_.size());
    if (count > 0) {
      worker().counters.reads.add(1);
      take({buffer_.data(), static_cast<std::size_t>(count)});
    } else if (count == 0) {
      take_end_of_input();
    } else if (errno != EAGAIN && errno != EINTR) {
      close();
    }
  }

  void send_out() noexcept override {
    auto& out = worker().out;
    const auto sent = unsent_.empty() ? send_some(out) : 0;
    if (is_open() && sent < out.size()) unsent_.append(out, sent);
    out.clear();
  }

  void send_unsent() noexcept {
    unsent_from_ += send_some(std::string_view(unsent_).substr(unsent_from_));
    if (unsent_from_ < unsent_.size()) return;
    unsent_ = {};
    unsent_from_ = 0;
  }

  // Bytes taken; an error closes.
  std::size_t send_some(std::string_view bytes) noexcept {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto written = hotlap::send_some(socket(), bytes.substr(sent));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        if (errno != EAGAIN) close();
        break;
      }
      worker().counters.writes.add(1);
      note_progress();
      sent += static_cast<std::size_t>(written);
    }
    return sent;
  }

  void adapt() noexcept override {
    const std::uint32_t wanted = (wants_input() ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                                 (unsent_.empty() ? 0U : static_cast<std::uint32_t>(EPOLLOUT));
    if (wanted == interest_) [[likely]]
      return;
    interest_ = wanted;
    worker().loop.change(socket().get(), wanted, *this);
  }

  void before_close() noexcept override {
    worker().loop.remove(socket().get(), *this);
    unsent_ = {};
    unsent_from_ = 0;
  }

  [[nodiscard]] std::size_t unsent_bytes() const noexcept override { return unsent_.size() - unsent_from_; }

  std::vector<char>& buffer_;  // of the worker
  std::string unsent_;         // from unsent_from_ on
  std::size_t unsent_from_ = 0;
  std::uint32_t interest_ = EPOLLIN;
};

// One thread: a listener, a loop, and the connections it accepted, which are in a table of descriptors of its own. The
// listener is in the main thread's too, where tools like ss look for it.
class EpollWorker final : private EventLoop::Watcher {
 public:
  EpollWorker(const EngineOptions& options, const HandlerFactory& handlers, WorkerCounters& row, Fd listener, int index)
      : options_(options),
        handlers_(handlers),
        index_(index),
        shared_listener_(std::move(listener)),
        state_(options, row) {}

  void run(std::latch& has_listener) {
    const auto [epoll, wake] = state_.loop.descriptors();
    const bool own_table = own_descriptor_table({epoll, wake, shared_listener_.get()});
    const int shared = shared_listener_.get();
    listener_ = Fd(own_table ? shared : ::fcntl(shared, F_DUPFD_CLOEXEC, 0));
    if (!listener_) listener_ = std::move(shared_listener_);
    has_listener.count_down();
    (void)pin_this_thread(worker_cpu(options_, index_));
    state_.handler = handlers_(&state_.loop);
    state_.loop.add(listener_.get(), EPOLLIN, *this);
    state_.loop.wake_after(state_.deadlines.interval(), *this);
    while (!stop_requested_.load(std::memory_order_relaxed)) turn();
    if (accepting_) state_.loop.remove(listener_.get(), *this);
    listener_.reset();
    state_.drain_all();
    state_.bury();
    const Instant deadline = monotonic_now() + options_.drain;
    while (!state_.empty() && monotonic_now() < deadline) turn();
    state_.close_all();
    state_.handler.reset();  // answers under way end now, with nobody to take them
    state_.loop.forget(*this);
  }

  void stop() noexcept {
    shared_listener_.reset();
    stop_requested_ = true;
    state_.loop.stop();
  }

 private:
  void turn() {
    state_.loop.turn(kLongestWait);
    if (!state_.gone.empty()) state_.bury();
  }

  void on_events(std::uint32_t) noexcept override {
    while (true) {
      Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      count_system_call();
      if (!socket) {
        const bool none_left = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!none_left) pause_accepting();
        return;
      }
      const auto place = state_.deadlines.enter();
      state_.admit(place, std::make_unique<EpollConnection>(state_, std::move(socket), place, buffer_));
    }
  }

  // Out of descriptors or memory: asking again at once would only burn the processor.
  void pause_accepting() noexcept {
    state_.loop.remove(listener_.get(), *this);
    accepting_ = false;
  }

  void on_wake() noexcept override {
    state_.end_late_ones(monotonic_now());
    if (!accepting_ && listener_) {
      accepting_ = true;
      state_.loop.add(listener_.get(), EPOLLIN, *this);
    }
    state_.loop.wake_after(state_.deadlines.interval(), *this);
  }

  const EngineOptions& options_;
  const HandlerFactory& handlers_;
  int index_;
  Fd shared_listener_;
  Fd listener_;  // the worker's
  bool accepting_ = true;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  EventWorkerState state_;
  std::atomic<bool> stop_requested_ = false;
};

class EpollEngine final : public Engine {
 public:
  EpollEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto listeners = listen_for_workers(options_, true);
    if (!listeners) return std::unexpected(listeners.error());
    const auto address = local_address(listeners->front());
    if (!address) return std::unexpected(address.error());
    if (!options_.board) options_.board = &own_board_.emplace(options_.first_worker + options_.workers);
    for (int index = 0; index < options_.workers; ++index)
      workers_.push_back(
          std::make_unique<EpollWorker>(options_, handlers_, options_.board->row(options_.first_worker + index),
                                        std::move((*listeners)[static_cast<std::size_t>(index)]), index));
    have_listeners_.emplace(options_.workers);
    for (auto& worker : workers_) threads_.emplace_back([&] { worker->run(*have_listeners_); });
    have_listeners_->wait();
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& worker : workers_) worker->stop();
    threads_.clear();  // joins
    workers_.clear();
    return options_.board->sum();
  }

 private:
  EngineOptions options_;
  HandlerFactory handlers_;
  std::optional<CounterBoard> own_board_;
  std::vector<std::unique_ptr<EpollWorker>> workers_;
  std::optional<std::latch> have_listeners_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<Engine> make_epoll_engine(const EngineOptions& options, HandlerFactory handlers) {
  EngineOptions alone = options;
  alone.gather.responses = 1;
  return std::make_unique<EpollEngine>(alone, std::move(handlers));
}

std::unique_ptr<Engine> make_pipelined_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<EpollEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
