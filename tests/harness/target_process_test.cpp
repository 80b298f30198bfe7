#include "harness/target_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

TargetPlaces at(std::string port, results::Parameters services = {}) {
  TargetPlaces places;
  places.port = std::move(port);
  places.services = std::move(services);
  return places;
}

TEST(TargetArguments, OfOurTargetNameOnlyWhatIsGiven) {
  EXPECT_THAT(target_arguments({}, "hotlap-target", at("0")),
              ElementsAre("hotlap-target", "--engine", "epoll", "--port", "0", "--workers", "1"));
}

TEST(TargetArguments, OfOurTargetHoldStoreGatherLimitsAndProcessors) {
  TargetSpec spec;
  spec.engine = "pipelined";
  spec.workers_as = "processes";
  spec.threads = 4;
  spec.burn = Nanos(1500);
  spec.gather_responses = 8;
  spec.gather_bytes = 4096;
  spec.store = "tarantool";
  spec.store_connections = "pool:8";
  spec.cpus = CpuSet::parse("0").value();
  EXPECT_THAT(target_arguments(spec, "t", at("80", {{"tuplestore", "h:1"}, {"tarantool", "h:2"}})),
              ElementsAre("t", "--engine", "pipelined", "--port", "80", "--workers", "1", "--workers-as", "processes",
                          "--threads", "4", "--burn-ns-per-request", "1500", "--gather-responses", "8",
                          "--gather-bytes", "4096", "--store", "tarantool", "--store-address", "h:2",
                          "--store-connections", "pool:8", "--cpus", "0"));
}

TEST(TargetArguments, NameThePostgresTables) {
  TargetSpec spec;
  spec.store = "postgres";
  spec.store_schema = "jsonb";
  spec.store_rating_index = "off";
  EXPECT_THAT(
      target_arguments(spec, "t", at("80", {{"postgres", "h:3"}})),
      ElementsAre("t", "--engine", "epoll", "--port", "80", "--workers", "1", "--store", "postgres", "--store-address",
                  "h:3", "--store-connections", "one", "--postgres-schema", "jsonb", "--postgres-rating-index", "off"));
}

TEST(TargetArguments, OfAnotherServerHavePortAndServicesFilledIn) {
  TargetSpec spec;
  spec.command = {"./server", "--port={port}", "--db={tuplestore}", "{other}"};
  EXPECT_THAT(target_arguments(spec, "./server", at("8080", {{"tuplestore", "127.0.0.1:3301"}})),
              ElementsAre("./server", "--port=8080", "--db=127.0.0.1:3301", "{other}"));
}

TEST(TargetArguments, OfAnotherServerHaveSocketSourceAndFolderFilledIn) {
  TargetSpec spec;
  spec.command = {"{source}/server", "--unix={socket}", "--ready={ready_fd}", "{work_dir}/x"};
  TargetPlaces places;
  places.socket = "/w/socket";
  places.source = "/c/abc";
  places.work_dir = "/w";
  EXPECT_THAT(target_arguments(spec, "{source}/server", places),
              ElementsAre("/c/abc/server", "--unix=/w/socket", "--ready=3", "/w/x"));
}

TEST(TargetArguments, OfABuiltTargetBeginInItsCheckout) {
  TargetSpec spec;
  spec.program = "{source}/bin/hotlap-target";
  TargetPlaces places = at("0");
  places.source = "/c/abc";
  EXPECT_EQ(target_arguments(spec, spec.program, places).front(), "/c/abc/bin/hotlap-target");
}

TEST(TargetArguments, OfAServerThatRunsAlreadyAreNone) {
  TargetSpec spec;
  spec.url = "http://127.0.0.1:8080";
  EXPECT_THAT(target_arguments(spec, "", at("0")), IsEmpty());
}

TEST(TargetEnvironment, OfACommandHasThePlacesAndWhatTheScenarioSays) {
  TargetSpec spec;
  spec.command = {"./server"};
  spec.environment = {{"PORT", "{port}"}, {"HOTLAP_CPUS", "mine"}};
  spec.cpus = CpuSet::parse("0").value();
  const auto environment = target_environment(spec, at("8080"));
  EXPECT_THAT(environment, Contains(Pair("PORT", "8080")));
  EXPECT_THAT(environment, Contains(Pair("HOTLAP_PORT", "8080")));
  EXPECT_THAT(environment, Contains(Pair("HOTLAP_CPUS", "mine")));
  EXPECT_THAT(environment, Not(Contains(Pair("HOTLAP_CPUS", "0"))));
  EXPECT_THAT(environment, Not(Contains(Pair("HOTLAP_READY_FD", "3"))));
  spec.ready_fd = true;
  EXPECT_THAT(target_environment(spec, at("8080")), Contains(Pair("HOTLAP_READY_FD", "3")));
}

TEST(TargetEnvironment, OfOursIsLeftAlone) {
  EXPECT_THAT(target_environment({}, at("8080")), IsEmpty());
}

}  // namespace
}  // namespace hotlap::harness
