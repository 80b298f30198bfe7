// A server that answers a pipelined batch in reverse order. Each answer carries the id of its request, so a generator
// that only counts answers sees nothing wrong, and one that checks them finds every answer that met the wrong request.
#include <gtest/gtest.h>

#include "loadgen/run.h"
#include "tests/calibration/known_server.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

struct Seen {
  load::Measurement measurement;
  Truth truth;
};

Seen measure(int depth) {
  auto server = KnownServer::start({.delay = 1ms, .reversed = true});
  EXPECT_TRUE(server);
  load::LoadSpec spec{.url = load::Url::parse(server->url()).value()};
  for (const char* id : {"a", "b"}) {
    load::RequestTemplate request{.name = id, .target = std::string("/id/") + id};
    request.expect.body = id;
    spec.requests.push_back(request);
  }
  spec.order = load::RequestOrder::sequence;  // a b a b: in a batch of two each answer meets the other's request
  spec.connections = 1;
  spec.pipeline_depth = depth;
  spec.duration = 300ms;
  auto measurement = loadgen::run_load(spec, {}, [] { return false; });
  const Truth truth = server->stop();
  if (!measurement) {
    ADD_FAILURE() << measurement.error().message;
    return {};
  }
  EXPECT_EQ(measurement->total.sent, truth.requests);
  EXPECT_EQ(measurement->total.answered, truth.answered);
  EXPECT_GT(truth.answered, 0U);
  EXPECT_EQ(measurement->total.good, truth.right);
  return {std::move(*measurement), truth};
}

TEST(Reordered, AnswersToTheWrongRequestsAreNotGood) {
  const auto [measurement, truth] = measure(2);
  EXPECT_GT(truth.wrong, 0U);
  EXPECT_EQ(measurement.total.answered - measurement.total.good, truth.wrong);
  EXPECT_NE(measurement.verdict.level, load::VerdictLevel::valid);
}

TEST(Reordered, OneAtATimeThereIsNothingToReorder) {
  const auto [measurement, truth] = measure(1);
  EXPECT_EQ(truth.wrong, 0U);
  EXPECT_EQ(measurement.total.good, measurement.total.answered);
}

}  // namespace
}  // namespace hotlap::calibration
