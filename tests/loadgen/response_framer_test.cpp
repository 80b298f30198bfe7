#include "loadgen/response_framer.h"

#include <gtest/gtest.h>

#include <optional>
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

TEST(ResponseFramer, AGoodResponseThatComesAgainIsGoodAndTakesItsTurn) {
  const load::Expectation expect{.body = "UGLY", .every = 2};
  const std::string bad = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nBAD!";
  const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nUGLY";
  const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  // In full: the first, third, fifth …
  const auto seen = feed(expect, kUgly + kUgly + kUgly + bad + bad + kUgly + early + kUgly + kUgly + closing, 1000);
  std::vector<Fault> faults;
  for (const auto& response : seen.responses) {
    faults.push_back(response.fault);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.keep_alive, faults.size() < 9);
  }
  EXPECT_EQ(faults, (std::vector{Fault::none, Fault::none, Fault::none, Fault::none, Fault::body, Fault::none,
                                 Fault::none, Fault::none, Fault::none}));
}

TEST(ResponseFramer, AKnownResponseIsNoAnswerToHead) {
  Judge judge;
  ResponseFramer framer(judge);
  const RequestKind get, head{.head = true};  // of one number: a source may ask for both in the same words
  const std::string bytes = kUgly + kUgly + kUgly;
  std::string_view input = bytes;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(framer.next(input, get).kind, ResponseFramer::Kind::response);
  EXPECT_EQ(framer.next(input, head).kind, ResponseFramer::Kind::response);
  EXPECT_EQ(input, "UGLY") << "nobody asked for a body";
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

// The fault of the one response in `bytes`, fed in every way to cut it in two and byte by byte: always the same.
Fault fault_of(const load::Expectation& expect, const std::string& bytes) {
  const RequestKind asked{.name = {}, .expect = expect};
  std::optional<Fault> fault;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    Judge judge;
    ResponseFramer framer(judge);
    std::string_view first = std::string_view(bytes).substr(0, cut);
    std::string_view second = std::string_view(bytes).substr(cut);
    EXPECT_EQ(framer.next(first, asked).kind, ResponseFramer::Kind::need_more);
    const auto next = framer.next(second, asked);
    EXPECT_EQ(next.kind, ResponseFramer::Kind::response) << cut;
    EXPECT_EQ(fault.value_or(next.fault), next.fault) << "cut at " << cut;
    fault = next.fault;
  }
  const auto by_bytes = feed(expect, bytes, 1);
  EXPECT_EQ(by_bytes.responses.size(), 1U);
  EXPECT_EQ(by_bytes.responses.at(0).fault, fault);
  return *fault;
}

std::string with_body(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunked(const std::string& body, std::size_t size) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += size) {
    const auto chunk = body.substr(at, size);
    text += std::to_string(chunk.size()) + "\r\n" + chunk + "\r\n";
  }
  return text + "0\r\n\r\n";
}

TEST(ResponseFramer, FindsATextHoweverTheBodyArrives) {
  const load::Expectation expect{.contains = "aab"};
  for (const char* holds : {"aab", "aaab", "aaaab", "xaabx", "aaxaab", "aabaab"}) {
    EXPECT_EQ(fault_of(expect, with_body(holds)), Fault::none) << holds;
    for (std::size_t size = 1; size < 4; ++size)
      EXPECT_EQ(fault_of(expect, chunked(holds, size)), Fault::none) << holds;
  }
  for (const char* lacks : {"", "a", "aa", "ab", "aaxb", "aaa", "baa"}) {
    EXPECT_EQ(fault_of(expect, with_body(lacks)), Fault::contains) << lacks;
    EXPECT_EQ(fault_of(expect, chunked(lacks, 2)), Fault::contains) << lacks;
  }
  EXPECT_EQ(fault_of({.contains = "x"}, with_body("aax")), Fault::none);
  EXPECT_EQ(fault_of({.contains = "x"}, with_body("aaa")), Fault::contains);
}

TEST(ResponseFramer, WhatOneBodyBeganTheNextDoesNotEnd) {
  const auto seen = feed({.contains = "abc"}, with_body("xxab") + with_body("cxxx") + with_body("abc"), 3);
  ASSERT_EQ(seen.responses.size(), 3U);
  EXPECT_EQ(seen.responses[0].fault, Fault::contains);
  EXPECT_EQ(seen.responses[1].fault, Fault::contains);
  EXPECT_EQ(seen.responses[2].fault, Fault::none);
}

TEST(ResponseFramer, HashesTheBodyHoweverItArrives) {
  // FIPS 180-4's examples: "abc", and nothing.
  const load::Expectation abc{.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
  const load::Expectation empty{.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
  EXPECT_EQ(fault_of(abc, with_body("abc")), Fault::none);
  EXPECT_EQ(fault_of(abc, chunked("abc", 1)), Fault::none);
  EXPECT_EQ(fault_of(abc, with_body("abd")), Fault::hash);
  EXPECT_EQ(fault_of(empty, with_body("")), Fault::none);
  EXPECT_EQ(fault_of(empty, with_body("abc")), Fault::hash);
  const auto seen = feed(abc, with_body("abc") + with_body("ab") + with_body("abc"), 4);
  ASSERT_EQ(seen.responses.size(), 3U);
  EXPECT_EQ(seen.responses[0].fault, Fault::none);
  EXPECT_EQ(seen.responses[1].fault, Fault::hash);
  EXPECT_EQ(seen.responses[2].fault, Fault::none) << "each body begins its hash anew";
}

TEST(ResponseFramer, WantsFieldsByNameWithoutCaseAndByExactValue) {
  const auto with = [](const std::string& fields) { return with_body("x", fields); };
  const load::Expectation value{.with_fields = {{"X-Cache", "HIT"}}};
  EXPECT_EQ(fault_of(value, with("x-cache: HIT\r\n")), Fault::none);
  EXPECT_EQ(fault_of(value, with("X-Cache:   HIT \r\n")), Fault::none);
  EXPECT_EQ(fault_of(value, with("X-CACHE: MISS\r\nX-Cache: HIT\r\n")), Fault::none) << "one of its lines is enough";
  EXPECT_EQ(fault_of(value, with("X-Cache: hit\r\n")), Fault::field);
  EXPECT_EQ(fault_of(value, with("X-Cache: HIT2\r\n")), Fault::field);
  EXPECT_EQ(fault_of(value, with("X-Cache2: HIT\r\n")), Fault::field);
  EXPECT_EQ(fault_of(value, with("")), Fault::field);
  const load::Expectation present{.with_fields = {{"ETag", ""}, {"X-Cache", "HIT"}}};
  EXPECT_EQ(fault_of(present, with("etag: any\r\nX-Cache: HIT\r\n")), Fault::none);
  EXPECT_EQ(fault_of(present, with("X-Cache: HIT\r\n")), Fault::field);
}

TEST(ResponseFramer, JudgesStatusLengthFieldBodyTextAndHashInThatOrder) {
  const load::Expectation all{.status_low = 200,
                              .status_high = 200,
                              .body_length = 3,
                              .body = "abc",
                              .contains = "b",
                              .sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                              .with_fields = {{"A", "1"}}};
  EXPECT_EQ(fault_of(all, with_body("abc", "A: 1\r\n")), Fault::none);
  EXPECT_EQ(fault_of(all, "HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nx"), Fault::status);
  EXPECT_EQ(fault_of(all, with_body("x")), Fault::length);
  EXPECT_EQ(fault_of(all, with_body("xyz")), Fault::field);
  EXPECT_EQ(fault_of(all, with_body("xyz", "A: 1\r\n")), Fault::body);
  auto without_body = all;
  without_body.body.reset();
  EXPECT_EQ(fault_of(without_body, with_body("xyz", "A: 1\r\n")), Fault::contains);
  EXPECT_EQ(fault_of(without_body, with_body("xbz", "A: 1\r\n")), Fault::hash);
}

TEST(ResponseFramer, ARepeatedHeadIsJudgedForEachKindByItsOwnFields) {
  const RequestKind picky{.name = "picky", .expect = {.with_fields = {{"A", "1"}}}, .number = 0};
  const RequestKind easy{.name = "easy", .expect = {}, .number = 1};
  const RequestKind other{.name = "other", .expect = {.with_fields = {{"A", "2"}}}, .number = 2};
  Judge judge;
  ResponseFramer framer(judge);
  const auto fault = [&](const RequestKind& asked, const std::string& bytes) {
    std::string_view input = bytes;
    return framer.next(input, asked).fault;
  };
  const auto one = with_body("x", "A: 1\r\n");
  const auto two = with_body("x", "A: 2\r\n");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(fault(picky, one), Fault::none);
    EXPECT_EQ(fault(easy, one), Fault::none);
    EXPECT_EQ(fault(other, one), Fault::field);
    EXPECT_EQ(fault(other, one), Fault::field);
    EXPECT_EQ(fault(picky, two), Fault::field);
    EXPECT_EQ(fault(picky, two), Fault::field);
    EXPECT_EQ(fault(other, two), Fault::none);
  }
}

TEST(ResponseFramer, OneInSoManyIsJudgedInFullAndAllByStatusAndLength) {
  const load::Expectation expect{.body_length = 1, .body = "a", .with_fields = {{"A", "1"}}, .every = 3};
  const auto wrong = with_body("b", "A: 1\r\n");
  std::string bytes;
  for (int i = 0; i < 7; ++i) bytes += wrong;
  bytes += with_body("bb", "A: 1\r\n");      // the eighth: not looked at but for its length
  bytes += with_body("a") + with_body("a");  // the tenth lacks its field, and it is looked at
  for (const std::size_t piece : {1UL, 7UL, 1000UL}) {
    const auto seen = feed(expect, bytes, piece);
    std::vector<Fault> faults;
    for (const auto& response : seen.responses) faults.push_back(response.fault);
    EXPECT_EQ(faults, (std::vector{Fault::body, Fault::none, Fault::none, Fault::body, Fault::none, Fault::none,
                                   Fault::body, Fault::length, Fault::none, Fault::field}))
        << piece;
  }
}

TEST(ResponseFramer, TheFieldsOfAHeadThatCameUnlookedAreLookedAtWhenItIsItsTurn) {
  // The known head is remembered at a response that is not judged in full.
  const load::Expectation expect{.with_fields = {{"A", "1"}}, .every = 2};
  const auto good = with_body("x", "A: 1\r\n");
  const auto bad = with_body("x");
  const auto seen = feed(expect, good + bad + bad + bad + bad, 1000);
  ASSERT_EQ(seen.responses.size(), 5U);
  EXPECT_EQ(seen.responses[1].fault, Fault::none);
  EXPECT_EQ(seen.responses[2].fault, Fault::field);
  EXPECT_EQ(seen.responses[3].fault, Fault::none);
  EXPECT_EQ(seen.responses[4].fault, Fault::field);
}

TEST(ResponseFramer, AnswersToHeadAreJudgedByTheirFields) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nA: 1\r\n\r\n";
  EXPECT_EQ(feed({.contains = "x", .with_fields = {{"a", "1"}}}, head, 7, true).responses.at(0).fault, Fault::none);
  EXPECT_EQ(feed({.with_fields = {{"a", "2"}}}, head, 7, true).responses.at(0).fault, Fault::field);
}

TEST(ResponseFramer, ABodyWhoseTurnItIsNotMayBeSkipped) {
  const RequestKind asked{.name = {}, .expect = {.contains = "x", .every = 2}};
  Judge judge;
  ResponseFramer framer(judge);
  const std::string whole = with_body(std::string(100, 'x'));
  const auto all_but_one = std::string_view(whole).substr(0, whole.size() - 1);
  auto input = all_but_one;
  EXPECT_EQ(framer.next(input, asked).kind, ResponseFramer::Kind::need_more);
  EXPECT_EQ(framer.skippable(asked), 0U);
  input = "x";
  EXPECT_EQ(framer.next(input, asked).fault, Fault::none);
  input = std::string_view(whole).substr(0, whole.size() - 11);
  EXPECT_EQ(framer.next(input, asked).kind, ResponseFramer::Kind::need_more);
  EXPECT_EQ(framer.skippable(asked), 10U);
}

TEST(ResponseFramer, WhatNeverEndsTakesNoMemory) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string filler(20'000, 'a');
  for (const auto& [begin, again] : std::vector<std::pair<std::string, std::string>>{
           {head, "X: " + filler + "\r\n"},
           {"HTTP/1.1 200 ", filler},
           {head + "Content-Length: 999999999999999999\r\n\r\n", filler},
           {head + "\r\n", filler},
           {chunked, "4e20\r\n" + filler + "\r\n"},
           {chunked + "1;", filler},
           {chunked + "0\r\n", "X: " + filler + "\r\n"},
           {"", "HTTP/1.1 103 Early Hints\r\nLink: " + filler + "\r\n\r\n"}}) {
    Judge judge;
    ResponseFramer framer(judge);
    const RequestKind asked;
    std::string_view input = begin;
    auto next = framer.next(input, asked);
    for (int i = 0; i < 1000 && next.kind == ResponseFramer::Kind::need_more; ++i) {
      input = again;
      next = framer.next(input, asked);
      ASSERT_LE(framer.kept(), http1::kMaxHeadBytes + again.size());
    }
    EXPECT_NE(next.kind, ResponseFramer::Kind::response);
  }
}

TEST(ResponseFramer, TellsWhereAResponseBegan) {
  const RequestKind asked;
  Judge judge;
  ResponseFramer framer(judge);
  const auto begun_here = [&](std::string_view input) { return framer.next(input, asked).begun_here; };
  EXPECT_TRUE(begun_here(kUgly));
  EXPECT_TRUE(begun_here("HTTP/1.1 103 Early"));
  EXPECT_TRUE(begun_here(" Hints\r\n\r\n" + kUgly.substr(0, 20)));  // the interim response ended here
  EXPECT_FALSE(begun_here(kUgly.substr(20, 5)));
  EXPECT_FALSE(begun_here(kUgly.substr(25)));
  EXPECT_TRUE(begun_here(kUgly));
}

}  // namespace
}  // namespace hotlap::loadgen
