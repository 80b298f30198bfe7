#include "base/http1.h"

#include <gtest/gtest.h>

#include <string>

namespace hotlap::http1 {
namespace {

TEST(ResponseHead, EveryPrefixNeedsMore) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut)
    EXPECT_EQ(parse_response_head(std::string_view(head).substr(0, cut), false).parsed, Parsed::need_more) << cut;
  const auto parsed = parse_response_head(head + "Hello world!", false);
  EXPECT_EQ(parsed.parsed, Parsed::done);
  EXPECT_EQ(parsed.bytes, head.size());
  EXPECT_EQ(parsed.status, 200);
  EXPECT_EQ(parsed.framing, Framing::content_length);
  EXPECT_EQ(parsed.content_length, 12U);
  EXPECT_TRUE(parsed.keep_alive);
}

struct FramingCase {
  const char* head;
  Framing framing;
  bool keep_alive;
};

TEST(ResponseHead, TheEndOfTheBodyFollowsTheRules) {
  const FramingCase cases[] = {
      {"HTTP/1.1 204 No Content\r\n\r\n", Framing::none, true},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", Framing::none, true},
      {"HTTP/1.1 100 Continue\r\n\r\n", Framing::none, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Framing::chunked, true},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n", Framing::chunked, true},
      {"HTTP/1.1 200 OK\r\n\r\n", Framing::until_close, false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", Framing::content_length, false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", Framing::content_length, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo, Close\r\n\r\n", Framing::content_length, false},
      {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", Framing::content_length, true},
  };
  for (const auto& expected : cases) {
    const auto head = parse_response_head(expected.head, false);
    EXPECT_EQ(head.parsed, Parsed::done) << expected.head;
    EXPECT_EQ(head.framing, expected.framing) << expected.head;
    EXPECT_EQ(head.keep_alive, expected.keep_alive) << expected.head;
  }
  EXPECT_EQ(parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true).framing, Framing::none);
}

TEST(ResponseHead, BadHeadsSayWhy) {
  for (const char* bad :
       {"HTTP/2 200\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const auto head = parse_response_head(bad, false);
    EXPECT_EQ(head.parsed, Parsed::bad) << bad;
    EXPECT_NE(head.why, nullptr) << bad;
  }
}

TEST(ResponseHead, TheLimitHoldsHoweverTheBytesCome) {
  const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: ";
  const auto head_of = [&](std::size_t size) { return begin + std::string(size - begin.size() - 4, 'a') + "\r\n\r\n"; };
  EXPECT_EQ(parse_response_head(head_of(kMaxHeadBytes), false).parsed, Parsed::done);
  const auto one_more = head_of(kMaxHeadBytes + 1);
  EXPECT_EQ(parse_response_head(one_more, false).parsed, Parsed::bad) << "in one piece";
  EXPECT_EQ(parse_response_head(one_more + "and a body", false).parsed, Parsed::bad);
  EXPECT_EQ(parse_response_head(head_of(kMaxHeadBytes + 9).substr(0, kMaxHeadBytes + 1), false).parsed, Parsed::bad);
}

TEST(RequestHead, TheLimitHoldsHoweverTheBytesCome) {
  const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nX-A: ";
  const auto head_of = [&](std::size_t size) { return begin + std::string(size - begin.size() - 4, 'a') + "\r\n\r\n"; };
  EXPECT_EQ(parse_request_head(head_of(kMaxHeadBytes)).parsed, Parsed::done);
  const auto refused = parse_request_head(head_of(kMaxHeadBytes + 1));
  EXPECT_EQ(refused.parsed, Parsed::bad);
  EXPECT_EQ(refused.reject_status, 431);
}

TEST(RequestHead, ReadsWhatWasSent) {
  const std::string bytes = "GET /good?x=1 HTTP/1.1\r\nHost: a\r\nUser-Agent:  hotlap \r\nCookie: s=1\r\n\r\nrest";
  const auto head = parse_request_head(bytes);
  ASSERT_EQ(head.parsed, Parsed::done) << head.why;
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/good?x=1");
  EXPECT_EQ(head.field("user-agent").value(), "hotlap");
  EXPECT_EQ(head.field("COOKIE").value(), "s=1");
  EXPECT_FALSE(head.field("accept"));
  EXPECT_EQ(bytes.substr(head.bytes), "rest");
  EXPECT_TRUE(head.keep_alive);
}

struct BadRequest {
  const char* bytes;
  int status;
};

TEST(RequestHead, BadRequestsAreRejectedWithTheFittingStatus) {
  const BadRequest cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
  };
  for (const auto& expected : cases) {
    const auto head = parse_request_head(expected.bytes);
    EXPECT_EQ(head.parsed, Parsed::bad) << expected.bytes;
    EXPECT_EQ(head.reject_status, expected.status) << expected.bytes;
  }
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < kMaxFields; ++i) many += "x: y\r\n";
  EXPECT_EQ(parse_request_head(many + "\r\n").reject_status, 431);
  EXPECT_EQ(parse_request_head("GET /" + std::string(kMaxHeadBytes, 'a')).reject_status, 414);
  EXPECT_EQ(parse_request_head("GET / HTTP/1.1\r\na: " + std::string(kMaxHeadBytes, 'a')).reject_status, 431);
}

struct TargetParts {
  const char* target;
  const char* path;
  const char* query;
  const char* host;
};

TEST(RequestHead, TakesTargetsOfEveryFormApart) {
  const TargetParts cases[] = {
      {"/a/b", "/a/b", "", "field"},
      {"/a?b?c", "/a", "b?c", "field"},
      {"/?", "/", "", "field"},
      {"//a%2F", "//a%2F", "", "field"},
      {"http://b:80/c?d=http://e/", "/c", "d=http://e/", "b:80"},
      {"HTTP://b", "/", "", "b"},
      {"https://b?d", "/", "d", "b"},
  };
  for (const auto& expected : cases) {
    const std::string bytes = "GET " + std::string(expected.target) + " HTTP/1.1\r\nHost: field\r\n\r\n";
    const auto head = parse_request_head(bytes);
    ASSERT_EQ(head.parsed, Parsed::done) << expected.target << head.why;
    EXPECT_EQ(head.target, expected.target);
    EXPECT_EQ(head.path(), expected.path) << expected.target;
    EXPECT_EQ(head.query(), expected.query) << expected.target;
    EXPECT_EQ(head.host(), expected.host) << expected.target;
  }
  const auto options = parse_request_head("OPTIONS * HTTP/1.1\r\nHost: field\r\n\r\n");
  EXPECT_EQ(options.path(), "*");
  EXPECT_EQ(options.host(), "field");
}

TEST(RequestHead, ALongNameOfAHostIsReadLikeAShortOne) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const auto status_of = [](const std::string& host) {
      const auto head = parse_request_head("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      return head.parsed == Parsed::done ? 200 : head.reject_status;
    };
    const std::string name(size, 'a');
    EXPECT_EQ(status_of(name), 200) << size;
    EXPECT_EQ(status_of(name + ":80"), 200) << size;
    EXPECT_EQ(status_of(name + ":8a"), 400) << size;
    for (std::size_t place = 0; place < size; ++place) {
      auto spoilt = name;
      spoilt[place] = '/';
      EXPECT_EQ(status_of(spoilt), 400) << spoilt;
    }
  }
}

TEST(RequestHead, OldClientsCloseUnlessTheyAskOtherwise) {
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse_request_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keep_alive);
}

// Feeds `bytes` in pieces of `piece` bytes; answers the body, or "bad", and leaves the unused rest in `rest`.
std::string read_chunked(std::string_view bytes, std::size_t piece, std::string* rest = nullptr) {
  ChunkedReader reader;
  std::string body;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto input = bytes.substr(at, piece);
    while (!input.empty()) {
      const auto step = reader.step(input);
      body += step.data;
      input.remove_prefix(step.used);
      if (step.parsed == Parsed::bad) return "bad";
      if (step.parsed == Parsed::done) {
        if (rest) *rest = std::string(input);
        return body + "|done";
      }
    }
  }
  return body;
}

TEST(ChunkedReader, GivesTheSameBodyHoweverItArrives) {
  const std::string bytes = "4\r\nWiki\r\n6;ext=\"1\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(read_chunked(bytes, piece), "Wikipedia in \r\n\r\nchunks.|done") << piece;
  std::string rest;
  EXPECT_EQ(read_chunked("0\r\n\r\nHTTP/1.1", 100, &rest), "|done");
  EXPECT_EQ(rest, "HTTP/1.1");
}

TEST(ChunkedReader, BrokenFramingIsBad) {
  for (const char* bad : {"x\r\n", "\r\n", "4\r\nWikiX", "4\nWiki", "fffffffffffffffff\r\n", "4 5;\nab",
                          "0\r\nA: b\n\r\n", "0\r\nHTTP/1.1 200 OK\r\n\r\n", "0\r\nA\r\n\r\n"})
    EXPECT_EQ(read_chunked(bad, 100), "bad") << bad;
}

TEST(ChunkedReader, ControlBytesInExtensionsAndTrailersAreBad) {
  using namespace std::string_literals;
  for (const auto& bad : {"4;a=\0\r\nWiki\r\n0\r\n\r\n"s, "4;\x7f\r\nWiki\r\n0\r\n\r\n"s, "0\r\nA: \0\r\n\r\n"s,
                          "0\r\n\0: b\r\n\r\n"s, "0\r\n folded\r\n\r\n"s})
    for (const std::size_t piece : {1U, 100U}) EXPECT_EQ(read_chunked(bad, piece), "bad") << bad;
  EXPECT_EQ(read_chunked("1;a=\t\xc3\xa4\r\nx\r\n0\r\nA: \t\r\n\r\n", 100), "x|done");
}

}  // namespace
}  // namespace hotlap::http1
