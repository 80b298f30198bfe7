// A thread for each connection: simple, and good as long as connections are few or mostly busy.
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "targets/engines/engine.h"
#include "targets/engines/request_reader.h"

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

class BlockingEngine final : public Engine {
 public:
  BlockingEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto listeners = listen_for_workers(options_, true);
    if (!listeners) return std::unexpected(listeners.error());
    const auto address = local_address(listeners->front());
    if (!address) return std::unexpected(address.error());
    for (int worker = 0; worker < options_.workers; ++worker)
      acceptors_.emplace_back([this, worker, listener = std::move((*listeners)[static_cast<std::size_t>(worker)])](
                                  const std::stop_token& stop) { accept_loop(stop, listener, worker); });
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& acceptor : acceptors_) acceptor.request_stop();
    acceptors_.clear();
    std::unique_lock lock(mutex_);
    // Readers see the end of their input, finish the request in hand and leave.
    for (const int socket : open_) ::shutdown(socket, SHUT_RD);
    if (!all_gone_.wait_for(lock, options_.drain, [&] { return open_.empty(); }))
      for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    all_gone_.wait(lock, [&] { return open_.empty() && threads_ == 0; });
    return counters_;
  }

 private:
  void accept_loop(const std::stop_token& stop, const Fd& listener, int worker) {
    (void)pin_this_thread(worker_cpu(options_, worker));  // connection threads inherit it
    while (!stop.stop_requested()) {
      pollfd waiting{listener.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 50) <= 0) continue;
      Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) continue;
      {
        const std::scoped_lock lock(mutex_);
        open_.insert(socket.get());
        ++threads_;
        ++counters_.connections;
      }
      std::thread([this, connection = std::move(socket)]() mutable { serve(std::move(connection)); }).detach();
    }
  }

  void serve(Fd socket) {
    EngineCounters counted;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    {
      const auto handler = handlers_(nullptr);
      converse(socket, *handler, counted);
    }
    const std::scoped_lock lock(mutex_);
    open_.erase(socket.get());
    socket.reset();
    counters_.requests += counted.requests;
    counters_.writes += counted.writes;
    --threads_;
    all_gone_.notify_all();
  }

  static void converse(const Fd& socket, Handler& handler, EngineCounters& counted) {
    NoDeferral no_deferral;
    RequestReader reader;
    std::string out;
    std::vector<char> buffer(kReadBytes);
    while (true) {
      const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      std::string_view input(buffer.data(), static_cast<std::size_t>(count));
      while (true) {
        const auto next = reader.next(input);
        if (next.kind == RequestReader::Kind::need_more) break;
        out.clear();
        if (next.kind == RequestReader::Kind::expects_continue) {
          out = kContinue;
        } else {
          ++counted.requests;
          if (next.kind == RequestReader::Kind::request)
            (void)handler.handle({next.head, next.body}, out, no_deferral);
          else
            out = rejection(next.head);
        }
        ++counted.writes;
        if (!write_all(socket, out)) return;
        if (next.kind == RequestReader::Kind::bad || !next.head.keep_alive) return;
      }
    }
  }

  EngineOptions options_;
  HandlerFactory handlers_;
  std::vector<std::jthread> acceptors_;
  std::mutex mutex_;  // guards all below
  std::condition_variable all_gone_;
  std::set<int> open_;
  int threads_ = 0;
  EngineCounters counters_;
};

}  // namespace

std::unique_ptr<Engine> make_blocking_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<BlockingEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
