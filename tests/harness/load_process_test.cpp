#include "harness/load_process.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LoadArguments, NameOnlyWhatDiffersFromTheDefaults) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = 8080, .target = "/"};
  spec.connections = 3;
  spec.duration = std::chrono::milliseconds(1500);
  EXPECT_THAT(load_arguments(spec, "hotlap-load"), ElementsAre("hotlap-load", "-t", "1", "-c", "3", "-d", "1.5s",
                                                               "--json", "-", "--events", "http://127.0.0.1:8080/"));
}

TEST(LoadArguments, AWarmUpUntilSteadyNamesItsMost) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = 8080, .target = "/"};
  spec.until_steady = true;
  spec.warm_up = std::chrono::seconds(4);
  spec.expect.every = 64;
  const auto text = fmt::to_string(fmt::join(load_arguments(spec, "l"), " "));
  EXPECT_THAT(text, HasSubstr(" --warm-up steady --warm-up-most 4s "));
  EXPECT_THAT(text, HasSubstr(" --expect-every 64 "));
}

TEST(LoadArguments, HoldEverythingElseThatIsGiven) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = 8080, .target = "/x"};
  spec.threads = 2;
  spec.connections = 8;
  spec.duration = std::chrono::seconds(1);
  spec.warm_up = std::chrono::milliseconds(300);
  spec.pipeline_depth = 24;
  spec.rate = load::RateProfile{.points = {Rate{20'000}}};
  spec.gaps = load::Gaps::poisson;
  spec.catch_up = load::CatchUp::parse("drop:5ms").value();
  spec.seed = 42;
  spec.timeout = std::chrono::seconds(5);
  spec.requests_per_connection = 7;
  spec.method = "POST";
  spec.headers = {{"A", "b c"}};
  spec.cpus = CpuSet::parse("1").value();
  spec.spin = true;
  spec.transport = load::TransportChoice::uring;
  spec.expect = {.status_low = 200, .status_high = 200, .body_length = 4, .body = "UGLY"};
  EXPECT_THAT(load_arguments(spec, "l"),
              ElementsAre("l", "-t", "2", "-c", "8", "-d", "1s", "--warm-up", "300ms", "--pipeline", "24", "--rate",
                          "20000/s", "--arrivals", "poisson", "--catch-up", "drop:5ms", "--seed", "42", "--timeout",
                          "5s", "--requests-per-connection", "7", "--cpus", "1", "--spin", "--transport", "uring",
                          "--method", "POST", "-H", "A: b c", "--expect-status", "200", "--expect-length", "4",
                          "--expect-body", "UGLY", "--json", "-", "--events", "http://127.0.0.1:8080/x"));
}

TEST(LoadArguments, SayWhatIsAboutHttps) {
  load::LoadSpec spec;
  spec.url = load::Url::parse("https://localhost:8443/x").value();
  spec.trust.authorities = "ca.pem";
  spec.resume_tls = true;
  EXPECT_THAT(load_arguments(spec, "l"),
              ElementsAre("l", "-t", "1", "-c", "10", "-d", "10s", "--cacert", "ca.pem", "--tls-resume", "--json", "-",
                          "--events", "https://localhost:8443/x"));
}

TEST(LoadArguments, OfSeveralRequestsNameTheDocumentThatSaysTheRest) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = 8080, .target = "/ugly"};
  spec.requests_file = "scenarios/requests/slow_first.json";
  spec.expect.body = "UGLY";  // of the request that verifies
  EXPECT_THAT(load_arguments(spec, "l"),
              ElementsAre("l", "-t", "1", "-c", "10", "-d", "10s", "--requests", "scenarios/requests/slow_first.json",
                          "--json", "-", "--events", "http://127.0.0.1:8080/"));
}

TEST(LoadLine, IsAnEventOrAMeasurement) {
  EXPECT_EQ(parse_load_line(R"({"event":"window_start"})")->event, LoadEvent::window_start);
  const auto progress =
      parse_load_line(R"({"event":"progress","elapsed_ns":-5,"good":7,"bad":2,"service_time_p99_ns":1500})");
  EXPECT_EQ(progress->event, LoadEvent::progress);
  EXPECT_EQ(progress->progress.elapsed, Nanos(-5));
  EXPECT_EQ(progress->progress.good, 7U);
  EXPECT_EQ(progress->progress.bad, 2U);
  EXPECT_EQ(progress->progress.service_time_p99, Nanos(1500));
  EXPECT_EQ(parse_load_line(R"({"event":"window_end"})")->event, LoadEvent::window_end);
  EXPECT_FALSE(parse_load_line(R"({"event":"something_new"})")->event);
  load::Measurement measurement;
  measurement.requests.sent = measurement.requests.answered = measurement.requests.good = 7;
  measurement.total = measurement.requests;
  const auto line = parse_load_line(load::to_json(measurement));
  ASSERT_TRUE(line) << line.error().message;
  ASSERT_TRUE(line->measurement);
  EXPECT_EQ(line->measurement->requests.good, 7U);
}

TEST(LoadLine, ThatIsNeitherIsRefused) {
  EXPECT_THAT(parse_load_line("Running 10s test").error().message, HasSubstr("is no JSON object"));
  EXPECT_FALSE(parse_load_line(R"({"schema":"another/1"})"));
  EXPECT_FALSE(parse_load_line("[]"));
}

}  // namespace
}  // namespace hotlap::harness
