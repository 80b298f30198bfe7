// A number that is counted up on one thread or many, and read at any time; also in memory that processes share.
#pragma once

#include <atomic>
#include <cstdint>

namespace hotlap {

// One number with one writing thread, unless add_from_any_thread() is used.
class Counter {
 public:
  void add(std::uint64_t more) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void add_from_any_thread(std::uint64_t more) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  void subtract_from_any_thread(std::uint64_t less) noexcept { value_.fetch_sub(less, std::memory_order_relaxed); }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

}  // namespace hotlap
