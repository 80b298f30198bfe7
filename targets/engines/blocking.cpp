// A thread for each connection: simple, and good as long as connections are few or mostly busy.
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "targets/engines/blocking_conversation.h"
#include "targets/engines/engine.h"
#include "targets/engines/open_sockets.h"

namespace hotlap::targets {
namespace {

class BlockingEngine final : public Engine {
 public:
  BlockingEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto listeners = listen_for_workers(options_, false);
    if (!listeners) return std::unexpected(listeners.error());
    const auto address = local_address(listeners->front());
    if (!address) return std::unexpected(address.error());
    if (!options_.board) options_.board = &own_board_.emplace(options_.first_worker + options_.workers);
    for (int worker = 0; worker < options_.workers; ++worker)
      acceptors_.emplace_back([this, worker, listener = std::move((*listeners)[static_cast<std::size_t>(worker)])](
                                  const std::stop_token& stop) { accept_loop(stop, listener, worker); });
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& acceptor : acceptors_) acceptor.request_stop();
    acceptors_.clear();
    open_.drain(options_.drain);
    std::unique_lock lock(mutex_);
    all_gone_.wait(lock, [&] { return threads_ == 0; });
    return options_.board->sum();
  }

 private:
  void accept_loop(const std::stop_token& stop, const Fd& listener, int worker) {
    (void)pin_this_thread(worker_cpu(options_, worker));  // connection threads inherit it
    let_accept_return(listener);
    auto& row = options_.board->row(options_.first_worker + worker);
    while (!stop.stop_requested()) {
      Fd socket = accept_for_a_while(listener);
      if (!socket || !open_.enter(socket.get())) continue;
      {
        const std::scoped_lock lock(mutex_);
        ++threads_;
      }
      std::thread([this, &row, connection = std::move(socket)]() mutable {
        serve(std::move(connection), row);
      }).detach();
    }
  }

  void serve(Fd socket, WorkerCounters& row) {
    {
      const auto handler = handlers_(nullptr);
      converse(socket, *handler, options_.requests, options_.times, row);
    }
    open_.leave(socket.get());
    socket.reset();
    const std::scoped_lock lock(mutex_);
    --threads_;
    all_gone_.notify_all();
  }

  EngineOptions options_;
  HandlerFactory handlers_;
  std::optional<CounterBoard> own_board_;
  std::vector<std::jthread> acceptors_;
  OpenSockets open_;
  std::mutex mutex_;  // guards threads_
  std::condition_variable all_gone_;
  int threads_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_blocking_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<BlockingEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
