// When does which connection need a look? One entry per connection, in buckets of a millisecond: setting and removing
// one costs a few writes whatever their number, and an entry beyond the wheel's turn (half a second) is simply looked
// at early. Entries fire late by at most one bucket, never before their time was reached unless beyond the turn: the
// caller compares with its own deadline and sets the entry again. Not thread-safe; allocates in the constructor only.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace hotlap::loadgen {

class DeadlineWheel {
 public:
  static constexpr std::int64_t kBucketNs = 1'000'000;

  explicit DeadlineWheel(std::uint32_t connections, Instant start) : links_(connections), start_(start) {
    heads_.fill(kNone);
  }

  [[nodiscard]] bool is_set(std::uint32_t slot) const noexcept { return links_[slot].bucket != kNone; }

  // Replaces the entry that the connection may have.
  void set(std::uint32_t slot, Instant at) noexcept {
    remove(slot);
    const std::int64_t bucket =
        std::clamp((at.ns - start_.ns + kBucketNs - 1) / kBucketNs, turned_ + 1, turned_ + kBuckets - 1);
    const auto index = static_cast<std::uint32_t>(bucket % kBuckets);
    auto& link = links_[slot];
    link = {.next = heads_[index], .previous = kNone, .bucket = index};
    if (link.next != kNone) links_[link.next].previous = slot;
    heads_[index] = slot;
    occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
  }

  void remove(std::uint32_t slot) noexcept {
    auto& link = links_[slot];
    if (link.bucket == kNone) return;
    if (link.previous != kNone)
      links_[link.previous].next = link.next;
    else
      heads_[link.bucket] = link.next;
    if (link.next != kNone) links_[link.next].previous = link.previous;
    if (heads_[link.bucket] == kNone) occupied_[link.bucket / 64] &= ~(std::uint64_t{1} << (link.bucket % 64));
    link.bucket = kNone;
  }

  // Calls look(slot) for each entry whose bucket is over; the entry is gone by then and may be set again.
  template <class Look>
  void turn(Instant now, Look look) {
    const std::int64_t to = (now.ns - start_.ns) / kBucketNs;
    turned_ = std::max(turned_, to - kBuckets);  // after a long sleep every bucket is looked at once
    while (turned_ < to) {
      ++turned_;
      const auto index = static_cast<std::size_t>(turned_ % kBuckets);
      while (heads_[index] != kNone) {
        const std::uint32_t slot = heads_[index];
        remove(slot);
        look(slot);
      }
    }
  }

  // When turn() has something to do next, or `otherwise`, whichever is earlier.
  [[nodiscard]] Instant next(Instant otherwise) const noexcept {
    for (std::int64_t ahead = 1; ahead < kBuckets;) {
      const auto index = static_cast<std::size_t>((turned_ + ahead) % kBuckets);
      const std::uint64_t word = occupied_[index / 64] >> (index % 64);
      if (word != 0) return std::min(otherwise, start_ + Nanos((turned_ + ahead + std::countr_zero(word)) * kBucketNs));
      ahead += static_cast<std::int64_t>(64 - index % 64);
    }
    return otherwise;
  }

 private:
  static constexpr std::int64_t kBuckets = 512;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Link {
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
    std::uint32_t bucket = kNone;
  };

  std::vector<Link> links_;
  std::array<std::uint32_t, kBuckets> heads_{};
  std::array<std::uint64_t, kBuckets / 64> occupied_{};
  Instant start_;
  std::int64_t turned_ = 0;  // buckets that are over
};

}  // namespace hotlap::loadgen
