#include "loadgen/contract/load_spec.h"

#include <gtest/gtest.h>

#include <functional>

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

TEST(Url, WhatCannotBeAskedIsRefused) {
  for (const char* bad : {"", "127.0.0.1:80/", "https://a/", "http://", "http://:80/", "http://a:0/", "http://a:65536/",
                          "http://a:x/", "http://a/b c", "http://a/\r\nX: y", "http://u@a/"})
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
}

TEST(StatusRange, IsOneStatusOrTwo) {
  EXPECT_EQ(parse_status_range("200").value(), std::pair(200, 200));
  EXPECT_EQ(parse_status_range("200-399").value(), std::pair(200, 399));
  for (const char* bad : {"", "2xx", "99", "600", "300-200", "200-"}) EXPECT_FALSE(parse_status_range(bad)) << bad;
}

}  // namespace
}  // namespace hotlap::load
