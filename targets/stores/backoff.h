// How long a link that failed refuses work before it connects again: 10 ms, doubled with every failure in a row up to
// 200 ms, so that a database that came back is soon asked again. A value; the link's owner asks and tells.
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
  static constexpr Nanos kLongest = std::chrono::milliseconds(200);
  Instant until_{};
  Nanos next_ = kFirst;
};

}  // namespace hotlap::targets
