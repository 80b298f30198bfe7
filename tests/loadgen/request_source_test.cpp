#include "loadgen/request_source.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

TEST(RequestSource, WritesWhatTheWireNeedsAndNoMore) {
  load::LoadSpec spec{
      .url = load::Url::parse("http://127.0.0.1:81/ugly").value(), .method = "GET", .pipeline_depth = 3};
  const RequestSource source(spec);
  const std::string one = "GET /ugly HTTP/1.1\r\nHost: 127.0.0.1:81\r\n\r\n";
  EXPECT_EQ(source.run(1), one);
  EXPECT_EQ(source.run(3), one + one + one);
  EXPECT_EQ(source.tail(5), std::string_view(one).substr(one.size() - 5));
  EXPECT_EQ(source.tail(2 * one.size()), one + one);
}

TEST(RequestSource, GivenFieldsReplaceOurs) {
  load::LoadSpec spec{.url = load::Url::parse("http://a/").value(),
                      .method = "POST",
                      .headers = {{"host", "b"}, {"X", "1"}},
                      .body = "hello"};
  EXPECT_EQ(RequestSource(spec).run(1), "POST / HTTP/1.1\r\nhost: b\r\nX: 1\r\nContent-Length: 5\r\n\r\nhello");
}

}  // namespace
}  // namespace hotlap::loadgen
