#include "tests/simulation/world.h"

#include <fmt/core.h>

#include <algorithm>

#include "tests/simulation/dice.h"

namespace hotlap::loadgen::simulation {
namespace {

using namespace std::chrono_literals;

load::LoadSpec make_spec(Dice& dice) {
  load::LoadSpec spec;
  spec.connections = static_cast<int>(dice.chance(0.3) ? 1 : dice.between(1, 20));
  spec.pipeline_depth = static_cast<int>(dice.chance(0.5) ? 1 : dice.between(1, 30));
  spec.duration = dice.chance(0.03) ? dice.between(1s, 3s) : dice.between(50ms, 500ms);
  if (dice.chance(0.4)) spec.warm_up = dice.between(1ms, 100ms);
  spec.timeout = dice.chance(0.2) ? dice.between(300ms, 1s) : dice.between(3ms, 150ms);
  if (dice.chance(0.3)) spec.first_byte_timeout = dice.between(1ms, spec.timeout + 20ms);
  if (dice.chance(0.25)) spec.requests_per_connection = static_cast<std::uint64_t>(dice.between(1, 40));
  spec.seed = dice.next();
  if (dice.chance(0.5)) {
    const double run_s = std::chrono::duration<double>(spec.duration + spec.warm_up).count();
    spec.rate = load::RateProfile{.points = {Rate{static_cast<double>(dice.between(10, 1200)) / run_s}}};
    if (dice.chance(0.3)) spec.gaps = load::Gaps::poisson;
    const auto way = dice.below(4);
    if (way == 1)
      spec.catch_up = {.way = load::CatchUp::Way::cap, .factor = 1 + dice.unit() * 3};
    else if (way == 2)
      spec.catch_up = {.way = load::CatchUp::Way::drop, .patience = dice.between(10us, 20ms)};
  }
  return spec;
}

std::vector<RequestKind> make_kinds(Dice& dice, std::size_t count, const std::string& body) {
  std::vector<RequestKind> kinds;
  for (std::size_t i = 0; i < count; ++i) {
    RequestKind kind{.name = fmt::format("kind {}", i),
                     .expect = {},
                     .head = dice.chance(0.15),
                     .number = static_cast<std::uint16_t>(i)};
    if (dice.chance(0.5)) kind.expect.body_length = body.size();
    if (dice.chance(0.5)) kind.expect.body = body;
    if (dice.chance(0.2)) kind.expect.status_high = 599;
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

}  // namespace

World make_world(std::uint64_t seed) {
  Dice dice(seed * 2 + 1);
  World world;
  world.seed = seed;
  world.spec = make_spec(dice);
  const auto& spec = world.spec;
  const std::size_t body_bytes = dice.chance(0.04)  ? static_cast<std::size_t>(dice.between(60'000, 300'000))
                                 : dice.chance(0.1) ? 0
                                                    : static_cast<std::size_t>(dice.between(1, 400));
  for (std::size_t i = 0; i < body_bytes; ++i) world.body += static_cast<char>('a' + i % 26);
  world.constant = dice.chance(0.5);
  world.kinds = make_kinds(dice, world.constant ? 1 : static_cast<std::size_t>(dice.between(1, 4)), world.body);
  world.collect = dice.chance(0.3);
  world.merged = dice.chance(0.2);
  if (!world.constant && dice.chance(0.2)) world.longest_rest = dice.between(1us, 2 * spec.timeout);
  if (dice.chance(0.05)) world.stop_after = static_cast<std::uint64_t>(dice.between(1, 200));

  const bool quiet = dice.chance(0.1);
  for (std::size_t i = 0; i < kTroubles && !quiet; ++i) world.troubles[i] = dice.chance(0.25);
  world.trouble_share = dice.chance(0.3) ? dice.unit() * 0.5 : dice.unit() * 0.05;

  // So slow that a run has some hundreds of responses, not a million.
  const auto wanted = dice.between(20, body_bytes > 1000 ? 60 : 800);
  world.one_at_a_time = dice.chance(0.7);
  const auto lanes = spec.connections * (world.one_at_a_time ? 1 : spec.pipeline_depth);
  const auto run = spec.duration + spec.warm_up;
  world.law = static_cast<ServiceLaw>(dice.below(4));
  world.mean_service = std::max<Nanos>(run * lanes / wanted, 10us);
  if (spec.open_loop() && dice.chance(0.6)) world.mean_service /= dice.between(2, 30);
  world.one_way = dice.between(0ns, 50us);
  if (dice.chance(0.4)) world.chunked_share = dice.unit();
  if (dice.chance(0.15)) world.until_close_share = dice.unit() * 0.3;
  if (world.has(Trouble::stall)) {
    world.stall_at = dice.between(0ns, run);
    world.stall_for = dice.between(1ms, run);
  }
  if (world.has(Trouble::interrupt) && dice.chance(0.5)) world.interrupt_at = dice.between(0ns, run);
  world.before_load = dice.between(0ns, 20ms);
  if (dice.chance(0.3)) world.most_events_per_wait = static_cast<std::size_t>(dice.between(1, 8));
  world.clock_creeps = dice.chance(0.5);
  return world;
}

std::string World::text() const {
  return fmt::format(
      "{} connections x {} in flight, window {}, warm-up {}, {}, timeout {}, first byte {}, {} per connection, {} "
      "kinds",
      spec.connections, spec.pipeline_depth, format_duration(spec.duration), format_duration(spec.warm_up),
      spec.open_loop() ? fmt::format("{} ({})", spec.rate->text(), spec.catch_up.text()) : "closed loop",
      format_duration(spec.timeout), format_duration(spec.first_byte_timeout), spec.requests_per_connection,
      kinds.size());
}

}  // namespace hotlap::loadgen::simulation
