// When did the kernel send the requests of one connection? It stamps writes, not requests: a stamp carries the offset
// of the last byte of a write (SOF_TIMESTAMPING_OPT_ID), counted from the connection's start in 32 bits. Writes that
// were joined into one packet share the stamp of the last of them, and a write that was taken in parts has several: a
// request belongs to the first stamp that covers its write's end. Offsets are bytes, times CLOCK_MONOTONIC. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace hotlap::loadgen {

class WriteStamps {
 public:
  // The next `bytes` of this connection hold this many requests.
  void handed_over(std::uint32_t requests, std::uint64_t bytes) {
    handed_over_ += bytes;
    writes_.push_back({.end = handed_over_, .requests = requests, .sent = std::nullopt});
  }

  // The kernel sent everything up to and including the byte with this offset.
  void stamped(std::uint32_t offset, Instant sent) noexcept {
    // The offset that ends in these 32 bits and has been handed over: the nearest to what was stamped last.
    const std::uint64_t end = stamped_ + static_cast<std::uint32_t>(offset + 1U - static_cast<std::uint32_t>(stamped_));
    if (end > handed_over_) return;  // of a byte that was sent a second time
    stamped_ = end;
    for (; first_unstamped_ < writes_.size() && writes_[first_unstamped_].end <= end; ++first_unstamped_)
      writes_[first_unstamped_].sent = sent;
  }

  // The oldest requests, all of one write, have been answered: when they were sent, if that is known.
  [[nodiscard]] std::optional<Instant> answered(std::uint32_t requests) noexcept {
    check(first_ < writes_.size() && requests <= writes_[first_].requests, "answers are to requests of one write");
    Write& write = writes_[first_];
    const auto sent = write.sent;
    write.requests -= requests;
    if (write.requests == 0) {
      ++first_;
      first_unstamped_ = std::max(first_unstamped_, first_);
      forget_answered();
    }
    return sent;
  }

  [[nodiscard]] bool all_stamped() const noexcept { return stamped_ == handed_over_; }
  // A new connection.
  void reset() noexcept {
    writes_.clear();
    first_ = first_unstamped_ = 0;
    handed_over_ = stamped_ = 0;
  }

 private:
  static constexpr std::size_t kWorthMoving = 64;
  struct Write {
    std::uint64_t end;  // offset behind its last byte
    std::uint32_t requests;
    std::optional<Instant> sent;
  };

  void forget_answered() noexcept {
    if (first_ != writes_.size() && first_ < kWorthMoving) return;
    writes_.erase(writes_.begin(), writes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_unstamped_ -= first_;
    first_ = 0;
  }

  std::vector<Write> writes_;
  std::size_t first_ = 0;
  std::size_t first_unstamped_ = 0;
  std::uint64_t handed_over_ = 0;
  std::uint64_t stamped_ = 0;
};

}  // namespace hotlap::loadgen
