#include "loadgen/contract/load_spec.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace hotlap::load {
namespace {

TEST(Url, PartsAreToldApart) {
  const auto url = Url::parse("http://127.0.0.1:8080/good?x=1#top").value();
  EXPECT_EQ(url.host, "127.0.0.1");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.target, "/good?x=1");
  EXPECT_EQ(url.authority(), "127.0.0.1:8080");
  EXPECT_EQ(Url::parse("http://[::1]:81").value().authority(), "[::1]:81");
  EXPECT_EQ(Url::parse("http://[::1]/").value().host, "::1");
  EXPECT_EQ(Url::parse("http://a?q").value().target, "/?q");
  EXPECT_EQ(Url::parse("http://a").value().authority(), "a");
}

TEST(Url, HttpsHasAPortOfItsOwn) {
  const auto url = Url::parse("https://a/x").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.text(), "https://a/x");
  EXPECT_EQ(Url::parse("https://a:80").value().text(), "https://a:80/");
  EXPECT_EQ(Url::parse("http://a:443").value().text(), "http://a:443/");
  EXPECT_FALSE(Url::parse("http://a").value().tls);
}

TEST(Url, WhatCannotBeAskedIsRefused) {
  for (const char* bad :
       {"", "127.0.0.1:80/", "ftp://a/", "HTTP://a/", "http://", "https://", "http://:80/", "http://a:0/",
        "http://a:65536/", "http://a:x/", "http://a/b c", "http://a/\r\nX: y", "http://u@a/"})
    EXPECT_FALSE(Url::parse(bad)) << bad;
}

TEST(LoadSpec, WhatCannotBeRunIsRefusedByName) {
  LoadSpec spec{.url = Url::parse("http://a/").value(), .method = "GET"};
  EXPECT_TRUE(validate(spec));
  const auto message = [&](auto change) {
    LoadSpec changed = spec;
    change(changed);
    const auto valid = validate(changed);
    return valid ? std::string() : valid.error().message;
  };
  EXPECT_NE(message([](LoadSpec& s) { s.connections = 0; }).find("connections"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) { s.threads = 11; }).find("threads"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) { s.pipeline_depth = 0; }).find("pipeline"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) { s.duration = {}; }).find("duration"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) { s.headers = {{"X", "a\r\nEvil: 1"}}; }).find("line break"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) { s.method = "GET /"; }).find("method"), std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) {
              s.audit = true;
              s.transport = TransportChoice::uring;
            }).find("epoll"),
            std::string::npos);
  EXPECT_NE(message([](LoadSpec& s) {
              s.audit = true;
              s.unix_socket = "/run/a.sock";
            }).find("unix socket"),
            std::string::npos);
}

TEST(LoadSpec, ArrivalsThatDoNotFitTogetherAreRefusedByName) {
  LoadSpec open{.url = Url::parse("http://a/").value()};
  open.rate = RateProfile::parse("1k/s").value();
  const auto message = [&](auto change) {
    LoadSpec changed = open;
    change(changed);
    const auto valid = validate(changed);
    return valid ? std::string() : valid.error().message;
  };
  EXPECT_EQ(message([](LoadSpec& s) { s.gaps = Gaps::poisson; }), "");
  EXPECT_EQ(message([](LoadSpec& s) { s.catch_up.way = CatchUp::Way::drop; }), "");
  const auto replayed = [](LoadSpec& s, std::vector<Nanos> times) {
    s.rate.reset();
    s.replay = std::move(times);
  };
  EXPECT_EQ(message([&](LoadSpec& s) { replayed(s, {Nanos(0), Nanos(5), Nanos(5)}); }), "");
  for (const auto& [change, key] : std::vector<std::pair<std::function<void(LoadSpec&)>, std::string>>{
           {[](LoadSpec& s) { s.replay = {Nanos(1)}; }, "rate: "},
           {[](LoadSpec& s) { s.rate->points.clear(); }, "rate: "},
           {[](LoadSpec& s) { s.rate->linear = true; }, "rate: "},
           {[](LoadSpec& s) { s.rate->points.front().per_second = 0; }, "rate: "},
           {[](LoadSpec& s) { s.rate.reset(), s.gaps = Gaps::poisson; }, "arrivals: "},
           {[&](LoadSpec& s) { replayed(s, {Nanos(1)}), s.gaps = Gaps::poisson; }, "arrivals: "},
           {[](LoadSpec& s) { s.rate.reset(), s.catch_up.way = CatchUp::Way::cap; }, "catch_up: "},
           {[](LoadSpec& s) { s.catch_up = {.way = CatchUp::Way::cap, .factor = 1}; }, "catch_up: "},
           {[&](LoadSpec& s) { replayed(s, {Nanos(-1)}); }, "replay: "},
           {[&](LoadSpec& s) { replayed(s, {Nanos(2), Nanos(1)}); }, "replay: "},
           {[&](LoadSpec& s) { replayed(s, {s.duration}); }, "replay: "}})
    EXPECT_TRUE(message(change).starts_with(key)) << key << message(change);
}

TEST(Gaps, AreReadAsTheyAreWritten) {
  for (const auto gaps : {Gaps::constant, Gaps::poisson}) EXPECT_EQ(parse_gaps(gaps_text(gaps)).value(), gaps);
  EXPECT_FALSE(parse_gaps("uniform"));
  for (const auto transport : {TransportChoice::automatic, TransportChoice::epoll, TransportChoice::uring})
    EXPECT_EQ(parse_transport(transport_text(transport)).value(), transport);
  EXPECT_FALSE(parse_transport("kqueue"));
}

// The sentence that refuses a spec, empty when it is fine.
std::string why(const LoadSpec& spec) {
  const auto valid = validate(spec);
  return valid ? "" : valid.error().message;
}

LoadSpec spec_of(std::vector<RequestTemplate> requests, std::vector<ValueSource> values = {}) {
  return {.url = Url::parse("http://a/").value(),
          .method = "GET",
          .requests = std::move(requests),
          .values = std::move(values)};
}

TEST(LoadSpec, RequestsThatCannotBeSentAreRefusedByName) {
  EXPECT_EQ(why(spec_of({{.name = "a"}})), "");
  const std::vector<std::pair<RequestTemplate, std::string>> cases = {
      {{.name = ""}, "a request has an empty name"},
      {{.name = "a", .method = "GET /"}, "request 'a': method 'GET /' is not one word"},
      {{.name = "a", .target = "x"}, "request 'a': path 'x' does not begin with /"},
      {{.name = "a", .target = "*"}, "request 'a': path '*' does not begin with /"},
      {{.name = "a", .target = "/a b"}, "request 'a': path '/a b' holds a blank"},
      {{.name = "a", .target = "/\r\nEvil: 1"}, "request 'a': path '/\\r\\nEvil: 1' holds a blank, line break"},
      {{.name = "a", .target = "/{{x}}"}, "placeholder {{x}} is unknown; nothing says where its values come from"},
      {{.name = "a", .target = "/{{x"}, "is not a placeholder"},
      {{.name = "a", .headers = {{"A", "b\nc"}}}, "request 'a': header 'A: b\\nc' holds a line break"},
      {{.name = "a", .headers = {{"A B", "c"}}}, "request 'a': header 'A B: c' has a bad name"},
      {{.name = "a", .body = "{{y}}"}, "request 'a': body: placeholder {{y}} is unknown"},
      {{.name = "a", .weight = 0}, "request 'a': weight 0 is not above 0"},
      {{.name = "a", .weight = std::numeric_limits<double>::infinity()}, "request 'a': weight inf"},
      {{.name = "a", .expect = {.sha256 = "ABC"}}, "request 'a': expected sha256 'ABC' is not 64 lower-case"},
      {{.name = "a", .expect = {.sha256 = std::string(64, 'A')}}, "is not 64 lower-case"},
      {{.name = "a", .expect = {.with_fields = {{"A:", "b"}}}}, "request 'a': expected header"},
      {{.name = "a", .expect = {.every = 0}}, "request 'a': one response in 0"},
      {{.name = "a", .expect = {.status_low = 300, .status_high = 200}}, "request 'a': expected status 300-200"},
  };
  for (const auto& [request, part] : cases) {
    const auto found = why(spec_of({request}));
    EXPECT_NE(found.find(part), std::string::npos) << part << "\n" << found;
  }
  EXPECT_NE(why(spec_of({{.name = "a"}, {.name = "a"}})).find("request 'a': this name is there twice"),
            std::string::npos);
  EXPECT_EQ(why(spec_of({{.name = "a", .method = "OPTIONS", .target = "*"}})), "");
}

TEST(LoadSpec, PlaceholdersWithoutValuesAreRefusedByName) {
  using Law = ValueSource::Law;
  const auto of = [](ValueSource value) { return why(spec_of({{.name = "a"}}, {std::move(value)})); };
  EXPECT_EQ(of({.name = "x"}), "");
  EXPECT_NE(of({.name = "a b"}).find("placeholder 'a b': a name is made of"), std::string::npos);
  EXPECT_NE(of({.name = "x", .low = 2, .high = 1}).find("its lowest value 2 lies above its highest 1"),
            std::string::npos);
  EXPECT_NE(of({.name = "x", .law = Law::list}).find("its list is empty"), std::string::npos);
  EXPECT_NE(of({.name = "x", .law = Law::zipf, .exponent = 0}).find("exponent 0"), std::string::npos);
  EXPECT_NE(of({.name = "x", .law = Law::zipf, .high = 2'000'000'000'000}).find("zipf over more than"),
            std::string::npos);
  EXPECT_NE(why(spec_of({{.name = "a"}}, {{.name = "x"}, {.name = "x"}})).find("it is there twice"), std::string::npos);
  EXPECT_NE(why(spec_of({{.name = "a", .target = "/{{usr}}"}}, {{.name = "user"}})).find("did you mean 'user'?"),
            std::string::npos);
}

TEST(LoadSpec, AListCannotBreakARequestApart) {
  const auto with = [](RequestTemplate request, std::string item) {
    return why(spec_of({std::move(request)},
                       {{.name = "v", .law = ValueSource::Law::list, .items = {"/fine", std::move(item)}}}));
  };
  const RequestTemplate in_path{.name = "a", .target = "/{{v}}"};
  const RequestTemplate is_path{.name = "a", .target = "{{v}}"};
  const RequestTemplate in_field{.name = "a", .headers = {{"X", "{{v}}"}}};
  const RequestTemplate in_body{.name = "a", .body = "{{v}}"};
  EXPECT_NE(with(in_path, "a b").find("value 'a b' of {{v}} holds a blank"), std::string::npos);
  EXPECT_NE(with(in_path, "a\r\nEvil: 1").find("value 'a\\r\\nEvil: 1' of {{v}} holds"), std::string::npos);
  EXPECT_NE(with(in_field, "a\nEvil: 1").find("of {{v}} holds a line break"), std::string::npos);
  EXPECT_EQ(with(in_field, "a b"), "");
  EXPECT_EQ(with(in_body, "a\r\n\x01"), "");
  EXPECT_EQ(with(is_path, "/also"), "");
  EXPECT_NE(with(is_path, "not").find("does not begin with /"), std::string::npos);
}

TEST(LoadSpec, OptionsThatExcludeEachOtherAreRefused) {
  auto cookies = spec_of({{.name = "a", .headers = {{"cookie", "x=1"}}}});
  EXPECT_EQ(why(cookies), "");
  cookies.keep_cookies = true;
  EXPECT_NE(why(cookies).find("cookies are kept"), std::string::npos);

  auto sequence = spec_of({{.name = "a"}, {.name = "b"}});
  sequence.order = RequestOrder::sequence;
  sequence.requests_per_connection = 1;
  EXPECT_EQ(why(sequence), "");
  sequence.keep_cookies = true;
  EXPECT_NE(why(sequence).find("the last would never be sent"), std::string::npos);

  auto unix_socket = spec_of({});
  unix_socket.unix_socket = "/run/x";
  EXPECT_EQ(why(unix_socket), "");
  unix_socket.source_addresses = {"127.0.0.2"};
  EXPECT_NE(why(unix_socket).find("a unix socket has none"), std::string::npos);

  auto late = spec_of({});
  late.first_byte_timeout = late.timeout;
  EXPECT_EQ(why(late), "");
  late.first_byte_timeout = 2 * late.timeout;
  EXPECT_NE(why(late).find("first-byte timeout"), std::string::npos);
}

TEST(StatusRange, IsOneStatusOrTwo) {
  EXPECT_EQ(parse_status_range("200").value(), std::pair(200, 200));
  EXPECT_EQ(parse_status_range("200-399").value(), std::pair(200, 399));
  for (const char* bad : {"", "2xx", "99", "600", "300-200", "200-"}) EXPECT_FALSE(parse_status_range(bad)) << bad;
}

}  // namespace
}  // namespace hotlap::load
