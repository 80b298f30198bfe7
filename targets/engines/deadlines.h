// Until when each connection of a worker has to get on. Saying what a connection waits for costs one store and no
// clock, also at a million requests a second; a sweep now and then over a compact table (8 bytes a connection) reads
// the time, notes what is new and finds who is late. So a deadline is never early, and late by two sweeps at most. One
// thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/units.h"

namespace hotlap::targets {

struct TimeLimits {
  Nanos idle = std::chrono::seconds(60);   // between two requests
  Nanos head = std::chrono::seconds(10);   // from a request's first byte to the end of its head
  Nanos body = std::chrono::seconds(30);   // from there to the end of its body
  Nanos write = std::chrono::seconds(30);  // without the client taking a byte of what we have for it
  Nanos linger = std::chrono::seconds(2);  // for the client to close after we have ended the conversation
};

class Deadlines {
 public:
  enum class Awaiting : std::uint8_t { nothing, next_request, head, body, reader, close };  // nothing of the client

  explicit Deadlines(const TimeLimits& limits) noexcept
      : limit_ms_{
            0, to_ms(limits.idle), to_ms(limits.head), to_ms(limits.body), to_ms(limits.write), to_ms(limits.linger)} {}

  // A place in the table; free ones are used again.
  [[nodiscard]] std::uint32_t enter() {
    if (!free_.empty()) {
      const auto place = free_.back();
      free_.pop_back();
      return place;
    }
    table_.push_back({});
    free_.reserve(table_.capacity());  // leave() is noexcept
    return static_cast<std::uint32_t>(table_.size() - 1);
  }
  void leave(std::uint32_t place) noexcept {
    table_[place] = {};
    free_.push_back(place);
  }

  // From now on the connection waits for this.
  void begin(std::uint32_t place, Awaiting what) noexcept {
    table_[place].what = what;
    table_[place].fresh = true;
  }
  // The same, but the clock goes on when it has been waiting for just this.
  void go_on(std::uint32_t place, Awaiting what) noexcept {
    if (table_[place].what != what) begin(place, what);
  }

  // Calls `late(place, what)` for each that is; it is asked for anew at the next sweep unless it moves on or leaves.
  template <class Late>
  void sweep(Instant now, Late&& late) {
    const auto now_ms = static_cast<std::uint32_t>(now.ns / 1'000'000);  // only differences count
    for (std::uint32_t place = 0; place < table_.size(); ++place) {
      auto& row = table_[place];
      if (std::exchange(row.fresh, false))
        row.since_ms = now_ms;
      else if (row.what != Awaiting::nothing && now_ms - row.since_ms >= limit_ms_[static_cast<std::size_t>(row.what)])
        late(place, row.what);
    }
  }
  // How often to sweep: often enough for the shortest limit, and once a second at least.
  [[nodiscard]] Nanos interval() const noexcept {
    const auto shortest = *std::min_element(limit_ms_.begin() + 1, limit_ms_.end());
    return std::chrono::milliseconds(std::clamp(shortest / 16, 5U, 1000U));
  }
  [[nodiscard]] std::size_t table_bytes() const noexcept { return table_.capacity() * sizeof(Row); }

 private:
  struct Row {
    std::uint32_t since_ms = 0;
    Awaiting what = Awaiting::nothing;
    bool fresh = false;  // begun since the last sweep
  };
  static constexpr std::uint32_t to_ms(Nanos limit) noexcept {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, 1'000'000'000));
  }

  std::array<std::uint32_t, 6> limit_ms_;
  std::vector<Row> table_;
  std::vector<std::uint32_t> free_;
};

}  // namespace hotlap::targets
