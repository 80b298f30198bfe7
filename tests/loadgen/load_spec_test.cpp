#include "loadgen/contract/load_spec.h"

#include <gtest/gtest.h>

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

TEST(StatusRange, IsOneStatusOrTwo) {
  EXPECT_EQ(parse_status_range("200").value(), std::pair(200, 200));
  EXPECT_EQ(parse_status_range("200-399").value(), std::pair(200, 399));
  for (const char* bad : {"", "2xx", "99", "600", "300-200", "200-"}) EXPECT_FALSE(parse_status_range(bad)) << bad;
}

}  // namespace
}  // namespace hotlap::load
