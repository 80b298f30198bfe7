#include "loadgen/schedule.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hotlap::loadgen {
namespace {

constexpr std::uint64_t kArrivals = 0x6172726976616c73;  // sets these draws apart from others of the same seed

}  // namespace

Schedule::Schedule(const load::LoadSpec& spec, int worker, int workers)
    : poisson_(spec.gaps == load::Gaps::poisson),
      next_(static_cast<std::uint64_t>(worker)),
      step_(static_cast<std::uint64_t>(workers)),
      random_(spec.seed ^ kArrivals) {
  if (spec.rate) {
    const auto& points = spec.rate->points;
    const double window = in_seconds(spec.duration);
    const auto parts = spec.rate->linear ? points.size() - 1 : points.size();
    const double length = window / static_cast<double>(parts);
    add_stretch(-in_seconds(spec.warm_up), points.front().per_second, 0);
    for (std::size_t part = 0; part < parts; ++part) {
      const double rate = points[part].per_second;
      const double slope = spec.rate->linear ? (points[part + 1].per_second - rate) / length : 0;
      add_stretch(window * static_cast<double>(part) / static_cast<double>(parts), rate, slope);
    }
    add_stretch(window, points.back().per_second, 0);
  } else if (!spec.replay.empty()) {
    plan_replay(spec);
  }
  if (poisson_)
    for (std::uint64_t gap = 0; gap <= next_; ++gap) drawn_ += exponential();
}

// What continues at the same rate makes no new stretch.
void Schedule::add_stretch(double begin, double rate, double slope) {
  double arrivals_before = 0;
  if (!stretches_.empty()) {
    const auto& last = stretches_.back();
    if (last.slope == 0 && slope == 0 && last.rate == rate) return;
    const double length = begin - last.begin;
    arrivals_before = last.arrivals_before + length * (last.rate + last.slope * length / 2);
  }
  stretches_.push_back({.begin = begin, .arrivals_before = arrivals_before, .rate = rate, .slope = slope});
}

void Schedule::plan_replay(const load::LoadSpec& spec) {
  replay_ = spec.replay;
  const auto in_window = std::ranges::lower_bound(spec.replay, spec.duration) - spec.replay.begin();
  const double rate = static_cast<double>(std::max<std::ptrdiff_t>(in_window, 1)) / in_seconds(spec.duration);
  constexpr double kRounding = 1e-6;  // of an arrival: none of the warm-up may round into the window
  before_replay_ = static_cast<std::uint64_t>(std::ceil(std::max(rate * in_seconds(spec.warm_up) - kRounding, 0.0)));
  add_stretch(-in_seconds(spec.warm_up), rate, 0);
}

void Schedule::start(Instant window_start) noexcept {
  start_ = window_start;
  if (!open_loop()) return;
  due_ = find_due();
  step_on();
  following_ = find_due();
}

void Schedule::pass() noexcept {
  due_ = following_;
  step_on();
  following_ = find_due();
}

void Schedule::step_on() noexcept {
  next_ += step_;
  if (poisson_)
    for (std::uint64_t gap = 0; gap < step_; ++gap) drawn_ += exponential();
}

Instant Schedule::find_due() noexcept {
  if (!replay_.empty() && next_ >= before_replay_) {
    const std::uint64_t listed = next_ - before_replay_;
    return listed < replay_.size() ? start_ + replay_[listed] : kNever;
  }
  const double at = reach(poisson_ ? drawn_ : static_cast<double>(next_));
  return start_ + Nanos(std::llround(at * 1e9));
}

// When so many arrivals are reached; `arrivals` never falls from call to call.
double Schedule::reach(double arrivals) noexcept {
  while (stretch_ + 1 < stretches_.size() && arrivals >= stretches_[stretch_ + 1].arrivals_before) ++stretch_;
  const auto& stretch = stretches_[stretch_];
  const double ahead = std::max(arrivals - stretch.arrivals_before, 0.0);
  if (stretch.slope == 0) return stretch.begin + ahead / stretch.rate;
  // The root of rate·t + slope·t²/2 = ahead, in the form that loses no digits; below zero by rounding only.
  const double under_root = std::max(stretch.rate * stretch.rate + 2 * stretch.slope * ahead, 0.0);
  return stretch.begin + 2 * ahead / (stretch.rate + std::sqrt(under_root));
}

double Schedule::exponential() noexcept {
  const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;  // in [0, 1)
  return -std::log1p(-uniform);
}

}  // namespace hotlap::loadgen
