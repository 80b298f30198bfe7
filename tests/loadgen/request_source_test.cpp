#include "loadgen/request_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hotlap::loadgen {
namespace {

using load::LoadSpec;
using Law = load::ValueSource::Law;

LoadSpec spec_of(std::vector<load::RequestTemplate> requests, std::vector<load::ValueSource> values = {}) {
  return {.url = load::Url::parse("http://h/").value(),
          .method = "GET",
          .requests = std::move(requests),
          .values = std::move(values)};
}

std::unique_ptr<RequestSource> source_of(const LoadSpec& spec, int worker = 0, int workers = 1) {
  auto source = make_request_source(spec, worker, workers);
  EXPECT_TRUE(source) << source.error().message;
  return std::move(*source);
}

std::string wire(const LoadSpec& spec) {
  return std::string(source_of(spec)->constant());
}

std::string next(RequestSource& source, std::uint32_t connection = 0) {
  return std::string(source.next(connection).bytes);
}

TEST(RequestSource, WritesWhatTheWireNeedsAndNoMore) {
  const LoadSpec spec{.url = load::Url::parse("http://127.0.0.1:81/ugly").value(), .method = "GET"};
  EXPECT_EQ(wire(spec), "GET /ugly HTTP/1.1\r\nHost: 127.0.0.1:81\r\n\r\n");
}

TEST(RequestSource, GivenFieldsReplaceOurs) {
  const LoadSpec spec{.url = load::Url::parse("http://a/").value(),
                      .method = "POST",
                      .headers = {{"host", "b"}, {"X", "1"}},
                      .body = "hello"};
  EXPECT_EQ(wire(spec), "POST / HTTP/1.1\r\nhost: b\r\nX: 1\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(RequestSource, TheLengthOfABodyIsSaidWhereItHasToBe) {
  const auto with = [](std::string method, std::vector<std::pair<std::string, std::string>> headers, std::string body) {
    return wire({.url = load::Url::parse("http://a/").value(),
                 .method = std::move(method),
                 .headers = std::move(headers),
                 .body = std::move(body)});
  };
  EXPECT_EQ(with("POST", {}, ""), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(with("DELETE", {}, ""), "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(with("PUT", {{"content-length", "9"}}, "x"), "PUT / HTTP/1.1\r\nHost: a\r\ncontent-length: 9\r\n\r\nx");
  EXPECT_EQ(with("POST", {{"Transfer-Encoding", "chunked"}}, "0\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST(RequestSource, ConnectionsForOneRequestSayThatTheyClose) {
  LoadSpec spec{.url = load::Url::parse("http://a/").value(), .method = "GET", .requests_per_connection = 1};
  EXPECT_EQ(wire(spec), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  spec.headers = {{"connection", "keep-alive"}};
  EXPECT_EQ(wire(spec), "GET / HTTP/1.1\r\nHost: a\r\nconnection: keep-alive\r\n\r\n");
}

TEST(RequestSource, BracesOfTheOneRequestAreNoPlaceholders) {
  EXPECT_EQ(wire({.url = load::Url::parse("http://a/").value(), .method = "PUT", .body = "{{{x}} {{"}),
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{{{x}} {{");
}

TEST(RequestSource, PlaceholdersAreFilledEverywhereAndOnceForEachRequest) {
  const auto spec =
      spec_of({{.name = "a",
                .method = "POST",
                .target = "/u/{{id}}",
                .headers = {{"X-Word", "<{{word}}>"}},
                .body = "{{id}}={{word}}{{id}}"}},
              {{.name = "id", .low = 9, .high = 11}, {.name = "word", .law = Law::list, .items = {"", "long"}}});
  auto source = source_of(spec);
  EXPECT_EQ(source->constant(), "");
  EXPECT_EQ(next(*source), "POST /u/9 HTTP/1.1\r\nHost: h\r\nX-Word: <>\r\nContent-Length: 3\r\n\r\n9=9");
  EXPECT_EQ(next(*source), "POST /u/10 HTTP/1.1\r\nHost: h\r\nX-Word: <long>\r\nContent-Length: 9\r\n\r\n10=long10");
  EXPECT_EQ(next(*source), "POST /u/11 HTTP/1.1\r\nHost: h\r\nX-Word: <>\r\nContent-Length: 5\r\n\r\n11=11");
}

TEST(RequestSource, NoTwoWorkersSendTheSameOfASequence) {
  const auto spec = spec_of({{.name = "a", .target = "/{{n}}"}}, {{.name = "n", .low = 1, .high = 1'000'000}});
  std::set<std::string> seen;
  for (int worker = 0; worker < 4; ++worker) {
    auto source = source_of(spec, worker, 4);
    for (int i = 0; i < 100; ++i) seen.insert(next(*source));
  }
  EXPECT_EQ(seen.size(), 400U);
  EXPECT_TRUE(seen.contains("GET /400 HTTP/1.1\r\nHost: h\r\n\r\n")) << "and none is left out";
}

TEST(RequestSource, WeightsDecideHowOftenAndTheSeedInWhichOrder) {
  auto spec = spec_of({{.name = "rare", .target = "/r", .weight = 1},
                       {.name = "often", .target = "/o", .weight = 7},
                       {.name = "some", .target = "/s", .weight = 2}});
  const auto kinds = [](const LoadSpec& from, int worker) {
    auto source = source_of(from, worker, 2);
    std::vector<int> drawn;
    for (int i = 0; i < 50'000; ++i) drawn.push_back(source->next(0).kind);
    return drawn;
  };
  const auto drawn = kinds(spec, 0);
  EXPECT_NEAR(static_cast<int>(std::ranges::count(drawn, 0)), 5'000, 350);  // five standard deviations
  EXPECT_NEAR(static_cast<int>(std::ranges::count(drawn, 1)), 35'000, 520);
  EXPECT_NEAR(static_cast<int>(std::ranges::count(drawn, 2)), 10'000, 450);
  EXPECT_EQ(drawn, kinds(spec, 0));
  EXPECT_NE(drawn, kinds(spec, 1)) << "workers do not march in step";
  spec.seed = 2;
  EXPECT_NE(drawn, kinds(spec, 0));
}

TEST(RequestSource, KindsCarryNamesExpectationsAndTheirNumbers) {
  const auto source = source_of(spec_of({{.name = "a", .expect = {.body = "x"}}, {.name = "b", .method = "HEAD"}}));
  ASSERT_EQ(source->kinds().size(), 2U);
  EXPECT_EQ(source->kinds()[0].name, "a");
  EXPECT_EQ(source->kinds()[0].expect.body, "x");
  EXPECT_FALSE(source->kinds()[0].head);
  EXPECT_EQ(source->kinds()[1].number, 1);
  EXPECT_TRUE(source->kinds()[1].head);
}

TEST(RequestSource, EachConnectionGoesThroughTheSequenceByItself) {
  auto spec = spec_of({{.name = "a", .target = "/a"}, {.name = "b", .target = "/b"}, {.name = "c", .target = "/c"}});
  spec.order = load::RequestOrder::sequence;
  auto source = source_of(spec);
  const auto kinds = [&](std::uint32_t connection, int count) {
    std::vector<int> taken;
    for (int i = 0; i < count; ++i) taken.push_back(source->next(connection).kind);
    return taken;
  };
  EXPECT_EQ(kinds(0, 4), (std::vector{0, 1, 2, 0}));
  EXPECT_EQ(kinds(1, 2), (std::vector{0, 1}));
  source->on_reconnect(1);
  EXPECT_EQ(kinds(1, 1), (std::vector{2})) << "a new connection goes on where the old one ended";
  spec.keep_cookies = true;
  source = source_of(spec);
  EXPECT_EQ(kinds(0, 2), (std::vector{0, 1}));
  source->on_reconnect(0);
  EXPECT_EQ(kinds(0, 1), (std::vector{0})) << "but its cookies are gone, and with them what came before";
}

TEST(RequestSource, CookiesAreSentBackOnTheirConnectionUntilItEnds) {
  LoadSpec spec{.url = load::Url::parse("http://h/").value(), .method = "GET", .keep_cookies = true};
  auto source = source_of(spec);
  const std::string bare = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(source->constant(), "");
  EXPECT_TRUE(source->wants_responses());
  EXPECT_FALSE(source->wants_bodies());
  EXPECT_EQ(next(*source, 0), bare);
  source->on_response(0, 0, 200, "HTTP/1.1 200 OK\r\nSet-Cookie: sid=1; Path=/\r\n\r\n", "");
  EXPECT_EQ(next(*source, 0), "GET / HTTP/1.1\r\nHost: h\r\nCookie: sid=1\r\n\r\n");
  EXPECT_EQ(next(*source, 1), bare) << "another connection is another visitor";
  source->on_reconnect(0);
  EXPECT_EQ(next(*source, 0), bare);
}

TEST(RequestSource, UnknownPlaceholdersAreErrors) {
  const auto spec = spec_of({{.name = "a", .target = "/{{nobody}}"}});
  const auto source = make_request_source(spec, 0, 1);
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message.find("request 'a': placeholder {{nobody}} is unknown"), std::string::npos);
}

}  // namespace
}  // namespace hotlap::loadgen
