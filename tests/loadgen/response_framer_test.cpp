#include "loadgen/response_framer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hotlap::loadgen {
namespace {

struct Seen {
  std::vector<ResponseFramer::Next> responses;
  std::string bad;
};

// Feeds `bytes` in pieces of `piece` bytes, as reads would bring them.
Seen feed(const load::Expectation& expect, std::string_view bytes, std::size_t piece, bool to_head = false,
          bool then_close = false) {
  const RequestKind asked{.name = {}, .expect = expect, .head = to_head};
  Judge judge;
  ResponseFramer framer(judge);
  Seen seen;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto input = bytes.substr(at, piece);
    while (true) {
      const auto next = framer.next(input, asked);
      if (next.kind == ResponseFramer::Kind::need_more) break;
      if (next.kind == ResponseFramer::Kind::bad) {
        seen.bad = next.why;
        return seen;
      }
      seen.responses.push_back(next);
    }
  }
  if (then_close)
    if (const auto last = framer.end_of_stream(asked)) seen.responses.push_back(*last);
  return seen;
}

const std::string kUgly = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";

TEST(ResponseFramer, FramesEveryKindOfBodyHoweverItArrives) {
  const std::string bytes =
      kUgly + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nUG\r\n2\r\nLY\r\n0\r\n\r\n" +
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + kUgly +
      "HTTP/1.1 204 No Content\r\n\r\n" + "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n" +
      "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" + kUgly + kUgly;
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto seen = feed({}, bytes, piece);
    ASSERT_EQ(seen.bad, "");
    ASSERT_EQ(seen.responses.size(), 8U) << piece;
    const std::vector<int> expected = {200, 200, 200, 204, 304, 500, 200, 200};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(seen.responses[i].status, expected[i]) << piece;
      EXPECT_EQ(seen.responses[i].fault, expected[i] / 100 == 2 ? Fault::none : Fault::status) << piece;
    }
  }
}

TEST(ResponseFramer, ABodyWithoutLengthEndsWithTheConnection) {
  const auto seen = feed({.body = "whole"}, "HTTP/1.1 200 OK\r\n\r\nwhole", 3, false, true);
  ASSERT_EQ(seen.responses.size(), 1U);
  EXPECT_EQ(seen.responses[0].fault, Fault::none);
  EXPECT_FALSE(seen.responses[0].keep_alive);
  EXPECT_TRUE(feed({}, "HTTP/1.1 200 OK\r\n\r\nnot closed", 3).responses.empty());
}

TEST(ResponseFramer, AnswersToHeadHaveNoBody) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
  EXPECT_EQ(feed({.body_length = 4}, head + head, 7, true).responses.size(), 2U);
}

TEST(ResponseFramer, JudgesStatusLengthAndBodyInThatOrder) {
  const load::Expectation expect{.status_low = 200, .status_high = 200, .body_length = 4, .body = "UGLY"};
  const auto fault = [&](const std::string& bytes, std::size_t piece) {
    const auto seen = feed(expect, bytes, piece);
    return seen.responses.size() == 1 ? seen.responses[0].fault : Fault::none;
  };
  for (const std::size_t piece : {1UL, 3UL, 1000UL}) {
    EXPECT_EQ(feed(expect, kUgly, piece).responses.at(0).fault, Fault::none);
    EXPECT_EQ(fault("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nUGLY", piece), Fault::status);
    EXPECT_EQ(fault("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nUGLY!", piece), Fault::length);
    EXPECT_EQ(fault("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLI", piece), Fault::body);
  }
  const load::Expectation body_only{.body = "UGLY"};
  EXPECT_EQ(feed(body_only, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUG", 9).responses.at(0).fault, Fault::body);
  EXPECT_EQ(feed(body_only, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 9).responses.at(0).fault, Fault::body);
  EXPECT_EQ(feed(body_only, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nUGLYUG", 9).responses.at(0).fault,
            Fault::body);
}

TEST(ResponseFramer, TheFastPathForARepeatedHeadStillLooksAtTheBody) {
  const load::Expectation expect{.body = "UGLY"};
  const auto seen = feed(expect, kUgly + kUgly + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nBAD!" + kUgly, 1000);
  ASSERT_EQ(seen.responses.size(), 4U);
  EXPECT_EQ(seen.responses[1].fault, Fault::none);
  EXPECT_EQ(seen.responses[2].fault, Fault::body);
  EXPECT_EQ(seen.responses[3].fault, Fault::none);
}

TEST(ResponseFramer, WhatIsNotHttpIsBadWithAReason) {
  EXPECT_NE(feed({}, "SSH-2.0-OpenSSH_9.2\r\n", 4).bad, "");
  EXPECT_NE(feed({}, kUgly + "garbage", 1000).bad, "");
  EXPECT_NE(feed({}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 5).bad, "");
  EXPECT_NE(feed({}, "HTTP/1.1 200 OK\r\nX: " + std::string(http1::kMaxHeadBytes + 10, 'a'), 4096).bad, "");
}

TEST(ResponseFramer, ABodyThatNobodyLooksAtMayBeSkippedUpToItsLastByte) {
  const RequestKind asked;
  Judge judge;
  ResponseFramer framer(judge);
  std::string_view input = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789";
  EXPECT_EQ(framer.next(input, asked).kind, ResponseFramer::Kind::need_more);
  EXPECT_EQ(framer.skippable(asked), 89U);
  EXPECT_EQ(framer.skippable({.name = {}, .expect = {.body = "x"}}), 0U);
  framer.skip(89);
  input = "z";
  EXPECT_EQ(framer.next(input, asked).kind, ResponseFramer::Kind::response);
  EXPECT_EQ(framer.skippable(asked), 0U);
}

}  // namespace
}  // namespace hotlap::loadgen
