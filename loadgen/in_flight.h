// Requests of one connection that wait for their responses, first in, first out (HTTP/1.1 answers in order). Requests
// that were handed to the kernel in one write share their stamps and one entry, so a batch costs one entry, and still
// each request has its sample. Fixed capacity: no allocation after construction. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace hotlap::loadgen {

class InFlight {
 public:
  struct Batch {
    Instant intended;
    Instant sent;
    std::uint32_t requests = 0;
    std::uint16_t kind = 0;
    bool counted = false;  // belongs to the window as it stood then: an interrupt ends the window in the past
  };

  explicit InFlight(std::size_t capacity) : ring_(capacity) {}

  [[nodiscard]] std::size_t requests() const noexcept { return requests_; }
  [[nodiscard]] std::size_t room() const noexcept { return ring_.size() - requests_; }
  [[nodiscard]] bool empty() const noexcept { return requests_ == 0; }
  [[nodiscard]] const Batch& oldest() const noexcept { return ring_[first_]; }
  // The kind of the n-th oldest request, from 0.
  [[nodiscard]] std::uint16_t kind_of(std::size_t n) const noexcept {
    std::size_t at = first_;
    for (std::size_t i = 0; i < batches_; ++i) {
      const Batch& batch = ring_[at];
      if (n < batch.requests) return batch.kind;
      n -= batch.requests;
      if (++at == ring_.size()) at = 0;
    }
    return 0;
  }

  void push(Batch batch) noexcept {
    check(batch.requests > 0 && batch.requests <= room(), "no more requests are in flight than the pipeline is deep");
    const std::size_t end = first_ + batches_;
    ring_[end < ring_.size() ? end : end - ring_.size()] = batch;
    ++batches_;
    requests_ += batch.requests;
  }
  // Takes up to `most` requests that share the oldest stamps.
  [[nodiscard]] Batch pop(std::uint32_t most) noexcept {
    check(!empty(), "a response was matched to a request that was never sent");
    Batch& batch = ring_[first_];
    Batch taken = batch;
    taken.requests = most < batch.requests ? most : batch.requests;
    batch.requests -= taken.requests;
    requests_ -= taken.requests;
    if (batch.requests == 0) {
      if (++first_ == ring_.size()) first_ = 0;
      --batches_;
    }
    return taken;
  }

 private:
  std::vector<Batch> ring_;
  std::size_t first_ = 0;
  std::size_t batches_ = 0;
  std::size_t requests_ = 0;
};

}  // namespace hotlap::loadgen
