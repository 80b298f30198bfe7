// The engines that wait for many clients at once: `epoll` writes every response by itself, `pipelined` gathers.
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <atomic>
#include <list>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "targets/engines/engine.h"
#include "targets/engines/event_connection.h"
#include "targets/loop/event_loop.h"

namespace hotlap::targets {
namespace {

// One thread: a listener, a loop, and the connections it accepted.
class EventWorker final : private EventLoop::Watcher {
 public:
  EventWorker(const EngineOptions& options, const HandlerFactory& handlers, Fd listener, int index)
      : options_(options),
        handlers_(handlers),
        index_(index),
        listener_(std::move(listener)),
        state_{.loop = loop_, .gather = options.gather} {}

  void run() {
    (void)pin_this_thread(worker_cpu(options_, index_));
    const auto handler = handlers_(&loop_);
    state_.handler = handler.get();
    loop_.add(listener_.get(), EPOLLIN, *this);
    loop_.run([&] { return stop_requested_.load(); });
    drain();
  }

  void stop() noexcept {
    stop_requested_ = true;
    loop_.stop();
  }
  [[nodiscard]] const EngineCounters& counters() const noexcept { return state_.counters; }

 private:
  void on_events(std::uint32_t) noexcept override {
    while (true) {
      Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket) return;
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ++state_.counters.connections;
      const auto place = connections_.emplace(connections_.end(), nullptr);
      *place = std::make_unique<EventConnection>(state_, std::move(socket), [this, place](EventConnection&) {
        graveyard_.splice(graveyard_.end(), connections_, place);
        if (graveyard_.size() == 1) loop_.at_end_of_turn([this] { graveyard_.clear(); });
      });
    }
  }

  void drain() {
    loop_.remove(listener_.get(), *this);
    listener_.reset();
    state_.draining = true;
    for (auto at = connections_.begin(); at != connections_.end();) (*at++)->drain();
    const Instant deadline = monotonic_now() + options_.drain;
    if (!connections_.empty()) loop_.run([&] { return connections_.empty() || monotonic_now() >= deadline; });
    for (auto at = connections_.begin(); at != connections_.end();) (*at++)->close();
    graveyard_.clear();
    connections_.clear();
  }

  const EngineOptions& options_;
  const HandlerFactory& handlers_;
  int index_;
  EventLoop loop_;
  Fd listener_;
  EventWorkerState state_;
  std::list<std::unique_ptr<EventConnection>> connections_;
  std::list<std::unique_ptr<EventConnection>> graveyard_;  // closed in this turn; freed at its end
  std::atomic<bool> stop_requested_ = false;
};

class EventEngine final : public Engine {
 public:
  EventEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto listeners = listen_for_workers(options_, true);
    if (!listeners) return std::unexpected(listeners.error());
    const auto address = local_address(listeners->front());
    if (!address) return std::unexpected(address.error());
    for (int index = 0; index < options_.workers; ++index)
      workers_.push_back(std::make_unique<EventWorker>(
          options_, handlers_, std::move((*listeners)[static_cast<std::size_t>(index)]), index));
    for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& worker : workers_) worker->stop();
    threads_.clear();  // joins
    EngineCounters sum;
    for (const auto& worker : workers_) sum.add(worker->counters());
    return sum;
  }

 private:
  EngineOptions options_;
  HandlerFactory handlers_;
  std::vector<std::unique_ptr<EventWorker>> workers_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<Engine> make_epoll_engine(const EngineOptions& options, HandlerFactory handlers) {
  EngineOptions alone = options;
  alone.gather.responses = 1;
  return std::make_unique<EventEngine>(alone, std::move(handlers));
}

std::unique_ptr<Engine> make_pipelined_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<EventEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
