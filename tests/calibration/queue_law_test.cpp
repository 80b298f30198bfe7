// Queue laws. Poisson arrivals at a worker that takes D for each request, half loaded (M/D/1, ρ = 0.5, D = 2 ms), give
// response times with mean 3.000, p50 2.001, p90 5.034, p99 8.654, p99.9 12.243 ms. Source: Erlang's formula for M/D/1.
// In two steps, so that no busy machine decides: our arrivals give these times by arithmetic; and what the program
// measures is what the arrivals of its seed and the server's own record give. tools/measure-truth does the second in 20
// s at D.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "loadgen/schedule.h"
#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

load::LoadSpec poisson(const char* rate, std::uint64_t seed, Nanos duration) {
  load::LoadSpec spec;
  spec.rate = load::RateProfile::parse(rate).value();
  spec.gaps = load::Gaps::poisson;
  spec.seed = seed;
  spec.duration = duration;
  return spec;
}

// What one worker that takes `service` for each request makes of these arrivals (Lindley's recursion).
std::vector<Nanos> response_times(const load::LoadSpec& spec, Nanos service) {
  loadgen::Schedule schedule(spec, 0, 1);
  schedule.start(Instant{0});
  std::vector<Nanos> times;
  Instant free_at{0};
  for (; schedule.due() < Instant{0} + spec.duration; schedule.pass()) {
    free_at = std::max(free_at, schedule.due()) + service;
    times.push_back(free_at - schedule.due());
  }
  std::ranges::sort(times);
  return times;
}

double mean_ms(const std::vector<Nanos>& times) {
  Nanos sum{};
  for (const auto time : times) sum += time;
  return static_cast<double>(sum.count()) / 1e6 / static_cast<double>(times.size());
}

double quantile_ms(const std::vector<Nanos>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<std::size_t>(rank, 1) - 1].count()) / 1e6;
}

double in_ms(Nanos time) {
  return static_cast<double>(time.count()) / 1e6;
}

TEST(QueueLaw, OurArrivalsMakeTheQueueThatErlangSays) {
  std::vector<Nanos> times;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto more = response_times(poisson("250/s", seed, 600s), 2ms);
    times.insert(times.end(), more.begin(), more.end());
  }
  std::ranges::sort(times);
  ASSERT_GT(times.size(), 700'000U);
  EXPECT_NEAR(mean_ms(times), 3.000, 0.01 * 3.000);
  EXPECT_NEAR(quantile_ms(times, 0.5), 2.001, 0.01 * 2.001);
  EXPECT_NEAR(quantile_ms(times, 0.9), 5.034, 0.01 * 5.034);
  EXPECT_NEAR(quantile_ms(times, 0.99), 8.654, 0.02 * 8.654);
  EXPECT_NEAR(quantile_ms(times, 0.999), 12.243, 0.05 * 12.243);
}

// What may lengthen times beside the queue: how late our requests left, and that our thread had no processor. The
// program says both of itself; a quiet machine leaves nothing of them.
double disturbance_ms(const load::Measurement& measurement) {
  Nanos sum = measurement.host.steal + measurement.host.throttled;
  for (const auto& thread : measurement.thread_use) sum += thread.waited;
  return in_ms(sum);
}

// Never less than the arrivals of the seed give by arithmetic, in any window; and not more than 3 % (the longest: 10 %)
// over what the server held back, plus how late we sent and how long we waited for a processor. What a busy machine
// adds beside that is tried again.
TEST(QueueLaw, WhatIsMeasuredIsWhatTheArrivalsGive) {
  constexpr auto kService = 20ms;
  std::string seen;
  for (std::uint64_t attempt = 1; attempt <= 5; ++attempt) {
    const auto law = response_times(poisson("25/s", attempt, 1200ms), kService);
    auto server = KnownServer::start({.pace = Behaviour::Pace::queue, .delay = kService});
    ASSERT_TRUE(server);
    const auto run = run_load_program(
        {"-c", "32", "--rate", "25/s", "--arrivals", "poisson", "--seed", std::to_string(attempt), "-d", "1200ms"},
        server->url());
    const auto& truth = server->stop();
    const auto& measurement = run.measurement;
    ASSERT_EQ(measurement.scheduled, law.size()) << "the arrivals of this seed";
    ASSERT_EQ(measurement.total.sent, truth.requests);
    ASSERT_EQ(measurement.total.answered, truth.answered);
    for (const double q : {0.1, 0.5, 0.9, 1.0})
      ASSERT_GE(in_ms(measurement.response_time.quantile(q)), 0.998 * in_ms(truth.held.quantile(q))) << q;
    if (measurement.requests.answered != law.size()) continue;  // it came too late to send the last
    const double mean = in_ms(measurement.response_time.mean());
    const double longest = in_ms(measurement.response_time.max());
    ASSERT_GE(mean, 0.998 * mean_ms(law)) << "no queue is shorter than the arrivals make it";
    ASSERT_GE(longest, 0.998 * quantile_ms(law, 1));
    const double disturbed = disturbance_ms(measurement);
    const double most = 1.03 * in_ms(truth.held.mean()) + in_ms(measurement.send_lag.mean()) + disturbed;
    const double longest_allowed = 1.1 * in_ms(truth.held.max()) + in_ms(measurement.send_lag.max()) + disturbed;
    if (mean <= most && longest <= longest_allowed) return;
    seen += "mean " + std::to_string(mean) + " ms, allowed " + std::to_string(most) + "; longest " +
            std::to_string(longest) + " ms, allowed " + std::to_string(longest_allowed) + "\n";
  }
  ADD_FAILURE() << "not in five windows:\n" << seen;
}

TEST(QueueLaw, TheSameSeedGivesTheProgramTheSameArrivals) {
  std::vector<std::uint64_t> counts;
  for (const std::uint64_t seed : {7U, 8U}) {
    auto server = KnownServer::start({});
    ASSERT_TRUE(server);
    const auto run = run_load_program(
        {"-c", "8", "--rate", "2k/s", "--arrivals", "poisson", "--seed", std::to_string(seed), "-d", "200ms"},
        server->url());
    EXPECT_EQ(run.measurement.scheduled, response_times(poisson("2k/s", seed, 200ms), 1ms).size()) << seed;
    EXPECT_EQ(run.measurement.total.sent, server->stop().requests);
    counts.push_back(run.measurement.scheduled);
  }
  EXPECT_NE(counts[0], counts[1]) << "another seed, other arrivals";
}

}  // namespace
}  // namespace hotlap::calibration
