#include "loadgen/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/loadgen/scripted_server.h"
#include "tests/loadgen/transports.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

const std::string kUgly = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::uint64_t errors(const load::Measurement& measurement, std::string_view kind) {
  for (const auto& error : measurement.errors)
    if (error.kind == kind) return error.count;
  return 0;
}

// Each test over each transport.
template <class Parameter>
class OverTransport : public testing::TestWithParam<Parameter> {
 protected:
  explicit OverTransport(load::TransportChoice transport) : transport_(transport) {}

  void SetUp() override {
    if (const auto why = why_missing(transport_); !why.empty()) GTEST_SKIP() << why;
  }

  [[nodiscard]] load::LoadSpec spec_for(const ScriptedServer& server, int connections, int depth) const {
    return {.url = load::Url::parse(server.url()).value(),
            .method = "GET",
            .connections = connections,
            .pipeline_depth = depth,
            .duration = 150ms,
            .timeout = 1s,
            .transport = transport_};
  }

  [[nodiscard]] load::Measurement measure(const load::LoadSpec& spec) const {
    auto measurement = run_load(spec, {}, [] { return false; });
    EXPECT_TRUE(measurement) << measurement.error().message;
    EXPECT_TRUE(measurement->requests.balanced());
    EXPECT_TRUE(measurement->total.balanced());
    EXPECT_EQ(measurement->transport, name_of(transport_) + (spec.spin ? ", polling" : ""));
    return std::move(*measurement);
  }

  load::TransportChoice transport_;
};

class Run : public OverTransport<load::TransportChoice> {
 protected:
  Run() : OverTransport(GetParam()) {}
};

using TransportAndDepth = std::tuple<load::TransportChoice, int>;
class EveryDepth : public OverTransport<TransportAndDepth> {
 protected:
  EveryDepth() : OverTransport(std::get<0>(GetParam())) {}
};

TEST_P(EveryDepth, CountsEqualTheServersOwnToTheRequest) {
  ScriptedServer server(
      [](const Fd& connection, int requests) { return write_all(connection, times(requests, kUgly)).has_value(); });
  auto spec = spec_for(server, 7, std::get<1>(GetParam()));
  spec.threads = 3;
  spec.warm_up = 50ms;
  spec.expect.body = "UGLY";
  const auto measurement = measure(spec);
  server.stop();
  EXPECT_EQ(measurement.total.sent, server.requests());
  EXPECT_EQ(measurement.total.good, server.requests());
  EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
  EXPECT_LT(measurement.requests.sent, measurement.total.sent) << "the warm-up is not part of the window";
  EXPECT_EQ(measurement.service_time.count(), measurement.requests.answered) << "one sample for each request";
  EXPECT_EQ(measurement.response_time.count(), measurement.requests.answered);
  EXPECT_EQ(measurement.send_lag.count(), measurement.requests.sent);
  EXPECT_EQ(measurement.status.at(200), measurement.requests.answered);
  EXPECT_EQ(measurement.connections.requested, 7U);
  EXPECT_EQ(measurement.connections.established, 7U) << "the remainder over three threads is not dropped";
  EXPECT_EQ(measurement.connections.served, 7U);
  EXPECT_TRUE(measurement.errors.empty());
}

INSTANTIATE_TEST_SUITE_P(Load, EveryDepth, testing::Combine(every_transport(), testing::Values(1, 2, 10, 24, 64)),
                         [](const auto& chosen) {
                           return name_of(std::get<0>(chosen.param)) + std::to_string(std::get<1>(chosen.param));
                         });
INSTANTIATE_TEST_SUITE_P(Load, Run, every_transport(), [](const auto& chosen) { return name_of(chosen.param); });

TEST_P(Run, BadStatusesAreAnsweredButNeverThroughput) {
  ScriptedServer server([](const Fd& connection, int requests) {
    return write_all(connection, times(requests, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")).has_value();
  });
  const auto measurement = measure(spec_for(server, 2, 4));
  EXPECT_EQ(measurement.good_in_window, 0U);
  EXPECT_EQ(measurement.throughput_per_s, 0);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::invalid);
  EXPECT_EQ(errors(measurement, "status"), measurement.requests.answered);
  EXPECT_EQ(measurement.status.at(404), measurement.requests.answered);
  EXPECT_TRUE(measurement.errors.front().first.starts_with("HTTP/1.1 404 Not Found\\r\\n"));
}

TEST_P(Run, AMixOfGoodAndWrongBodiesIsCountedApart) {
  ScriptedServer server([turn = 0](const Fd& connection, int requests) mutable {
    return write_all(connection,
                     times(requests, ++turn % 2 ? kUgly : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nNICE"))
        .has_value();
  });
  auto spec = spec_for(server, 1, 1);
  spec.expect.body = "UGLY";
  const auto measurement = measure(spec);
  EXPECT_GT(measurement.requests.good, 0U);
  EXPECT_EQ(errors(measurement, "body"), measurement.requests.answered - measurement.requests.good);
  EXPECT_NE(measurement.verdict.level, load::VerdictLevel::valid);
}

TEST_P(Run, DroppedPipelinedRequestsTimeOutAndAreNamed) {
  ScriptedServer server([](const Fd& connection, int) { return write_all(connection, kUgly).has_value(); });
  auto spec = spec_for(server, 2, 8);
  spec.timeout = 60ms;
  const auto measurement = measure(spec);
  EXPECT_GT(measurement.requests.timed_out, 0U);
  EXPECT_EQ(errors(measurement, "timeout"), measurement.total.timed_out);
  EXPECT_NE(measurement.verdict.level, load::VerdictLevel::valid);
}

TEST_P(Run, AServerThatNeverAnswersEndsInTimeoutsNotInSilence) {
  ScriptedServer server([](const Fd&, int) { return true; });
  auto spec = spec_for(server, 3, 5);
  spec.timeout = 50ms;
  const auto measurement = measure(spec);
  EXPECT_EQ(measurement.requests.answered, 0U);
  EXPECT_GE(measurement.requests.timed_out, 15U);
  EXPECT_EQ(measurement.requests.in_flight_at_end, 0U);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::invalid);
}

TEST_P(Run, SlowAnswersAfterTheWindowAreDrainedAndMeasured) {
  // The server holds its first answer back until the client has had time to close its window.
  ScriptedServer server([](const Fd& connection, int requests) {
    ::poll(nullptr, 0, 250);
    return write_all(connection, times(requests, kUgly)).has_value();
  });
  const auto measurement = measure(spec_for(server, 1, 3));
  EXPECT_EQ(measurement.requests.sent, 3U);
  EXPECT_EQ(measurement.requests.answered, 3U);
  EXPECT_EQ(measurement.good_in_window, 0U);
  EXPECT_EQ(measurement.service_time.count(), 3U);
}

TEST_P(Run, AServerThatClosesAfterEachAnswerCostsReconnectsNotRequests) {
  ScriptedServer server([](const Fd& connection, int) {
    (void)write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nUGLY");
    return false;
  });
  const auto measurement = measure(spec_for(server, 2, 1));
  EXPECT_EQ(measurement.requests.failed, 0U);
  EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
  EXPECT_GT(measurement.connections.reconnects, 0U);
}

TEST_P(Run, WhatAClosedConnectionLeavesUnansweredHasFailed) {
  ScriptedServer server([](const Fd& connection, int) {
    (void)write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nUGLY");
    return false;
  });
  const auto measurement = measure(spec_for(server, 1, 4));
  EXPECT_GT(measurement.requests.good, 0U);
  EXPECT_EQ(measurement.requests.failed, 3 * measurement.requests.good);
  EXPECT_EQ(errors(measurement, "closed_after_response"), measurement.total.failed);
}

TEST_P(Run, BodiesWithoutLengthEndWithTheConnection) {
  ScriptedServer server([](const Fd& connection, int) {
    (void)write_all(connection, "HTTP/1.1 200 OK\r\n\r\nUGLY");
    return false;
  });
  auto spec = spec_for(server, 1, 1);
  spec.expect.body = "UGLY";
  const auto measurement = measure(spec);
  EXPECT_GT(measurement.requests.good, 0U);
  EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
}

TEST_P(Run, InterimResponsesAndSurplusAnswersAreNotRequests) {
  ScriptedServer interim([](const Fd& connection, int requests) {
    return write_all(connection,
                     times(requests, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + kUgly))
        .has_value();
  });
  const auto measurement = measure(spec_for(interim, 2, 3));
  interim.stop();
  EXPECT_EQ(measurement.total.answered, interim.requests());

  ScriptedServer surplus([](const Fd& connection, int requests) {
    return write_all(connection, times(20 * requests, kUgly)).has_value();
  });
  const auto inflated = measure(spec_for(surplus, 1, 1));
  surplus.stop();
  EXPECT_LE(inflated.total.answered, surplus.requests());
  EXPECT_GT(errors(inflated, "unexpected_response"), 0U);
}

TEST_P(Run, GarbageIsAParseErrorWithItsFirstBytes) {
  ScriptedServer server(
      [](const Fd& connection, int) { return write_all(connection, "SSH-2.0-OpenSSH\x01\r\n").has_value(); });
  const auto measurement = measure(spec_for(server, 1, 1));
  EXPECT_GT(errors(measurement, "parse"), 0U);
  const auto parse = std::ranges::find(measurement.errors, "parse", &load::ErrorCount::kind);
  EXPECT_NE(parse->first.find("SSH-2.0-OpenSSH\\x01"), std::string::npos);
  EXPECT_EQ(measurement.requests.answered, 0U);
}

TEST_P(Run, ACutResponseIsToldFromACutConnection) {
  ScriptedServer midway([](const Fd& connection, int) {
    (void)write_all(connection, "HTTP/1.1 200 OK\r\nContent-Le");
    return false;
  });
  EXPECT_GT(errors(measure(spec_for(midway, 1, 1)), "eof_midresponse"), 0U);
  ScriptedServer before([](const Fd&, int) { return false; });
  EXPECT_GT(errors(measure(spec_for(before, 1, 1)), "eof_before_response"), 0U);
}

TEST_P(Run, NobodyListeningIsAnErrorNotAMeasurement) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto port = local_address(*listener)->port();
  listener->reset();
  load::LoadSpec spec{.url = load::Url::parse("http://127.0.0.1:" + std::to_string(port) + "/").value(),
                      .method = "GET",
                      .transport = transport_};
  const auto measurement = run_load(spec, {}, [] { return false; });
  ASSERT_FALSE(measurement);
  EXPECT_EQ(measurement.error().code, ExitCode::target_not_ready);
}

TEST_P(Run, AnOpenLoopSendsWhatTheScheduleSays) {
  ScriptedServer server(
      [](const Fd& connection, int requests) { return write_all(connection, times(requests, kUgly)).has_value(); });
  auto spec = spec_for(server, 4, 2);
  spec.threads = 2;
  spec.rate = load::RateProfile{.points = {Rate{1000}}};
  spec.duration = 200ms;
  const auto measurement = measure(spec);
  EXPECT_EQ(measurement.loop, "open");
  EXPECT_GE(measurement.requests.sent, 100U);
  EXPECT_EQ(measurement.requests.sent + measurement.never_sent, 200U)  // a thread may stand still at the window's end
      << "1,000/s for 200 ms, whatever the server does";
}

TEST_P(Run, AnOpenLoopWithoutRoomCountsWhatItNeverSent) {
  ScriptedServer server([](const Fd&, int) { return true; });
  auto spec = spec_for(server, 1, 1);
  spec.rate = load::RateProfile{.points = {Rate{1000}}};
  spec.timeout = 1s;
  const auto measurement = measure(spec);
  EXPECT_EQ(measurement.requests.sent, 1U);
  EXPECT_EQ(measurement.verdict.level, load::VerdictLevel::invalid);
}

TEST_P(Run, StoppingEarlyKeepsWhatWasMeasured) {
  ScriptedServer server(
      [](const Fd& connection, int requests) { return write_all(connection, times(requests, kUgly)).has_value(); });
  auto spec = spec_for(server, 1, 1);
  spec.duration = 1h;
  const auto measurement = run_load(spec, {}, [&] { return server.requests() > 100; });
  ASSERT_TRUE(measurement);
  EXPECT_GE(measurement->requests.answered, 100U);
  EXPECT_LT(measurement->window, 1h);
}

TEST_P(Run, ASpinningThreadSeesTheSameAndTellsHowLongItPolledForNothing) {
  ScriptedServer server(
      [](const Fd& connection, int requests) { return write_all(connection, times(requests, kUgly)).has_value(); });
  const auto asleep = measure(spec_for(server, 2, 3));
  for (const bool open_loop : {false, true}) {
    const auto before = server.requests();
    auto spec = spec_for(server, 2, 3);
    spec.spin = true;
    if (open_loop) spec.rate = load::RateProfile{.points = {{.per_second = 1000}}};
    const auto measurement = measure(spec);
    EXPECT_EQ(measurement.total.good, server.requests() - before);
    EXPECT_EQ(measurement.total.good, measurement.total.sent);
    EXPECT_EQ(measurement.scheduled, open_loop ? 150U : 0U);
    const auto& use = measurement.thread_use.front();
    EXPECT_GT(use.polled, asleep.thread_use.front().polled);
    EXPECT_LE(use.polled, measurement.window + 10ms);
  }
}

TEST_P(Run, LargeBodiesAreCountedToTheByteWhetherSeenOrSkipped) {
  const std::string body(1 << 20, 'x');
  const auto response = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (const bool looked_at : {false, true}) {
    ScriptedServer server([&](const Fd& connection, int requests) {
      return write_all(connection, times(requests, response)).has_value();
    });
    auto spec = spec_for(server, 2, 2);
    spec.expect.body_length = body.size();
    if (looked_at) spec.expect.body = body;
    const auto measurement = measure(spec);
    EXPECT_GT(measurement.requests.good, 0U);
    EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
    EXPECT_GE(measurement.bytes_received, (measurement.good_in_window - 4) * response.size());
    EXPECT_LE(measurement.bytes_received, (measurement.good_in_window + 4) * response.size());
  }
}

}  // namespace
}  // namespace hotlap::loadgen
