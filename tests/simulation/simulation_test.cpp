// One worker in thousands of simulated worlds, each made by its seed, checked against the world's own truth.
// HOTLAP_SIMULATION_SEED=n runs the one world of that seed; HOTLAP_SIMULATION_WORLDS=n that many worlds instead of the
// usual number, which depends on the build (CMakeLists.txt beside it).
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <string>
#include <vector>

#include "loadgen/worker.h"
#include "tests/simulation/simulated_network.h"
#include "tests/simulation/simulated_source.h"
#include "tests/simulation/truth.h"
#include "tests/simulation/world.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace hotlap::loadgen::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kParts = 8;
constexpr std::uint64_t kUsualWorlds = HOTLAP_USUAL_WORLDS;
constexpr std::uint64_t kSeedsToCatchAPlant = 200;

struct Outcome {
  std::uint64_t trace = 0;
  std::uint64_t requests = 0;
  std::vector<std::string> findings;
};

std::uint64_t seed_now = 0;  // for a crash

void tell_the_seed() {
  std::fprintf(stderr, "in the world of HOTLAP_SIMULATION_SEED=%llu\n", static_cast<unsigned long long>(seed_now));
}

// Also where a check of the worker or a sanitizer ends the process, it says in which world.
void tell_the_seed_on_a_crash() {
  std::signal(SIGABRT, [](int) { tell_the_seed(); });
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback(tell_the_seed);
#endif
}

Outcome run(const World& world, Plant plant = Plant::none) {
  seed_now = world.seed;
  tell_the_seed_on_a_crash();
  const auto address = *resolve("127.0.0.1", 80);
  const std::vector<Address> sources;
  RunControl control(1);
  Truth truth(world, control, plant);
  SimulatedNetwork network(world, truth, control, plant);
  SimulatedSource source(world, network, truth);
  network.watch(source);
  Worker worker(world.spec, {.index = 0, .workers = 1, .connections = world.spec.connections}, address, sources,
                network, source, control);
  Outcome outcome;
  try {
    worker.connect_all();
    network.pass(world.before_load);
    control.window_start_ns = (network.now() + world.spec.warm_up).ns;
    control.window_end_ns = (network.now() + world.spec.warm_up + world.spec.duration).ns;
    network.load_begins();
    truth.load_begins(network.now());
    worker.load();
    truth.load_ends(network.now());
  } catch (const std::exception& ended) {
    outcome.findings.emplace_back(ended.what());
  }
  Tally merged;
  if (world.merged) merged.merge(worker.tally());
  std::vector<std::string> names;
  for (const auto& kind : world.kinds) names.push_back(kind.name);
  load::Measurement measurement;
  (world.merged ? merged : worker.tally()).write(measurement, names);
  for (const auto& violation : truth.violations()) outcome.findings.push_back(violation);
  for (const auto& difference : truth.differences(measurement, worker.live().sent))
    outcome.findings.push_back(difference);
  outcome.trace = network.trace();
  outcome.requests = truth.requests();
  return outcome;
}

std::string story(const World& world, const Outcome& outcome) {
  std::string text = fmt::format("HOTLAP_SIMULATION_SEED={} {} replays this world: {}\n", world.seed,
                                 HOTLAP_BIN_DIR "/simulation_test", world.text());
  for (const auto& finding : outcome.findings) text += "  " + finding + "\n";
  return text;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool one_seed_only() {
  return std::getenv("HOTLAP_SIMULATION_SEED") != nullptr;
}

// In parts, so that the parts can run beside each other.
class Simulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, WhatTheWorkerReportsIsTheTruth) {
  if (one_seed_only()) {
    if (GetParam() > 0) return;
    const World world = make_world(number_from("HOTLAP_SIMULATION_SEED", 0));
    const auto outcome = run(world);
    fmt::print("{}", story(world, outcome));
    EXPECT_TRUE(outcome.findings.empty());
    return;
  }
  const auto worlds = number_from("HOTLAP_SIMULATION_WORLDS", kUsualWorlds);
  int failures = 0;
  std::uint64_t requests = 0;
  for (std::uint64_t seed = GetParam(); seed < worlds && failures < 10; seed += kParts) {
    const World world = make_world(seed);
    const auto outcome = run(world);
    requests += outcome.requests;
    if (outcome.findings.empty()) continue;
    ++failures;
    ADD_FAILURE() << story(world, outcome);
  }
  EXPECT_GT(requests, 0U);
}

INSTANTIATE_TEST_SUITE_P(Part, Simulation, testing::Range<std::uint64_t>(0, kParts));

TEST(SimulationItself, ASeedRunsTheSameWayTwice) {
  for (std::uint64_t seed = 0; seed < kUsualWorlds / 20; ++seed) {
    const World world = make_world(seed);
    EXPECT_EQ(run(world).trace, run(world).trace) << "seed " << seed;
  }
}

// Worlds made by hand: each had an error of its own to find.
World calm_world(std::initializer_list<Trouble> troubles, double share) {
  World world;
  world.seed = 1;
  world.spec.connections = 6;
  world.spec.pipeline_depth = 4;
  world.spec.duration = 200ms;
  world.spec.timeout = 30ms;
  world.kinds = {{.name = "only", .expect = {}}};
  world.body = "UGLY";
  world.mean_service = 2ms;
  world.trouble_share = share;
  world.clock_creeps = true;
  for (const auto trouble : troubles) world.troubles.set(static_cast<std::size_t>(trouble));
  return world;
}

void expect_truth(World world) {
  for (world.seed = 1; world.seed <= 20; ++world.seed) {
    const auto outcome = run(world);
    EXPECT_GT(outcome.requests, 0U);
    EXPECT_TRUE(outcome.findings.empty()) << story(world, outcome);
  }
}

TEST(SimulatedCase, NothingIsSentAfterARestThatOutlastsTheWindow) {
  World world = calm_world({}, 0);
  world.longest_rest = 300ms;
  expect_truth(world);
}

TEST(SimulatedCase, ARestHidesNoDeadline) {
  World world = calm_world({Trouble::silence}, 0.1);
  world.longest_rest = 100ms;
  expect_truth(world);
}

// A host that stands still until the run is over: what waited longer than it may has timed out all the same.
TEST(SimulatedCase, AStandstillAtTheEndHidesNoDeadline) {
  World world = calm_world({Trouble::silence, Trouble::late_wake}, 0.5);
  world.spec.duration = 50ms;
  expect_truth(world);
}

TEST(SimulatedCase, ALateFirstByteIsATimeoutAndEntersTheTimes) {
  World world = calm_world({Trouble::silence, Trouble::stall}, 0.05);
  world.spec.first_byte_timeout = 12ms;
  expect_truth(world);
}

TEST(SimulatedCase, AfterASlowResponseTheNextOneHasItsOwnFirstByteDeadline) {
  World world = calm_world({Trouble::drip, Trouble::interim, Trouble::silence}, 0.3);
  world.spec.first_byte_timeout = 12ms;
  expect_truth(world);
}

TEST(SimulatedCase, BytesThatNobodyAskedForEndTheConnection) {
  World world = calm_world({Trouble::speaks_first, Trouble::extra_response, Trouble::split}, 0.3);
  world.spec.pipeline_depth = 1;
  expect_truth(world);
}

TEST(SimulatedCase, AnInterimResponseIsNotTheFirstByteHoweverItIsCut) {
  expect_truth(calm_world({Trouble::interim, Trouble::split}, 0.5));
}

TEST(SimulatedCase, AnInterruptKeepsThePartition) {
  World world = calm_world({Trouble::late_wake}, 0.1);
  for (const Nanos at : {Nanos(0), Nanos(1ms), Nanos(77ms), Nanos(199ms)}) {
    world.interrupt_at = at;
    world.spec.warm_up = 20ms;
    expect_truth(world);
  }
}

TEST(SimulatedCase, BodiesThatNobodyLooksAtAreSkippedToTheByte) {
  World world = calm_world({Trouble::split, Trouble::reset_in_response, Trouble::wrong_length}, 0.3);
  world.body.assign(30'000, 'x');
  world.mean_service = 10ms;
  world.kinds[0].expect.body_length = world.body.size();
  expect_truth(world);
}

// The checks are worth what they catch.
class PlantedError : public testing::TestWithParam<Plant> {};

TEST_P(PlantedError, IsCaughtWithinAFewWorlds) {
  for (std::uint64_t seed = 0; seed < kSeedsToCatchAPlant; ++seed)
    if (const World world = make_world(seed); !run(world, GetParam()).findings.empty() && run(world).findings.empty())
      return;
  ADD_FAILURE() << "not caught in " << kSeedsToCatchAPlant << " worlds";
}

constexpr std::array<const char*, static_cast<std::size_t>(Plant::count_of_them)> kPlantNames = {
    "none",
    "CoordinatedOmission",
    "InFlightDroppedAtTheEnd",
    "NotCensored",
    "TimeoutsAsFailures",
    "PendingCountedTwice",
    "StampedWhenTaken",
    "OneSamplePerWrite",
    "WarmUpCounted",
    "DrainIgnored",
    "NeverSentForgotten",
    "HeldUpUnnoticed",
    "FirstByteAtLastByte",
    "InterimCounted",
    "ReadLost",
    "ResetHidden",
};

std::vector<Plant> all_plants() {
  std::vector<Plant> plants;
  for (std::size_t i = 1; i < kPlantNames.size(); ++i) plants.push_back(static_cast<Plant>(i));
  return plants;
}

INSTANTIATE_TEST_SUITE_P(Of, PlantedError, testing::ValuesIn(all_plants()),
                         [](const auto& test) { return kPlantNames[static_cast<std::size_t>(test.param)]; });

}  // namespace
}  // namespace hotlap::loadgen::simulation
