// Requests and connections as a server sees them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "loadgen/run.h"
#include "tests/loadgen/scripted_server.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

const std::string kUgly = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";

ScriptedServer::Script answer(const std::string& response) {
  return [response](const Fd& connection, int requests) {
    std::string all;
    for (int i = 0; i < requests; ++i) all += response;
    return write_all(connection, all).has_value();
  };
}

load::LoadSpec spec_for(const std::string& url, int connections, int depth) {
  return {.url = load::Url::parse(url).value(),
          .method = "GET",
          .connections = connections,
          .pipeline_depth = depth,
          .duration = 150ms,
          .timeout = 1s};
}

load::Measurement measure(const load::LoadSpec& spec) {
  auto measurement = run_load(spec, {}, [] { return false; });
  EXPECT_TRUE(measurement) << measurement.error().message;
  EXPECT_TRUE(measurement->requests.balanced());
  EXPECT_TRUE(measurement->total.balanced());
  return std::move(*measurement);
}

std::uint64_t errors(const load::Measurement& measurement, std::string_view kind) {
  const auto found = std::ranges::find(measurement.errors, kind, &load::ErrorCount::kind);
  return found == measurement.errors.end() ? 0 : found->count;
}

TEST(RequestRun, EachOfSeveralRequestsHasItsOwnCountsAndTimes) {
  ScriptedServer server(answer(kUgly));
  auto spec = spec_for(server.url(), 3, 4);
  spec.threads = 2;
  spec.values = {{.name = "n", .low = 1, .high = 1'000'000'000}};
  spec.requests = {{.name = "good", .target = "/good/{{n}}", .weight = 3, .expect = {.body = "UGLY"}},
                   {.name = "wrong", .method = "POST", .target = "/wrong", .expect = {.contains = "PRETTY"}}};
  const auto measurement = measure(spec);
  server.stop();
  ASSERT_EQ(measurement.by_request.size(), 2U);
  const auto& good = measurement.by_request[0];
  const auto& wrong = measurement.by_request[1];
  EXPECT_EQ(good.name, "good");
  EXPECT_GT(good.requests.good, wrong.requests.answered);
  EXPECT_EQ(good.requests.good, good.requests.answered);
  EXPECT_EQ(good.service_time.count(), good.requests.answered);
  EXPECT_GT(wrong.requests.answered, 0U);
  EXPECT_EQ(wrong.requests.good, 0U);
  EXPECT_EQ(errors(measurement, "contains"), wrong.requests.answered);
  EXPECT_EQ(good.requests.sent + wrong.requests.sent, measurement.requests.sent);

  std::set<std::string> distinct;
  std::uint64_t with_value = 0;
  for (const auto& asked : server.asked()) {
    if (!asked.head.starts_with("GET /good/")) continue;
    distinct.insert(asked.head);
    ++with_value;
  }
  EXPECT_EQ(with_value + static_cast<std::uint64_t>(std::ranges::count_if(
                             server.asked(), [](const auto& asked) { return asked.head.starts_with("POST /wrong "); })),
            measurement.total.sent);
  EXPECT_EQ(distinct.size(), with_value) << "no value is sent twice, over both threads";
}

TEST(RequestRun, AFieldThatIsMissingAndAHashThatDiffersAreErrorsOfTheirOwn) {
  ScriptedServer server(answer(kUgly));
  auto spec = spec_for(server.url(), 1, 1);
  spec.expect.with_fields = {{"X-Cache", "HIT"}};
  const auto without_field = measure(spec);
  EXPECT_GT(errors(without_field, "header"), 0U);
  EXPECT_EQ(without_field.requests.good, 0U);
  spec.expect = {.sha256 = std::string(64, '0')};
  const auto other_hash = measure(spec);
  EXPECT_GT(errors(other_hash, "hash"), 0U);
  EXPECT_EQ(other_hash.requests.good, 0U);
}

TEST(RequestRun, CookiesStayOnTheirConnectionAndEndWithIt) {
  // Every connection gets a cookie of its own, by its descriptor.
  ScriptedServer server([](const Fd& connection, int requests) {
    std::string all;
    for (int i = 0; i < requests; ++i)
      all += "HTTP/1.1 200 OK\r\nSet-Cookie: sid=" + std::to_string(connection.get()) +
             "; Path=/\r\nContent-Length: 0\r\n\r\n";
    return write_all(connection, all).has_value();
  });
  auto spec = spec_for(server.url(), 3, 1);
  spec.keep_cookies = true;
  spec.requests_per_connection = 3;
  const auto measurement = measure(spec);
  server.stop();
  EXPECT_EQ(measurement.requests.good, measurement.requests.sent);
  EXPECT_GT(measurement.connections.reconnects, 0U);
  std::map<int, std::vector<std::string>> cookies;
  for (const auto& asked : server.asked()) {
    const auto at = asked.head.find("Cookie: ");
    cookies[asked.connection].push_back(
        at == std::string::npos ? "" : asked.head.substr(at, asked.head.find("\r\n", at) - at));
  }
  ASSERT_GT(cookies.size(), 3U);
  std::set<std::string> different;
  for (const auto& [connection, sent] : cookies) {
    EXPECT_EQ(sent[0], "") << "a new connection has none, and those of the old one are forgotten";
    EXPECT_LE(sent.size(), 3U);
    for (std::size_t i = 1; i < sent.size(); ++i) {
      EXPECT_TRUE(sent[i].starts_with("Cookie: sid=")) << sent[i];
      EXPECT_EQ(sent[i], sent[1]);
      different.insert(sent[i]);
    }
  }
  EXPECT_GE(different.size(), 3U);
}

class EveryLimit : public testing::TestWithParam<std::pair<std::uint64_t, int>> {};

TEST_P(EveryLimit, AConnectionCarriesSoManyRequestsAndNoMore) {
  const auto [limit, depth] = GetParam();
  ScriptedServer server(answer(kUgly));
  auto spec = spec_for(server.url(), 2, depth);
  spec.requests_per_connection = limit;
  const auto measurement = measure(spec);
  server.stop();
  EXPECT_EQ(measurement.total.sent, server.requests());
  EXPECT_EQ(measurement.total.good, server.requests()) << "nothing is lost where a connection ends";
  EXPECT_TRUE(measurement.errors.empty());
  std::map<int, std::uint64_t> carried;
  for (const auto& asked : server.asked()) {
    ++carried[asked.connection];
    EXPECT_EQ(asked.head.contains("Connection: close"), limit == 1);
  }
  std::size_t full = 0;
  for (const auto& [connection, requests] : carried) {
    EXPECT_LE(requests, limit);
    if (requests == limit) ++full;
  }
  EXPECT_GE(full + 2, carried.size()) << "only the two that were open at the end carried fewer";
  EXPECT_GE(measurement.connections.reconnects + 2, carried.size());
}

INSTANTIATE_TEST_SUITE_P(RequestRun, EveryLimit,
                         testing::Values(std::pair{1, 1}, std::pair{1, 8}, std::pair{5, 1}, std::pair{5, 3},
                                         std::pair{7, 16}));

TEST(RequestRun, AnOpenLoopKeepsToTheLimitToo) {
  ScriptedServer server(answer(kUgly));
  auto spec = spec_for(server.url(), 4, 2);
  spec.requests_per_connection = 3;
  spec.rate = load::RateProfile{.points = {Rate{500}}};
  const auto measurement = measure(spec);
  server.stop();
  EXPECT_EQ(measurement.total.good, server.requests());
  std::map<int, std::uint64_t> carried;
  for (const auto& asked : server.asked()) ++carried[asked.connection];
  for (const auto& [connection, requests] : carried) EXPECT_LE(requests, 3U);
  EXPECT_GT(measurement.connections.reconnects, 0U);
}

TEST(RequestRun, AUnixSocketIsSpokenTo) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("hotlap-" + std::to_string(::getpid()) + ".sock");
  std::filesystem::remove(path);
  ScriptedServer server(answer(kUgly), Address::unix_path(path.string()).value());
  auto spec = spec_for("http://app.example/x", 2, 3);
  spec.unix_socket = path.string();
  const auto measurement = measure(spec);
  server.stop();
  std::filesystem::remove(path);
  EXPECT_GT(measurement.requests.good, 0U);
  EXPECT_EQ(measurement.total.good, server.requests());
  ASSERT_FALSE(server.asked().empty());
  EXPECT_EQ(server.asked().front().head, "GET /x HTTP/1.1\r\nHost: app.example\r\n\r\n");
}

TEST(RequestRun, ConnectionsComeFromTheGivenAddressesInTurn) {
  std::map<std::string, std::set<std::uint16_t>> peers;  // address → ports
  ScriptedServer server([&peers](const Fd& connection, int requests) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getpeername(connection.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
    const auto peer = Address::from(storage, size);
    const auto text = peer.text();
    peers[text.substr(0, text.find(':'))].insert(peer.port());
    return answer(kUgly)(connection, requests);
  });
  auto spec = spec_for(server.url(), 4, 1);
  spec.threads = 4;  // one connection each: the addresses take turns over all of them
  spec.source_addresses = {"127.0.0.2", "127.0.0.3"};
  (void)measure(spec);
  server.stop();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers["127.0.0.2"].size(), 2U);
  EXPECT_EQ(peers["127.0.0.3"].size(), 2U);
}

TEST(RequestRun, ASourceAddressThatIsNotOursIsRefusedBeforeTheStart) {
  ScriptedServer server(answer(kUgly));
  auto spec = spec_for(server.url(), 1, 1);
  spec.source_addresses = {"192.0.2.1"};  // RFC 5737: nobody's
  const auto foreign = run_load(spec, {}, [] { return false; });
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ExitCode::usage);
  EXPECT_NE(foreign.error().message.find("source address 192.0.2.1"), std::string::npos);
  spec.source_addresses = {"::1"};
  const auto other_family = run_load(spec, {}, [] { return false; });
  ASSERT_FALSE(other_family);
  EXPECT_NE(other_family.error().message.find("one is IPv4, the other IPv6"), std::string::npos);
}

TEST(RequestRun, AFirstByteThatComesTooLateIsATimeout) {
  ScriptedServer silent([](const Fd&, int) { return true; });
  auto spec = spec_for(silent.url(), 2, 1);
  spec.first_byte_timeout = 30ms;
  const auto measurement = measure(spec);
  EXPECT_EQ(measurement.requests.answered, 0U);
  EXPECT_GE(measurement.requests.timed_out, 4U) << "in 150 ms each connection gives up several times";
  EXPECT_EQ(errors(measurement, "first_byte_timeout"), measurement.total.timed_out);
  EXPECT_EQ(errors(measurement, "timeout"), 0U);
  EXPECT_EQ(measurement.total.failed, 0U);
}

TEST(RequestRun, AResponseThatHasBegunHasTheWholeTimeout) {
  // Half a response at once, the rest when the deadline of a first byte is long over.
  ScriptedServer server([](const Fd& connection, int) {
    (void)write_all(connection, "HTTP/1.1 200 OK\r\nContent-Le");
    ::poll(nullptr, 0, 120);
    return write_all(connection, "ngth: 4\r\n\r\nUGLY").has_value();
  });
  auto spec = spec_for(server.url(), 1, 1);
  spec.first_byte_timeout = 60ms;
  const auto measurement = measure(spec);
  EXPECT_EQ(measurement.total.timed_out, 0U);
  EXPECT_EQ(measurement.total.good, measurement.total.sent);
  EXPECT_GT(measurement.total.good, 0U);
}

}  // namespace
}  // namespace hotlap::loadgen
