// What engines count, readable at any time by any worker, thread or process. A worker has a row of its own on a board
// in memory that its forked siblings share; a row goes on counting when its worker is replaced. Any thread may read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/counter.h"

namespace hotlap::targets {

struct EngineCounters {
  std::uint64_t requests = 0;     // answered, whatever with; but for /_stats
  std::uint64_t responses = 0;    // handed to the kernel, or about to be; but for those of /_stats
  std::uint64_t connections = 0;  // accepted
  std::uint64_t open = 0;         // of them still there
  std::uint64_t writes = 0;       // system calls that sent something, or io_uring requests that did
  std::uint64_t reads = 0;        // likewise, that received something
  std::uint64_t syscalls = 0;     // of the program and its stores, as far as we issue them: base/system_calls.h
  std::uint64_t timeouts = 0;     // connections ended by a deadline: idle, slow head, slow body, not reading
  std::uint64_t in_flight = 0;    // requests whose answer waits for a store
  std::uint64_t store_calls = 0;  // operations that were sent to the database, those of the statistics among them
  std::uint64_t restarts = 0;     // of worker processes
  [[nodiscard]] double responses_per_write() const noexcept {
    return writes == 0 ? 0 : static_cast<double>(responses) / static_cast<double>(writes);
  }
};

// One worker's row.
struct alignas(64) WorkerCounters {
  Counter requests, responses, connections, open, writes, reads, timeouts, in_flight, restarts;
};

class CounterBoard {
 public:
  explicit CounterBoard(int workers);

  [[nodiscard]] WorkerCounters& row(int worker) noexcept;
  // Over all workers. A request to look at the counters, made known by set_apart(), is in none of the figures but
  // reads, writes, syscalls and connections.
  [[nodiscard]] EngineCounters sum() const noexcept;
  void set_apart() noexcept { shared_->set_apart.add_from_any_thread(1); }
  // Of all workers: stores do not know whose they are.
  [[nodiscard]] Counter& store_calls() noexcept { return shared_->store_calls; }
  [[nodiscard]] int workers() const noexcept { return workers_; }

 private:
  struct Shared {
    Counter set_apart, store_calls;
  };
  struct Unmap {
    std::size_t bytes;
    void operator()(void* memory) const noexcept;
  };
  int workers_;
  std::unique_ptr<void, Unmap> memory_;
  Shared* shared_;
  std::span<WorkerCounters> rows_;
};

}  // namespace hotlap::targets
