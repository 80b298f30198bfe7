// A way to execute a server: who waits for whom, and how many responses share a write. Engines know sockets and
// workers, no page and no database.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/socket.h"
#include "base/units.h"
#include "targets/engines/handler.h"

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
  CpuSet cpus;  // worker i runs on the i-th, round and round
  GatherLimits gather;
  Nanos drain = std::chrono::seconds(5);  // most that busy connections get after stop()
};

struct EngineCounters {
  std::uint64_t requests = 0;  // answered, whatever with
  std::uint64_t connections = 0;
  std::uint64_t writes = 0;  // system calls that sent something
  void add(const EngineCounters& other) noexcept {
    requests += other.requests;
    connections += other.connections;
    writes += other.writes;
  }
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
// An event loop for each worker; every response is a write of its own.
[[nodiscard]] std::unique_ptr<Engine> make_epoll_engine(const EngineOptions& options, HandlerFactory handlers);
// An event loop for each worker; answers to pipelined requests gather up to the limits.
[[nodiscard]] std::unique_ptr<Engine> make_pipelined_engine(const EngineOptions& options, HandlerFactory handlers);

// One listener for each worker; with several they share the port (SO_REUSEPORT), after a check that nobody else has it.
[[nodiscard]] Result<std::vector<Fd>> listen_for_workers(const EngineOptions& options, bool nonblocking);
[[nodiscard]] CpuSet worker_cpu(const EngineOptions& options, int worker);

}  // namespace hotlap::targets
