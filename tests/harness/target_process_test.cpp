#include "harness/target_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;

TEST(TargetArguments, OfOurTargetNameOnlyWhatIsGiven) {
  EXPECT_THAT(target_arguments({}, "hotlap-target", "0", {}),
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
  EXPECT_THAT(target_arguments(spec, "t", "80", {{"tuplestore", "h:1"}, {"tarantool", "h:2"}}),
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
      target_arguments(spec, "t", "80", {{"postgres", "h:3"}}),
      ElementsAre("t", "--engine", "epoll", "--port", "80", "--workers", "1", "--store", "postgres", "--store-address",
                  "h:3", "--store-connections", "one", "--postgres-schema", "jsonb", "--postgres-rating-index", "off"));
}

TEST(TargetArguments, OfAnotherServerHavePortAndServicesFilledIn) {
  TargetSpec spec;
  spec.command = {"./server", "--port={port}", "--db={tuplestore}", "{other}"};
  EXPECT_THAT(target_arguments(spec, "./server", "8080", {{"tuplestore", "127.0.0.1:3301"}}),
              ElementsAre("./server", "--port=8080", "--db=127.0.0.1:3301", "{other}"));
}

}  // namespace
}  // namespace hotlap::harness
