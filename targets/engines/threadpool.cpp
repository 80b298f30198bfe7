// A fixed number of threads, each with one connection at a time, from its accept to its close; the others wait in the
// listener's queue. With a single thread in a worker process of its own this is `prefork`, the WSGI model.
#include <optional>
#include <thread>
#include <vector>

#include "targets/engines/blocking_conversation.h"
#include "targets/engines/engine.h"
#include "targets/engines/open_sockets.h"

namespace hotlap::targets {
namespace {

class ThreadpoolEngine final : public Engine {
 public:
  ThreadpoolEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto listeners = listen_for_workers(options_, false, true);
    if (!listeners) return std::unexpected(listeners.error());
    listener_ = std::move(listeners->front());  // the rest are duplicates
    listeners->clear();
    let_accept_return(listener_);
    const auto address = local_address(listener_);
    if (!address) return std::unexpected(address.error());
    if (!options_.board) options_.board = &own_board_.emplace(options_.first_worker + options_.workers);
    for (int thread = 0; thread < options_.workers * options_.threads; ++thread)
      threads_.emplace_back([this, thread](const std::stop_token& stop) { serve(stop, thread / options_.threads); });
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& thread : threads_) thread.request_stop();
    open_.drain(options_.drain);
    threads_.clear();
    listener_.reset();
    return options_.board->sum();
  }

 private:
  void serve(const std::stop_token& stop, int worker) {
    (void)pin_this_thread(worker_cpu(options_, worker));
    auto& row = options_.board->row(options_.first_worker + worker);
    const auto handler = handlers_(nullptr);
    while (!stop.stop_requested()) {
      const Fd socket = accept_for_a_while(listener_);
      if (!socket || !open_.enter(socket.get())) continue;
      converse(socket, *handler, options_.requests, options_.times, row);
      open_.leave(socket.get());
    }
  }

  EngineOptions options_;
  HandlerFactory handlers_;
  std::optional<CounterBoard> own_board_;
  Fd listener_;
  OpenSockets open_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<Engine> make_threadpool_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<ThreadpoolEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
