#include "harness/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

Answer answer_in(std::string_view bytes, bool ended = false, bool to_head = false) {
  const auto parsed = parse_answer(bytes, ended, to_head);
  EXPECT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed && *parsed) << "incomplete";
  return parsed && *parsed ? **parsed : Answer{};
}

TEST(ParseAnswer, ReadsBodiesOfEveryFraming) {
  EXPECT_EQ(answer_in("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY").body, "UGLY");
  EXPECT_EQ(answer_in("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nUG\r\n2\r\nLY\r\n0\r\n\r\n").body,
            "UGLY");
  EXPECT_EQ(answer_in("HTTP/1.1 200 OK\r\n\r\nUGLY", true).body, "UGLY");
  EXPECT_EQ(answer_in("HTTP/1.1 204 No Content\r\n\r\n").status, 204);
  EXPECT_EQ(answer_in("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", false, true).body, "");
}

TEST(ParseAnswer, PassesOverInterimAnswers) {
  EXPECT_EQ(answer_in("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").status,
            404);
}

TEST(ParseAnswer, NeedsMoreUntilTheLastByte) {
  const std::string_view whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nUGLY\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_answer(whole.substr(0, size), false, false);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(*parsed) << size;
    EXPECT_FALSE(parse_answer(whole.substr(0, size), true, false)) << size;
  }
}

TEST(ParseAnswer, RefusesWhatIsNotHttp) {
  EXPECT_THAT(parse_answer("SSH-2.0-OpenSSH\r\n\r\n", false, false).error().message, HasSubstr("not HTTP/1.1"));
}

load::LoadSpec spec_expecting(load::Expectation expect) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = 8080, .target = "/ugly"};
  spec.expect = std::move(expect);
  return spec;
}

TEST(Judge, ComparesStatusLengthAndBody) {
  EXPECT_TRUE(judge({200, "UGLY"}, spec_expecting({.body_length = 4, .body = "UGLY"})));
  EXPECT_EQ(judge({404, ""}, spec_expecting({})).error().message,
            "page /ugly answers with status 404, but 200-299 is expected; check load.path");
  EXPECT_EQ(judge({201, ""}, spec_expecting({.status_low = 200, .status_high = 200})).error().message,
            "page /ugly answers with status 201, but 200 is expected; check load.path");
  EXPECT_EQ(judge({200, "UGL"}, spec_expecting({.body_length = 4, .body = {}})).error().message,
            "page /ugly answers with 3 body bytes, but 4 are expected; check load.expect");
  EXPECT_EQ(judge({200, "\x1b[2J"}, spec_expecting({.body_length = {}, .body = "UGLY"})).error().message,
            "page /ugly answers with the body '\\x1b[2J', but 'UGLY' is expected; check load.expect");
}

TEST(RequestText, IsAPlainRequestWithItsHeaders) {
  auto spec = spec_expecting({});
  spec.headers = {{"X-A", "b"}};
  EXPECT_EQ(request_text(spec), "GET /ugly HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-A: b\r\n\r\n");
}

TEST(RequestText, AGivenHeaderReplacesOursWhateverItsCase) {
  auto spec = spec_expecting({});
  spec.body = "abc";
  spec.headers = {{"hOST", "example.org"}, {"content-length", "3"}};
  EXPECT_EQ(request_text(spec), "GET /ugly HTTP/1.1\r\nhOST: example.org\r\ncontent-length: 3\r\n\r\nabc");
}

}  // namespace
}  // namespace hotlap::harness
