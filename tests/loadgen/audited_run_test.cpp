// The audit against the real kernel, on loopback.
#include <gtest/gtest.h>

#include "loadgen/run.h"
#include "tests/loadgen/scripted_server.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

ScriptedServer::Script answer(const std::string& response) {
  return [response](const Fd& connection, int requests) {
    std::string all;
    for (int i = 0; i < requests; ++i) all += response;
    return write_all(connection, all).has_value();
  };
}

std::string response_of(std::size_t bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x');
}

load::LoadSpec spec_for(const ScriptedServer& server, int connections, int depth) {
  return {.url = load::Url::parse(server.url()).value(),
          .method = "GET",
          .connections = connections,
          .pipeline_depth = depth,
          .duration = 200ms,
          .timeout = 1s,
          .audit = true};
}

// Skips the test that asks when this kernel gives no stamps (gVisor).
#define MEASURE_AUDITED(measurement, spec)                                          \
  const auto measurement = run_load(spec, {}, [] { return false; });                \
  if (!measurement && measurement.error().message.starts_with("audit: the kernel")) \
    GTEST_SKIP() << measurement.error().message;                                    \
  ASSERT_TRUE(measurement) << measurement.error().message;                          \
  ASSERT_TRUE(measurement->audit)

struct Shape {
  int connections;
  int depth;
  std::size_t body;
  std::uint64_t per_connection;
};

class AuditedRun : public testing::TestWithParam<Shape> {};

TEST_P(AuditedRun, NearlyEveryRequestIsStampedAtBothEndsAndTheWireIsFasterThanWe) {
  const auto& shape = GetParam();
  ScriptedServer server(answer(response_of(shape.body)));
  auto spec = spec_for(server, shape.connections, shape.depth);
  spec.requests_per_connection = shape.per_connection;
  MEASURE_AUDITED(measurement, spec);
  server.stop();
  const auto& audit = *measurement->audit;
  EXPECT_EQ(measurement->transport, "epoll");
  EXPECT_EQ(measurement->total.sent, server.requests());
  EXPECT_EQ(audit.paired + audit.unpaired, measurement->requests.answered);
  EXPECT_GE(static_cast<double>(audit.paired), 0.99 * static_cast<double>(measurement->requests.answered));
  EXPECT_GT(audit.paired, 0U);
  EXPECT_EQ(audit.wire_time.count(), audit.paired);
  EXPECT_LE(audit.wire_time.quantile(0.5), measurement->service_time.quantile(0.5));
  EXPECT_LE(audit.wire_time.max(), measurement->service_time.max());
  // What the wire and the two shares are of, on average.
  const double sum =
      static_cast<double>((audit.wire_time.mean() + audit.send_share.mean() + audit.receive_share.mean()).count());
  if (audit.unpaired == 0) {
    EXPECT_NEAR(sum / static_cast<double>(measurement->service_time.mean().count()), 1, 0.001);
  }
}

INSTANTIATE_TEST_SUITE_P(Run, AuditedRun,
                         testing::Values(Shape{1, 1, 4, 0}, Shape{8, 1, 4, 0}, Shape{4, 24, 4, 0},
                                         Shape{2, 1, 300'000, 0}, Shape{2, 1, 4, 10}));

TEST(AuditedRun, ARequestOfManyPacketsIsSentWhenItsLastByteIs) {
  ScriptedServer server([answer = answer(response_of(4)), ends = 0](const Fd& connection, int more) mutable {
    ends += more;  // of heads and of bodies
    const int requests = ends / 2;
    ends %= 2;
    return requests == 0 || answer(connection, requests);
  });
  auto spec = spec_for(server, 1, 1);
  spec.method = "POST";
  spec.body = std::string(2'000'000, 'b') + "\r\n\r\n";  // more than a socket takes at once
  spec.timeout = 5s;
  MEASURE_AUDITED(measurement, spec);
  EXPECT_GT(measurement->audit->paired, 0U);
  EXPECT_EQ(measurement->audit->unpaired, 0U);
}

TEST(AuditedRun, AnAnswerToHalfARequestIsNotATimeOfTheWire) {
  ScriptedServer server(answer(response_of(4)));  // does not wait for bodies
  auto spec = spec_for(server, 1, 1);
  spec.method = "POST";
  spec.body = std::string(2'000'000, 'b');
  spec.timeout = 5s;
  MEASURE_AUDITED(measurement, spec);
  EXPECT_GT(measurement->audit->unpaired, 0U);
}

TEST(AuditedRun, WithoutTheFlagNothingIsStamped) {
  ScriptedServer server(answer(response_of(4)));
  auto spec = spec_for(server, 1, 1);
  spec.audit = false;
  const auto measurement = run_load(spec, {}, [] { return false; });
  ASSERT_TRUE(measurement);
  EXPECT_FALSE(measurement->audit);
}

}  // namespace
}  // namespace hotlap::loadgen
