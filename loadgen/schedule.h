// When each request should start. Closed loop: whenever a response makes room. Constant rate: request n of the whole
// run at start + n / rate, dealt out to the workers in turn (worker w of W has n = w, w + W, …), so that a slow
// connection or worker never stretches the schedule of the others. Open loop: due() never depends on responses, so a
// response time measured from it contains the queueing that a slow target causes (docs/method.md, "intended start").
// One Schedule per worker; not thread-safe.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace hotlap::loadgen {

class Schedule {
 public:
  Schedule(std::optional<Rate> rate, int worker, int workers) noexcept
      : rate_(rate), next_(static_cast<std::uint64_t>(worker)), step_(static_cast<std::uint64_t>(workers)) {}

  [[nodiscard]] bool open_loop() const noexcept { return rate_.has_value(); }
  void start(Instant at) noexcept { start_ = at; }
  // Of the worker's next request; call pass() when it has been sent. Open loop only.
  [[nodiscard]] Instant due() const noexcept {
    return start_ + Nanos(std::llround(static_cast<double>(next_) * 1e9 / rate_->per_second));
  }
  void pass() noexcept { next_ += step_; }

 private:
  std::optional<Rate> rate_;
  std::uint64_t next_;
  std::uint64_t step_;
  Instant start_{};
};

}  // namespace hotlap::loadgen
