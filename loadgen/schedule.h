// When each request should start. Closed loop: whenever a response makes room. Open loop: the arrivals are one sequence
// for the whole run, dealt out to the workers in turn (worker w of W has arrivals w, w + W, …), so that a slow
// connection or worker never stretches the schedule of the others. due() never depends on responses, so a response time
// measured from it contains the queueing that a slow target causes (docs/method.md, "Intended start").
// A rate: with L(t) the integral of the rate from the start of the warm-up, which goes at the first rate, arrival n is
// due where L(t) = n; with Poisson gaps where L(t) is the sum of n + 1 exponential gaps of mean 1 (the inversion method
// for Poisson processes whose rate changes: Çinlar, Introduction to Stochastic Processes, 1975). Every worker draws all
// gaps and keeps its share: the arrivals are the same for any number of workers, and for equal seeds. No times are
// added up along the way, so nothing drifts.
// A replay: arrivals as listed; the warm-up goes at their mean rate over the window.
// One Schedule per worker; not thread-safe. Allocates in the constructor only.
#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "base/clock.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

class Schedule {
 public:
  static constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

  // A valid spec. A replay is read from it as time goes by: it outlives the schedule.
  Schedule(const load::LoadSpec& spec, int worker, int workers);

  [[nodiscard]] bool open_loop() const noexcept { return !stretches_.empty(); }
  // The warm-up lies before `window_start`. Before it, nothing is due.
  void start(Instant window_start) noexcept;
  // Of the worker's next request, kNever when there is none; call pass() when it has been sent or given up. Open loop
  // only.
  [[nodiscard]] Instant due() const noexcept { return due_; }
  // Of the one after it.
  [[nodiscard]] Instant following() const noexcept { return following_; }
  void pass() noexcept;

 private:
  // A time over which the rate is constant or changes linearly; it ends where the next begins, the last never. Times
  // are in seconds from the start of the window.
  struct Stretch {
    double begin;
    double arrivals_before;
    double rate;   // at its beginning, per second
    double slope;  // per second and second
  };

  void add_stretch(double begin, double rate, double slope);
  void plan_replay(const load::LoadSpec& spec);
  void step_on() noexcept;
  [[nodiscard]] Instant find_due() noexcept;
  [[nodiscard]] double reach(double arrivals) noexcept;
  [[nodiscard]] double exponential() noexcept;

  std::vector<Stretch> stretches_;  // empty: closed loop
  std::size_t stretch_ = 0;         // the one in which arrival `next_` lies
  std::span<const Nanos> replay_;   // empty: by rate
  bool poisson_ = false;
  std::uint64_t next_;               // the arrival at `following_`; before the start, the worker's first
  std::uint64_t step_;               // number of workers
  std::uint64_t before_replay_ = 0;  // arrivals in the warm-up of a replay
  double drawn_ = 0;                 // Poisson: the sum of the gaps up to `next_`
  std::mt19937_64 random_;
  Instant start_{};  // of the window
  Instant due_ = kNever;
  Instant following_ = kNever;
};

}  // namespace hotlap::loadgen
