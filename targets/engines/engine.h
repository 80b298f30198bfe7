// A way to execute a server: who waits for whom, and how many responses share a write. Engines know sockets and
// workers, no page and no database.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/socket.h"
#include "base/units.h"
#include "targets/engines/counters.h"
#include "targets/engines/deadlines.h"
#include "targets/engines/handler.h"
#include "targets/engines/request_reader.h"

namespace hotlap::targets {

// Japronto's limits: a write goes out when this many responses or bytes have gathered, or when the read buffer is
// empty.
struct GatherLimits {
  int responses = 24;
  std::size_t bytes = 4096;
};

struct EngineOptions {
  Address address;  // port 0: a free one
  int workers = 1;
  int threads = 16;  // of each worker of threadpool
  CpuSet cpus;       // worker i runs on the i-th, round and round
  GatherLimits gather;
  RequestLimits requests;
  TimeLimits times;
  Nanos drain = std::chrono::seconds(5);  // most that busy connections get after stop()

  // For a worker process: what its master made for it. It is the worker of this number, and the only one of its engine.
  int first_worker = 0;
  std::vector<int> listeners;     // to be duplicated, one for each worker; empty: the engine makes its own
  CounterBoard* board = nullptr;  // outlives the engine; without one the engine makes its own
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Listens and starts the workers; answers the port.
  [[nodiscard]] virtual Result<std::uint16_t> start() = 0;
  // No new connections; idle ones are closed at once, busy ones get until the drain time is over. Joins the workers.
  [[nodiscard]] virtual EngineCounters stop() = 0;
};

// A thread for each connection, which reads, answers and writes, one response at a time.
[[nodiscard]] std::unique_ptr<Engine> make_blocking_engine(const EngineOptions& options, HandlerFactory handlers);
// A fixed number of threads, each of which serves one connection at a time to its end; further connections wait.
[[nodiscard]] std::unique_ptr<Engine> make_threadpool_engine(const EngineOptions& options, HandlerFactory handlers);
// An event loop for each worker; every response is a write of its own.
[[nodiscard]] std::unique_ptr<Engine> make_epoll_engine(const EngineOptions& options, HandlerFactory handlers);
// An event loop for each worker; answers to pipelined requests gather up to the limits.
[[nodiscard]] std::unique_ptr<Engine> make_pipelined_engine(const EngineOptions& options, HandlerFactory handlers);
// An io_uring for each worker: one system call a turn, which sends what every connection has gathered in it.
[[nodiscard]] std::unique_ptr<Engine> make_uring_engine(const EngineOptions& options, HandlerFactory handlers);

// Does a worker of this engine serve a single connection at a time? Then waiting ones are best in one queue for all.
[[nodiscard]] bool one_at_a_time(std::string_view engine) noexcept;

// One listener for each worker; with several they share the port (SO_REUSEPORT), after a check that nobody else has it.
// With `one_queue` there is a single listener, and every worker gets a duplicate of it.
[[nodiscard]] Result<std::vector<Fd>> listen_for_workers(const EngineOptions& options, bool nonblocking,
                                                         bool one_queue = false);
// Makes accept() on a blocking listener come back now and then, for a look at a stop flag.
void let_accept_return(const Fd& listener) noexcept;
[[nodiscard]] CpuSet worker_cpu(const EngineOptions& options, int worker);

}  // namespace hotlap::targets
