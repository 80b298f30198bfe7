#include "harness/conformance/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

constexpr Nanos kPatience = std::chrono::seconds(2);

ReceivedAnswer answer(int status, std::string body = "") {
  return {.status = status, .body = std::move(body)};
}
const ReceivedAnswer kPage = answer(200, "UGLY");
const ReceivedAnswer kNone = answer(404, "none");

KnownAnswer known(const ReceivedAnswer& answer) {
  return know({}, answer, answer);
}
const KnownAnswer kKnownPage = known(kPage);
const KnownAnswer kKnownNone = known(kNone);

// Page, none, page, none: `came` is what the server made of it.
Judgement of_four(std::vector<ReceivedAnswer> came, End end, const KnownAnswer& then_asked = kKnownNone,
                  Reply then = {}) {
  Batch batch{.asked = {kKnownPage, kKnownNone, kKnownPage, kKnownNone},
              .order_shows = true,
              .reply = {.answers = std::move(came), .end = end},
              .then_asked = &then_asked,
              .then = std::move(then)};
  return judge_batch(batch, kPatience);
}

TEST(JudgeBatch, AllInOrderIsOk) {
  const auto judgement =
      of_four({kPage, kNone, kPage, kNone}, End::enough, kKnownPage, {.answers = {kPage}, .end = End::enough});
  EXPECT_EQ(judgement.outcome, Outcome::ok);
  EXPECT_EQ(judgement.sentence, "sent 4, got 4 answers in order");
  EXPECT_EQ(judgement.sent, 4U);
  EXPECT_EQ(judgement.answered, 4U);
}

TEST(JudgeBatch, WhatIsLeftOutWhileTheConnectionLivesIsADrop) {
  const auto judgement = of_four({kPage}, End::silence, kKnownPage, {.answers = {kPage}, .end = End::enough});
  EXPECT_EQ(judgement.outcome, Outcome::drop);
  EXPECT_EQ(judgement.sentence,
            "sent 4, got 1 answer, then silence for 2.00 s; one more request on the connection was answered");
  EXPECT_EQ(judgement.meaning, "pipelined load on this server would count 1 of 4; use depth 1");
}

TEST(JudgeBatch, WhatComesOnlyWithOneMoreRequestHadWaited) {
  const auto judgement = of_four({kPage}, End::silence, kKnownPage, {.answers = {kNone}, .end = End::enough});
  EXPECT_EQ(judgement.outcome, Outcome::hang);
  EXPECT_THAT(judgement.sentence, HasSubstr("the rest waits unread"));
}

TEST(JudgeBatch, SilenceEvenToOneMoreRequestIsAHang) {
  EXPECT_EQ(of_four({}, End::silence, kKnownPage, {.end = End::silence}).outcome, Outcome::hang);
  EXPECT_EQ(of_four({kPage}, End::silence, kKnownPage, {.end = End::closed}).outcome, Outcome::hang);
}

TEST(JudgeBatch, AnEndOfTheConnectionIsAClose) {
  auto last = kPage;
  last.keep_alive = false;
  EXPECT_THAT(of_four({last}, End::closed).meaning, HasSubstr("a connection of its own"));
  const auto judgement = of_four({kPage, kNone}, End::reset);
  EXPECT_EQ(judgement.outcome, Outcome::close);
  EXPECT_EQ(judgement.sentence, "sent 4, got 2 answers, then the server reset the connection");
  EXPECT_EQ(judgement.meaning, "pipelined load on this server would lose 2 of 4 and reconnect; use depth 2 or less");
}

TEST(JudgeBatch, TheSameAnswersInAnotherOrderAreAReorder) {
  const auto judgement = of_four({kNone, kPage, kNone, kPage}, End::enough);
  EXPECT_EQ(judgement.outcome, Outcome::reorder);
  EXPECT_EQ(judgement.sentence, "sent 4, got 4 answers in another order: answer 1 is not that of request 1");
  EXPECT_EQ(of_four({kPage, kPage, kNone, kNone}, End::enough).outcome, Outcome::reorder);
}

TEST(JudgeBatch, AnotherAnswerThanAloneIsWrong) {
  const auto judgement = of_four({kPage, answer(503), kPage, kNone}, End::enough);
  EXPECT_EQ(judgement.outcome, Outcome::wrong);
  EXPECT_THAT(judgement.sentence, HasSubstr("answer 2 has status 503 and 0 body bytes"));
  EXPECT_THAT(judgement.sentence, HasSubstr("alone had status 404"));
}

TEST(JudgeBatch, TooManyAnswersAreWrongWheneverTheyCome) {
  EXPECT_EQ(of_four({kPage, kNone, kPage, kNone, kNone}, End::enough).outcome, Outcome::wrong);
  EXPECT_EQ(of_four({kPage, kNone, kPage, kNone}, End::enough, kKnownPage, {.answers = {kNone}}).outcome,
            Outcome::wrong);
  EXPECT_EQ(of_four({kPage, kNone, kPage, kNone}, End::enough, kKnownPage, {.answers = {kPage, kPage}}).outcome,
            Outcome::wrong);
}

TEST(JudgeBatch, BytesThatAreNoAnswerAreWrong) {
  Batch batch{.asked = {kKnownPage, kKnownPage}, .reply = {.answers = {kPage}, .end = End::malformed, .why = "odd"}};
  EXPECT_EQ(judge_batch(batch, kPatience).outcome, Outcome::wrong);
}

TEST(JudgeBatch, HalfAnAnswerIsAHang) {
  Batch batch{.asked = {kKnownPage, kKnownPage},
              .reply = {.answers = {kPage}, .end = End::silence, .why = {}, .left_over = 17}};
  const auto judgement = judge_batch(batch, kPatience);
  EXPECT_EQ(judgement.outcome, Outcome::hang);
  EXPECT_THAT(judgement.sentence, HasSubstr("17 bytes of an answer"));
}

TEST(JudgeBatch, SaysWhenOrderCannotBeTold) {
  Batch batch{.asked = {kKnownPage, kKnownPage},
              .order_shows = false,
              .reply = {.answers = {kPage, kPage}},
              .then_asked = &kKnownPage,
              .then = {.answers = {kPage}}};
  EXPECT_THAT(judge_batch(batch, kPatience).sentence, HasSubstr("order cannot be told"));
}

TEST(JudgeSingle, MoreThanItsLengthIsWrong) {
  EXPECT_EQ(judge_single({.answers = {kPage}, .end = End::closed}, "/", kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_single({.answers = {kPage}, .end = End::closed, .why = {}, .left_over = 3}, "/", kPatience).outcome,
            Outcome::wrong);
  const Reply cut{
      .answers = {}, .end = End::closed, .why = "the connection ended after 4 of 9 body bytes", .left_over = 40};
  const auto judgement = judge_single(cut, "/", kPatience);
  EXPECT_EQ(judgement.outcome, Outcome::wrong);
  EXPECT_THAT(judgement.sentence, HasSubstr("4 of 9 body bytes"));
  EXPECT_EQ(judge_single({.answers = {kNone}}, "/x", kPatience).sentence, "GET /x is answered with status 404");
  EXPECT_EQ(judge_single({.answers = {}, .end = End::closed}, "/", kPatience).outcome, Outcome::close);
  EXPECT_EQ(judge_single({.answers = {}, .end = End::silence}, "/", kPatience).outcome, Outcome::hang);
}

TEST(JudgeInTurn, CountsUpToTheFirstThatFails) {
  const Reply good{.answers = {kPage}};
  EXPECT_EQ(judge_in_turn(kKnownPage, {good, good, good}, kPatience).outcome, Outcome::ok);
  const auto closed = judge_in_turn(kKnownPage, {good, {.end = End::closed}, {}}, kPatience);
  EXPECT_EQ(closed.outcome, Outcome::close);
  EXPECT_EQ(closed.sentence, "sent 2 in turn, got 1 answer, then the server closed the connection");
  EXPECT_EQ(judge_in_turn(kKnownPage, {good, {.end = End::silence}, {}}, kPatience).outcome, Outcome::hang);
  EXPECT_EQ(judge_in_turn(kKnownPage, {good, {.answers = {kNone}}, {}}, kPatience).outcome, Outcome::wrong);
  EXPECT_EQ(judge_in_turn(kKnownPage, {good, {.end = End::malformed, .why = "odd"}, {}}, kPatience).outcome,
            Outcome::wrong);
}

TEST(JudgeClose, StayingOpenIsAHang) {
  EXPECT_EQ(judge_close({.answers = {kPage}, .end = End::closed}, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_close({.answers = {kPage}, .end = End::reset}, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_close({.answers = {kPage}, .end = End::silence}, kPatience).outcome, Outcome::hang);
}

TEST(JudgeHead, ABodyOrAnotherLengthIsWrong) {
  auto get = kPage;
  get.content_length = "4";
  auto head = answer(200);
  head.content_length = "4";
  EXPECT_EQ(judge_head({.answers = {head}, .end = End::closed}, get, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_head({.answers = {head}, .end = End::malformed}, get, kPatience).outcome, Outcome::wrong);
  EXPECT_EQ(judge_head({.answers = {head}, .end = End::closed, .why = {}, .left_over = 4}, get, kPatience).outcome,
            Outcome::wrong);
  head.content_length = "0";
  EXPECT_EQ(judge_head({.answers = {head}, .end = End::closed}, get, kPatience).sentence,
            "Content-Length is 0 for HEAD, 4 for GET");
  EXPECT_EQ(judge_head({.answers = {answer(405)}, .end = End::closed}, get, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_head({.answers = {answer(404)}, .end = End::closed}, get, kPatience).outcome, Outcome::wrong);
}

TEST(JudgeBody, TheRequestBehindItMustBeFound) {
  EXPECT_EQ(judge_body({.answers = {answer(405), kPage}}, kKnownPage, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_body({.answers = {answer(405)}, .end = End::closed}, kKnownPage, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_body({.answers = {answer(200)}, .end = End::closed}, kKnownPage, kPatience).outcome, Outcome::close);
  EXPECT_EQ(judge_body({.answers = {answer(200)}, .end = End::silence}, kKnownPage, kPatience).outcome, Outcome::hang);
  EXPECT_EQ(judge_body({.answers = {answer(200), answer(400)}}, kKnownPage, kPatience).outcome, Outcome::wrong);
}

TEST(JudgeOldVersion, ClosesUnlessAsked) {
  auto keeping = kPage;
  auto closing = kPage;
  closing.keep_alive = false;
  const Reply plain{.answers = {closing}, .end = End::closed};
  EXPECT_EQ(judge_old_version(plain, {.answers = {closing}}, {}, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_old_version(plain, {.answers = {keeping}}, {.answers = {kPage}}, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_old_version(plain, {.answers = {keeping}}, {.end = End::silence}, kPatience).outcome, Outcome::hang);
  EXPECT_EQ(judge_old_version({.answers = {keeping}, .end = End::silence}, {}, {}, kPatience).outcome, Outcome::hang);
  closing.framing = http1::Framing::chunked;
  EXPECT_EQ(judge_old_version({.answers = {closing}, .end = End::closed}, {}, {}, kPatience).outcome, Outcome::wrong);
}

TEST(JudgeErrorInBatch, TheGoodOnesBeforeItAreAnsweredAndNothingBehindIt) {
  const std::vector<KnownAnswer> good = {kKnownPage, kKnownNone};
  const auto judge = [&](std::vector<ReceivedAnswer> answers, End end) {
    return judge_error_in_batch(good, {.answers = std::move(answers), .end = end}, kPatience).outcome;
  };
  EXPECT_EQ(judge({kPage, kNone, answer(400)}, End::closed), Outcome::ok);
  EXPECT_EQ(judge({kPage, kNone}, End::closed), Outcome::ok);
  EXPECT_EQ(judge({kPage}, End::closed), Outcome::close);
  EXPECT_EQ(judge({kPage}, End::silence), Outcome::hang);
  EXPECT_EQ(judge({answer(400)}, End::closed), Outcome::wrong);
  EXPECT_EQ(judge({kPage, kNone, kPage}, End::silence), Outcome::wrong);
  EXPECT_EQ(judge({kPage, kNone, answer(400), kPage}, End::silence), Outcome::wrong);
  EXPECT_EQ(judge({kPage, kNone, answer(400)}, End::silence), Outcome::hang);
}

TEST(JudgeRefusal, OnlyAnErrorOrAnEndRefuses) {
  const auto judge = [&](std::vector<ReceivedAnswer> answers, End end, Offence offence) {
    return judge_refusal({.answers = std::move(answers), .end = end}, "x", offence, kPatience).outcome;
  };
  for (const auto offence : {Offence::head, Offence::length, Offence::both_lengths, Offence::body}) {
    EXPECT_EQ(judge({answer(400)}, End::closed, offence), Outcome::ok);
    EXPECT_EQ(judge({}, End::closed, offence), Outcome::ok);
    EXPECT_EQ(judge({}, End::silence, offence), Outcome::hang);
    EXPECT_EQ(judge({kPage, kPage}, End::enough, offence), Outcome::wrong);
  }
  EXPECT_EQ(judge({kPage}, End::closed, Offence::head), Outcome::wrong);
  EXPECT_EQ(judge({kPage}, End::closed, Offence::length), Outcome::wrong);
  EXPECT_EQ(judge({kPage}, End::closed, Offence::both_lengths), Outcome::ok);
  EXPECT_EQ(judge({kPage}, End::closed, Offence::body), Outcome::ok);
  EXPECT_EQ(judge({kPage, answer(400)}, End::enough, Offence::length), Outcome::wrong);
  EXPECT_EQ(judge({kPage, answer(400)}, End::enough, Offence::body), Outcome::ok);
  EXPECT_EQ(judge({answer(400), kPage}, End::enough, Offence::head), Outcome::ok);
  EXPECT_EQ(judge({answer(400), kPage}, End::enough, Offence::length), Outcome::wrong);
}

TEST(JudgeLimit, NeitherSilenceNorDeathIsALimit) {
  const Reply alive{.answers = {kPage}};
  EXPECT_EQ(judge_limit({.answers = {answer(414)}}, alive, 1000, 414, kPatience).outcome, Outcome::ok);
  EXPECT_THAT(judge_limit({.answers = {kPage}}, alive, 1000, 414, kPatience).sentence, HasSubstr("no limit"));
  EXPECT_EQ(judge_limit({.answers = {answer(500)}}, alive, 1000, 414, kPatience).outcome, Outcome::wrong);
  EXPECT_EQ(judge_limit({.end = End::reset}, alive, 1000, 414, kPatience).outcome, Outcome::close);
  EXPECT_EQ(judge_limit({.end = End::silence}, alive, 1000, 414, kPatience).outcome, Outcome::hang);
  EXPECT_EQ(judge_limit({.answers = {answer(414)}}, {.end = End::unopened}, 1000, 414, kPatience).outcome,
            Outcome::hang);
}

TEST(JudgeSlow, OneAnswerForOneRequest) {
  constexpr Nanos kGap = std::chrono::milliseconds(20);
  EXPECT_EQ(judge_slow(kKnownPage, {.answers = {kPage}}, 10, kGap, kPatience).outcome, Outcome::ok);
  EXPECT_THAT(judge_slow(kKnownPage, {.answers = {kPage, kPage}}, 10, kGap, kPatience).sentence,
              HasSubstr("answers reads, not requests"));
  EXPECT_EQ(judge_slow(kKnownPage, {.answers = {answer(408)}}, 10, kGap, kPatience).outcome, Outcome::wrong);
  EXPECT_EQ(judge_slow(kKnownPage, {.end = End::closed}, 10, kGap, kPatience).outcome, Outcome::close);
}

TEST(JudgeBeside, StandingStillIsAHang) {
  EXPECT_EQ(judge_beside(kKnownPage, {.answers = {kPage}}, 8, kPatience).outcome, Outcome::ok);
  EXPECT_EQ(judge_beside(kKnownPage, {.end = End::silence}, 8, kPatience).outcome, Outcome::hang);
}

TEST(JudgeDate, MayBeAbsentButNotStandStill) {
  EXPECT_EQ(judge_date("", "", Nanos{}).outcome, Outcome::ok);
  EXPECT_EQ(judge_date("Mon", "Tue", Nanos{}).outcome, Outcome::ok);
  EXPECT_EQ(judge_date("Mon", "Mon", std::chrono::seconds(3)).outcome, Outcome::wrong);
}

TEST(JudgeDrain, TheRequestUnderWayIsAnsweredOrRefused) {
  constexpr Nanos kTook = std::chrono::milliseconds(3);
  constexpr Nanos kLongest = std::chrono::seconds(6);
  const auto judge = [&](const Reply& reply, std::string_view exit) {
    return judge_drain(reply, exit, kTook, kLongest, kPatience).outcome;
  };
  EXPECT_EQ(judge({.answers = {kPage}}, "exit code 0"), Outcome::ok);
  EXPECT_EQ(judge({.end = End::closed}, "exit code 0"), Outcome::ok);
  EXPECT_EQ(judge({.answers = {kPage}}, ""), Outcome::hang);
  EXPECT_EQ(judge({.end = End::silence}, "exit code 0"), Outcome::hang);
  EXPECT_EQ(judge({.answers = {}, .end = End::closed, .why = "cut", .left_over = 12}, "exit code 0"), Outcome::wrong);
}

}  // namespace
}  // namespace hotlap::harness
