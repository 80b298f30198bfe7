#include <gmock/gmock.h>

#include "program_fixture.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

class HotlapScenarios : public ProgramTest {};

TEST_F(HotlapScenarios, AreValidatedAllTogether) {
  const auto good = scenario("engine: epoll", "path: /ugly");
  EXPECT_EQ(run({"validate", good}).status, 0);
  std::ofstream(path("bad.yaml")) << "name: bad\ntrails: 1\n";
  const auto end = run({"validate", path("bad.yaml"), good});
  EXPECT_EQ(end.status, 30);
  EXPECT_THAT(end.err, HasSubstr("bad.yaml:2:1: key 'trails' is unknown"));
  EXPECT_THAT(end.out, HasSubstr("s.yaml: ok, 1 case, 1 trial, about "));
}

TEST_F(HotlapScenarios, AreStartedForAServerOfYourOwn) {
  const auto end = run({"init"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("hotlap.yaml is written"));
  EXPECT_EQ(run({"validate", "hotlap.yaml"}).status, 0);
  const auto plan = run({"plan", "hotlap.yaml", "--profile", "smoke", "--set", "load.path=/x"});
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("http.server"));
  EXPECT_THAT(plan.out, HasSubstr("http://127.0.0.1:{port}/x"));
  const auto again = run({"init"});
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.err, HasSubstr("--force"));
  EXPECT_EQ(run({"init", ".", "--force", "--command", "./server --port={port}"}).status, 0);
  EXPECT_THAT(contents("hotlap.yaml"), HasSubstr("command: [\"./server\", \"--port={port}\"]"));
  const auto portless = run({"init", "other.yaml", "--command", "./server"});
  EXPECT_EQ(portless.status, 2);
  EXPECT_THAT(portless.err, HasSubstr("{port}"));
  EXPECT_FALSE(std::filesystem::exists(path("other.yaml")));
}

TEST_F(HotlapScenarios, ThatInitWroteRunAsTheyStand) {
  const auto command = program("hotlap-target") + " --engine epoll --port {port}";
  ASSERT_EQ(run({"init", "mine.yaml", "--command", command}).status, 0);
  const auto end = run({"run", "mine.yaml", "--profile", "smoke", "--set", "load.path=/ugly", "--set",
                        "target.ready=/ugly", "--set", "load.duration=100ms", "--set", "matrix.connections=[2]"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(run({"plan", "mine.yaml"}).out, HasSubstr("a spread of 2.0 % is assumed"));
}

}  // namespace
}  // namespace hotlap::harness
