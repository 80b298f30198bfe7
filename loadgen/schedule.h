// When each request should start. Closed loop: whenever a response makes room. Constant rate: request n of the whole
// run at start + n / rate, dealt out to the workers in turn (worker w of W has n = w, w + W, …), so that a slow
// connection or worker never stretches the schedule of the others. Open loop: due() never depends on responses, so a
// response time measured from it contains the queueing that a slow target causes (docs/method.md, "intended start").
// One Schedule per worker; not thread-safe.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/clock.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

class Schedule {
 public:
  static constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

  Schedule(const load::LoadSpec& spec, int worker, int workers)
      : rate_(spec.rate ? std::optional(spec.rate->first()) : std::nullopt),
        warm_up_(spec.warm_up),
        next_(static_cast<std::uint64_t>(worker)),
        step_(static_cast<std::uint64_t>(workers)) {}

  [[nodiscard]] bool open_loop() const noexcept { return rate_.has_value(); }
  // The warm-up lies before `window_start`.
  void start(Instant window_start) noexcept { start_ = window_start + -warm_up_; }
  // Of the worker's next request, kNever when there is none; call pass() when it has been sent or given up. Open loop
  // only.
  [[nodiscard]] Instant due() const noexcept {
    return start_ + Nanos(std::llround(static_cast<double>(next_) * 1e9 / rate_->per_second));
  }
  void pass() noexcept { next_ += step_; }
  // The mean time between two requests of this worker, where the schedule stands.
  [[nodiscard]] Nanos gap() const noexcept {
    return Nanos(std::llround(static_cast<double>(step_) * 1e9 / rate_->per_second));
  }

 private:
  std::optional<Rate> rate_;
  Nanos warm_up_;
  std::uint64_t next_;
  std::uint64_t step_;
  Instant start_{};
};

}  // namespace hotlap::loadgen
