// How long a link that failed refuses work before it connects again: 10 ms, doubled with every failure in a row up to
// 1 s. A value; the link's owner asks and tells.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace hotlap::targets {

class Backoff {
 public:
  [[nodiscard]] bool holds(Instant now) const noexcept { return now < until_; }
  void failed(Instant now) noexcept {
    until_ = now + next_;
    next_ = std::min<Nanos>(next_ * 2, kLongest);
  }
  void succeeded() noexcept { *this = Backoff{}; }

 private:
  static constexpr Nanos kFirst = std::chrono::milliseconds(10);
  static constexpr Nanos kLongest = std::chrono::seconds(1);
  Instant until_{};
  Nanos next_ = kFirst;
};

}  // namespace hotlap::targets
