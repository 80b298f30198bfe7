// A target of which everything is known: it serves `capacity` requests a second, and its response times grow as load
// nears it. Stands in for run_load in tests of the searches; the same seed gives the same windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "loadgen/search.h"

namespace hotlap::loadgen {

class SimulatedTarget {
 public:
  struct Traits {
    double capacity = 10'000;
    double base_p99_ns = 1e6;  // when idle; p99 = base / (1 − load / capacity)
    double noise = 0;          // standard deviation of the logarithm of p99, from window to window
    double lucky_share = 0;    // of windows beyond capacity that look as if the target were idle
    double unlucky_share = 0;  // of windows that look hopeless, however little is asked
    std::uint64_t seed = 1;
  };
  explicit SimulatedTarget(const Traits& traits) : traits_(traits), random_(traits.seed) {}

  // The rate at which p99 is `limit_ns`.
  [[nodiscard]] double edge(double limit_ns) const { return traits_.capacity * (1 - traits_.base_p99_ns / limit_ns); }
  // This window, counted from 0, looks idle, or hopeless.
  void make_lucky(int window) { planted_[window] = true; }
  void make_unlucky(int window) { planted_[window] = false; }
  [[nodiscard]] int windows() const { return windows_; }

  load::Measurement operator()(const load::LoadSpec& spec) {
    const double rate = spec.rate->first().per_second;
    std::normal_distribution<double> noise(0, traits_.noise);
    const double factor = traits_.noise > 0 ? std::exp(noise(random_)) : 1;
    const bool lucky = std::uniform_real_distribution<double>(0, 1)(random_) < traits_.lucky_share;
    double load = rate / traits_.capacity;
    if (lucky && load > 0.5) load = 0;
    if (traits_.unlucky_share > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < traits_.unlucky_share)
      load = 2;
    if (const auto planted = planted_.find(windows_); planted != planted_.end()) load = planted->second ? 0 : 2;
    ++windows_;
    return window(rate, spec.duration, load, factor);
  }

 private:
  [[nodiscard]] load::Measurement window(double rate, Nanos duration, double load, double factor) const {
    load::Measurement m;
    m.loop = "open";
    m.window = duration;
    m.scheduled = static_cast<std::uint64_t>(rate * static_cast<double>(duration.count()) / 1e9);
    const auto sent = load < 1 ? m.scheduled : static_cast<std::uint64_t>(static_cast<double>(m.scheduled) / load);
    m.never_sent = m.scheduled - sent;
    m.requests = {.sent = sent, .answered = sent, .good = sent};
    m.total = m.requests;
    m.good_in_window = sent;
    const double p99 = load < 1 ? factor * traits_.base_p99_ns / (1 - load) : 1e9;
    m.response_time.record(Nanos(std::llround(p99 / 4)), sent - sent / 50);
    m.response_time.record(Nanos(std::llround(p99)), sent / 50);
    return m;
  }

  Traits traits_;
  std::mt19937_64 random_;
  std::map<int, bool> planted_;
  int windows_ = 0;
};

}  // namespace hotlap::loadgen
