// Load over TLS, against a server that counts its answers.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadgen/run.h"
#include "tests/base/tls_server.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

load::LoadSpec spec_for(const TlsServer& server) {
  return {.url = load::Url::parse(server.url()).value(),
          .connections = 3,
          .trust = {.authorities = server.certificate()},
          .duration = 150ms,
          .timeout = 10s};
}

load::Measurement measure(const load::LoadSpec& spec) {
  auto measurement = run_load(spec, {}, [] { return false; });
  EXPECT_TRUE(measurement) << measurement.error().message;
  return measurement ? std::move(*measurement) : load::Measurement{};
}

const load::ErrorCount* error(const load::Measurement& measurement, std::string_view kind) {
  for (const auto& each : measurement.errors)
    if (each.kind == kind) return &each;
  return nullptr;
}

TEST(TlsRun, CountsWhatTheServerCounted) {
  for (const std::size_t bytes : {std::size_t{5}, std::size_t{200'000}})
    for (const std::size_t record : {std::size_t{0}, std::size_t{1'777}})
      for (const int depth : {1, 24}) {
        SCOPED_TRACE(fmt::format("{} bytes in records of {}, depth {}", bytes, record, depth));
        const TlsServer server({.body = std::string(bytes, 'b'), .record_bytes = record});
        auto spec = spec_for(server);
        spec.pipeline_depth = depth;
        spec.expect.body = std::string(bytes, 'b');
        const auto measured = measure(spec);
        EXPECT_GT(measured.total.good, 0U);
        EXPECT_EQ(measured.total.good, measured.total.sent);
        EXPECT_EQ(measured.total.answered, server.served());
        EXPECT_TRUE(measured.errors.empty()) << measured.errors.front().kind;
        EXPECT_EQ(measured.connections.established, 3U);
        EXPECT_THAT(measured.transport, StartsWith("epoll with TLSv1.3 TLS_"));
      }
}

TEST(TlsRun, OpensConnectionsAnewWithAWholeHandshakeEach) {
  const TlsServer server;
  auto spec = spec_for(server);
  spec.requests_per_connection = 2;
  const auto measured = measure(spec);
  EXPECT_GT(measured.connections.reconnects, 0U);
  EXPECT_EQ(measured.total.good, measured.total.sent);
  EXPECT_EQ(measured.total.answered, server.served());
  EXPECT_TRUE(measured.errors.empty()) << measured.errors.front().kind;
  EXPECT_THAT(measured.transport, Not(HasSubstr("resumed")));
}

TEST(TlsRun, ResumesSessionsWhenItIsAsked) {
  const TlsServer server;
  auto spec = spec_for(server);
  spec.requests_per_connection = 2;
  spec.resume_tls = true;
  const auto measured = measure(spec);
  EXPECT_GT(measured.connections.reconnects, 0U);
  EXPECT_EQ(measured.total.answered, server.served());
  EXPECT_TRUE(measured.errors.empty()) << measured.errors.front().kind;
  EXPECT_THAT(measured.transport, HasSubstr(", resumed"));
}

TEST(TlsRun, OpenLoopsKeepTheirSchedule) {
  const TlsServer server;
  auto spec = spec_for(server);
  spec.rate = load::RateProfile{.points = {{.per_second = 1000}}};
  const auto measured = measure(spec);
  EXPECT_EQ(measured.scheduled, 150U);
  EXPECT_EQ(measured.total.answered, server.served());
}

TEST(TlsRun, AServerThatEndsConnectionsIsToldByKind) {
  const TlsServer server({.answers = 3});
  auto spec = spec_for(server);
  spec.pipeline_depth = 4;
  const auto measured = measure(spec);
  EXPECT_EQ(measured.total.answered, server.served());
  EXPECT_EQ(measured.total.sent, measured.total.answered + measured.total.failed + measured.total.timed_out +
                                     measured.total.in_flight_at_end);
  EXPECT_GT(measured.total.failed, 0U);
  EXPECT_EQ(error(measured, "tls_failed"), nullptr) << "no goodbye is no failure of TLS";
}

TEST(TlsRun, AStrangersCertificateIsAnErrorWithItsRemedy) {
  const TlsServer server;
  auto spec = spec_for(server);
  spec.trust = {};
  const auto refused = run_load(spec, {}, [] { return false; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ExitCode::target_not_ready);
  EXPECT_THAT(refused.error().message, HasSubstr("TLS: self-signed certificate; --cacert FILE"));
  EXPECT_EQ(server.served(), 0U);
  spec.trust.anybody = true;
  EXPECT_GT(measure(spec).total.good, 0U);
}

TEST(TlsRun, AServerThatNeverShakesHandsTimesOut) {
  const TlsServer server({.mute = true});
  auto spec = spec_for(server);
  spec.timeout = 50ms;
  const auto refused = run_load(spec, {}, [] { return false; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ExitCode::target_not_ready);
  EXPECT_THAT(refused.error().message, StartsWith("no connection with TLS could be opened: connect to 127.0.0.1"));
}

}  // namespace
}  // namespace hotlap::loadgen
