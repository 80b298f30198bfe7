#include "loadgen/request_source.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

std::string wire(const load::LoadSpec& spec) {
  const auto source = make_request_source(spec, 0, 1);
  EXPECT_TRUE(source);
  return std::string((*source)->constant());
}

TEST(RequestSource, WritesWhatTheWireNeedsAndNoMore) {
  const load::LoadSpec spec{.url = load::Url::parse("http://127.0.0.1:81/ugly").value(), .method = "GET"};
  EXPECT_EQ(wire(spec), "GET /ugly HTTP/1.1\r\nHost: 127.0.0.1:81\r\n\r\n");
}

TEST(RequestSource, GivenFieldsReplaceOurs) {
  const load::LoadSpec spec{.url = load::Url::parse("http://a/").value(),
                            .method = "POST",
                            .headers = {{"host", "b"}, {"X", "1"}},
                            .body = "hello"};
  EXPECT_EQ(wire(spec), "POST / HTTP/1.1\r\nhost: b\r\nX: 1\r\nContent-Length: 5\r\n\r\nhello");
}

}  // namespace
}  // namespace hotlap::loadgen
