#include "targets/engines/request_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace hotlap::targets {
namespace {

// What a reader finds in `bytes`, handed to it in pieces: "/target[body] " for each request.
std::string found_in(std::string_view bytes, std::size_t piece, const RequestLimits& limits = {}) {
  RequestReader reader(limits);
  std::string found;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string read(bytes.substr(at, piece));
    std::string_view input = read;
    for (auto next = reader.next(input); next.kind != RequestReader::Kind::need_more; next = reader.next(input)) {
      if (next.kind == RequestReader::Kind::bad) return found + "bad " + std::to_string(next.head.reject_status);
      if (next.kind == RequestReader::Kind::request)
        found += std::string(next.head.target) + "[" + std::string(next.body) + "] ";
    }
    EXPECT_TRUE(input.empty()) << "the reader keeps what it needs";
  }
  return found;
}

TEST(RequestReader, FindsEveryRequestHoweverItArrives) {
  const std::string bytes =
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nGET /no HTT"
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n"
      "\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(found_in(bytes, piece), "/a[] /b[GET /no HTT] /c[GET /] /d[] ") << piece;
}

TEST(RequestReader, BadRequestsStopTheConversation) {
  EXPECT_EQ(found_in("GET /a HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", 100), "/a[] bad 400");
  EXPECT_EQ(found_in("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 100), "bad 400");
  EXPECT_EQ(found_in("GET / HTTP/3.0\r\nHost: x\r\n\r\n", 100), "bad 505");
}

TEST(RequestReader, BodiesBeyondTheLimitAreRefusedHoweverTheyAreFramed) {
  const RequestLimits limits{.head_bytes = 100, .body_bytes = 10};
  const std::string post = "POST /a HTTP/1.1\r\nHost: x\r\n";
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    EXPECT_EQ(found_in(post + "Content-Length: 10\r\n\r\n0123456789", piece, limits), "/a[0123456789] ");
    EXPECT_EQ(found_in(post + "Content-Length: 11\r\n\r\n", piece, limits), "bad 413") << "before it is sent";
    EXPECT_EQ(found_in(post + "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", piece, limits),
              "/a[0123456789] ");
    EXPECT_EQ(found_in(post + "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n567890", piece, limits), "bad 413");
    EXPECT_EQ(found_in("GET /" + std::string(100, 'a'), piece, limits), "bad 414");
    EXPECT_EQ(found_in(post + "A: " + std::string(100, 'a'), piece, limits), "bad 431");
  }
}

TEST(RequestReader, TellsOnceThatAClientWaitsToSendItsBody) {
  RequestReader reader;
  const std::string head = "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
  std::string_view input = head;
  EXPECT_EQ(reader.next(input).kind, RequestReader::Kind::expects_continue);
  EXPECT_EQ(reader.next(input).kind, RequestReader::Kind::need_more);
  EXPECT_EQ(reader.stage(), RequestReader::Stage::body);
  input = "abc";
  const auto whole = reader.next(input);
  ASSERT_EQ(whole.kind, RequestReader::Kind::request);
  EXPECT_EQ(whole.body, "abc");
  EXPECT_EQ(whole.head.target, "/a");
  EXPECT_EQ(reader.next(input).kind, RequestReader::Kind::need_more);
  EXPECT_TRUE(reader.idle());

  for (const auto& unasked :
       {head + "a", std::string("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")}) {
    RequestReader another;
    std::string_view bytes = unasked;
    EXPECT_NE(another.next(bytes).kind, RequestReader::Kind::expects_continue) << unasked;
  }
}

TEST(RequestReader, KnowsHowFarTheNextRequestIs) {
  RequestReader reader;
  const auto feed = [&](std::string_view input) {
    EXPECT_EQ(reader.next(input).kind, RequestReader::Kind::need_more);
    return reader.stage();
  };
  EXPECT_EQ(reader.stage(), RequestReader::Stage::idle);
  EXPECT_EQ(feed("\r\n"), RequestReader::Stage::idle) << "a blank line is not a request yet";
  EXPECT_EQ(feed("GE"), RequestReader::Stage::head);
  EXPECT_EQ(feed("T / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"), RequestReader::Stage::body);
  std::string_view last = "ab";
  EXPECT_EQ(reader.next(last).kind, RequestReader::Kind::request);
  EXPECT_EQ(reader.stage(), RequestReader::Stage::idle);
}

TEST(RequestReader, AHeadThatComesAgainMeansTheSameOnEveryConnection) {
  LastHead last;
  const auto request = [](std::string_view target, std::string_view fields) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
  };
  const auto same = request("/a", "A: 1\r\n");
  const auto longer = request("/a", "A: 1\r\nConnection: close\r\n");  // begins like the other
  const auto body = request("/b", "A: 2\r\nContent-Length: 5\r\n") + "12345";
  const auto large = request("/c", "A: " + std::string(2000, '3') + "\r\n");
  for (const auto& bytes : {same, same, longer, body, same, body, body, large, large, "\r\n" + same, same}) {
    for (int connection = 0; connection < 9; ++connection) {  // often enough for each to be the last
      const std::string read = bytes + bytes;
      RequestReader reader({}, &last);
      RequestReader plain;
      std::string_view input = read;
      std::string_view plain_input = read;
      for (int number = 0; number < 2; ++number) {
        const auto expected = plain.next(plain_input);
        const auto next = reader.next(input);
        ASSERT_EQ(next.kind, RequestReader::Kind::request);
        EXPECT_EQ(next.head.method, "GET");
        EXPECT_EQ(next.head.target, expected.head.target);
        EXPECT_EQ(next.head.bytes, expected.head.bytes);
        EXPECT_EQ(next.head.keep_alive, expected.head.keep_alive);
        EXPECT_EQ(next.head.content_length, expected.head.content_length);
        EXPECT_EQ(next.head.field_lines, expected.head.field_lines);
        EXPECT_EQ(next.body, expected.body);
      }
      EXPECT_TRUE(input.empty());
    }
  }
}

TEST(RequestReader, RejectionsSayWhyAndAnnounceTheClose) {
  http1::RequestHead bad;
  bad.why = "there is a reason";
  for (const int status : {400, 413, 414, 417, 431, 501, 505}) {
    bad.reject_status = status;
    bad.method = {};
    const auto whole = rejection(bad);
    EXPECT_TRUE(whole.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
    EXPECT_NE(whole.find("\r\nContent-Length: 18\r\n"), std::string::npos);
    EXPECT_NE(whole.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(whole.ends_with("\r\n\r\nthere is a reason\n"));
    bad.method = "HEAD";
    EXPECT_TRUE(rejection(bad).ends_with("\r\n\r\n")) << "no answer to HEAD has a body";
  }
}

}  // namespace
}  // namespace hotlap::targets
