#include "targets/engines/counters.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "base/error.h"
#include "base/system_calls.h"

namespace hotlap::targets {
namespace {

constexpr std::size_t kHead = alignof(WorkerCounters);

}  // namespace

void CounterBoard::Unmap::operator()(void* memory) const noexcept {
  ::munmap(memory, bytes);
}

CounterBoard::CounterBoard(int workers) : workers_(workers) {
  static_assert(sizeof(Shared) <= kHead);
  check(workers > 0, "a board has a row for each worker");
  const auto count = static_cast<std::size_t>(workers);
  const auto bytes = kHead + count * sizeof(WorkerCounters);
  // Shared, so that the figures of forked workers are seen by all and outlive them.
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "there is memory for the counters");
  memory_ = {memory, Unmap{bytes}};
  shared_ = new (memory) Shared;
  auto* first = reinterpret_cast<WorkerCounters*>(static_cast<char*>(memory) + kHead);
  for (std::size_t i = 0; i < count; ++i) new (first + i) WorkerCounters;
  rows_ = {first, count};
}

WorkerCounters& CounterBoard::row(int worker) noexcept {
  check(worker >= 0 && worker < workers_, "a worker has a row");
  return rows_[static_cast<std::size_t>(worker)];
}

EngineCounters CounterBoard::sum() const noexcept {
  const auto apart = shared_->set_apart.get();
  EngineCounters sum;
  sum.store_calls = shared_->store_calls.get();
  sum.syscalls = system_calls_made();
  for (const auto& row : rows_) {
    sum.requests += row.requests.get();
    sum.responses += row.responses.get();
    sum.connections += row.connections.get();
    sum.open += row.open.get();
    sum.writes += row.writes.get();
    sum.reads += row.reads.get();
    sum.timeouts += row.timeouts.get();
    sum.in_flight += row.in_flight.get();
    sum.restarts += row.restarts.get();
  }
  sum.requests -= std::min(apart, sum.requests);  // one that is set apart may not have been counted yet
  sum.responses -= std::min(apart, sum.responses);
  return sum;
}

}  // namespace hotlap::targets
