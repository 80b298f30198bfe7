// Probes against servers that misbehave on purpose, in this process. A long patience where an answer is expected, a
// short one where the silence itself is.
#include "harness/conformance/probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "harness/verify.h"
#include "tests/harness/conformance/odd_server.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

constexpr Nanos kLong = std::chrono::seconds(20);
constexpr Nanos kShort = std::chrono::milliseconds(300);

Subject met(const OddServer& server, Nanos patience) {
  auto subject = meet(
      {.peer = {.address = server.address()}, .authority = "test", .target = "/", .page = {}, .patience = patience});
  EXPECT_TRUE(subject) << subject.error().message;
  return *subject;
}

Judgement probe(std::string_view name, const OddServer& server, Nanos patience = kLong) {
  const auto found = std::ranges::find(probes(), name, &Probe::name);
  EXPECT_NE(found, probes().end()) << name;
  return run_probe(*found, met(server, patience)).judgement;
}

std::vector<std::string> heads_in(std::string& unread) {
  std::vector<std::string> heads;
  for (auto head = take_head(unread); !head.empty(); head = take_head(unread)) heads.push_back(std::move(head));
  return heads;
}

OddServer::Deed good(std::string& unread) {
  OddServer::Deed deed;
  for (const auto& head : heads_in(unread)) {
    deed.write += right_answer(head);
    if (head.contains("Connection: close")) deed.stay = false;
  }
  return deed;
}

// Of what one read brought only the first is answered.
OddServer::Deed only_first(std::string& unread) {
  const auto heads = heads_in(unread);
  return {.write = heads.empty() ? "" : right_answer(heads.front())};
}

OddServer::Deed reversed(std::string& unread) {
  auto heads = heads_in(unread);
  std::ranges::reverse(heads);
  OddServer::Deed deed;
  for (const auto& head : heads) deed.write += right_answer(head);
  return deed;
}

OddServer::Deed one_then_close(std::string& unread) {
  const auto heads = heads_in(unread);
  return {.write = heads.empty() ? "" : right_answer(heads.front()), .stay = heads.empty()};
}

// Stands still for good once two requests came together.
OddServer::Deed stuck(std::string& unread) {
  auto copy = unread;
  if (heads_in(copy).size() > 1) return {};
  return good(unread);
}

// Answers reads, not requests.
OddServer::Deed per_read(std::string& unread) {
  unread.clear();
  return {.write = answer_with("UGLY")};
}

// One request for each read; the rest waits in its buffer.
OddServer::Deed one_each_read(std::string& unread) {
  const auto head = take_head(unread);
  return {.write = head.empty() ? "" : right_answer(head)};
}

TEST(Probes, AGoodServerPasses) {
  const OddServer server(good);
  for (const auto* name : {"page", "keep-alive", "pipeline", "pipeline-split", "connection-close", "head", "slow-head",
                           "half-head", "date"}) {
    const auto judgement = probe(name, server);
    EXPECT_EQ(judgement.outcome, Outcome::ok) << name << ": " << judgement.sentence;
  }
  EXPECT_THAT(probe("pipeline", server).sentence, HasSubstr("in order"));
}

TEST(Probes, PipelinedRequestsThatAreDropped) {
  const OddServer server(only_first);
  const auto judgement = probe("pipeline", server, std::chrono::seconds(1));
  EXPECT_EQ(judgement.outcome, Outcome::drop) << judgement.sentence;
  EXPECT_THAT(judgement.sentence, HasSubstr("sent 2, got 1 answer, then silence"));
  EXPECT_THAT(judgement.meaning, HasSubstr("would count 1 of 2; use depth 1"));
}

TEST(Probes, AServerThatClosesAfterOne) {
  const OddServer server(one_then_close);
  EXPECT_EQ(probe("keep-alive", server).outcome, Outcome::close);
  EXPECT_EQ(probe("pipeline", server).outcome, Outcome::close);
}

TEST(Probes, AnswersInAnotherOrder) {
  const OddServer server(reversed);
  const auto judgement = probe("pipeline", server);
  EXPECT_EQ(judgement.outcome, Outcome::reorder) << judgement.sentence;
  EXPECT_EQ(probe("keep-alive", server).outcome, Outcome::ok);
}

TEST(Probes, AServerThatStandsStill) {
  const OddServer server(stuck);
  EXPECT_EQ(probe("pipeline", server, kShort).outcome, Outcome::hang);
}

TEST(Probes, AServerThatReadsOneRequestAtATime) {
  const OddServer server(one_each_read);
  const auto judgement = probe("pipeline", server, std::chrono::seconds(1));
  EXPECT_EQ(judgement.outcome, Outcome::hang);
  EXPECT_THAT(judgement.sentence, HasSubstr("the rest waits unread"));
}

TEST(Probes, AServerThatAnswersReads) {
  const OddServer server(per_read);
  EXPECT_EQ(probe("pipeline", server, std::chrono::seconds(1)).outcome, Outcome::drop);
  EXPECT_EQ(probe("pipeline-split", server, kShort).outcome, Outcome::wrong);
  EXPECT_EQ(probe("slow-head", server, kShort).outcome, Outcome::wrong);
}

TEST(Probes, ALengthThatIsNotTheBodys) {
  const auto answering = [](std::string answer) {
    return [answer = std::move(answer)](std::string& unread) -> OddServer::Deed {
      const auto heads = heads_in(unread);
      return {.write = heads.empty() ? "" : answer, .stay = heads.empty()};
    };
  };
  const OddServer less(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUGLY"));
  EXPECT_EQ(probe("page", less).outcome, Outcome::wrong);
  const OddServer more(answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nUGLY"));
  const auto judgement = probe("page", more);
  EXPECT_EQ(judgement.outcome, Outcome::wrong);
  EXPECT_THAT(judgement.sentence, HasSubstr("4 of 9 body bytes"));
}

TEST(Probes, WhatIsNotAnsweredAloneIsNotAskedTogether) {
  const OddServer server([](std::string& unread) {
    unread.clear();
    return OddServer::Deed{.write = "", .stay = false};
  });
  EXPECT_EQ(probe("page", server).outcome, Outcome::close);
  EXPECT_EQ(probe("pipeline", server).outcome, Outcome::skipped);
}

TEST(Probes, ABodyAfterHeadIsWrong) {
  const OddServer server([](std::string& unread) {
    OddServer::Deed deed;
    for (const auto& head : heads_in(unread)) {
      deed.write += answer_with("UGLY");
      if (head.contains("Connection: close")) deed.stay = false;
    }
    return deed;
  });
  EXPECT_EQ(probe("head", server).outcome, Outcome::wrong);
  EXPECT_THAT(probe("pipeline", server).sentence, HasSubstr("order cannot be told"));
}

TEST(Probes, ALenientServerIsToldOf) {
  // Splits at blank lines and knows no bodies, like many a toy.
  const OddServer server(good);
  for (const auto* name :
       {"both-lengths", "two-lengths", "bad-chunk", "obs-fold", "space-before-colon", "bare-lf", "pipeline-error"}) {
    const auto judgement = probe(name, server, kShort);
    EXPECT_EQ(judgement.outcome, Outcome::wrong) << name << ": " << judgement.sentence;
    EXPECT_FALSE(judgement.meaning.empty());
  }
}

TEST(Probes, ADateMayMoveInAnySteps) {
  int seconds = 0;
  const OddServer server([&](std::string& unread) {
    OddServer::Deed deed;
    for (std::size_t i = heads_in(unread).size(); i > 0; --i)
      deed.write += "HTTP/1.1 200 OK\r\nDate: " + std::to_string(++seconds) + "\r\nContent-Length: 0\r\n\r\n";
    return deed;
  });
  const auto judgement = probe("date", server);
  EXPECT_EQ(judgement.outcome, Outcome::ok);
  EXPECT_EQ(judgement.sentence, "Date moves on");
}

TEST(Probes, NobodyThereIsNotReady) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto address = *local_address(*listener);
  listener->reset();
  const auto subject =
      meet({.peer = {.address = address}, .authority = "test", .target = "/", .page = {}, .patience = kLong});
  ASSERT_FALSE(subject);
  EXPECT_EQ(subject.error().code, ExitCode::target_not_ready);
}

load::LoadSpec pipelined(const OddServer& server, int depth, Nanos timeout = std::chrono::seconds(2)) {
  load::LoadSpec spec;
  spec.url = {.host = "127.0.0.1", .port = server.address().port(), .target = "/"};
  spec.pipeline_depth = depth;
  spec.timeout = timeout;
  return spec;
}

TEST(VerifyPipelining, CountsWhatTheServerAnswered) {
  std::atomic<std::size_t> answered = 0;
  const OddServer server([&](std::string& unread) {
    const auto heads = heads_in(unread);
    answered += heads.size();
    OddServer::Deed deed;
    for (const auto& head : heads) deed.write += right_answer(head);
    return deed;
  });
  const auto verified = verify_pipelining(pipelined(server, 100));
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(*verified, answered);
  EXPECT_GT(*verified, kDeepestBatch);
}

TEST(VerifyPipelining, SaysWhatBecomesOfPipelinedRequests) {
  const OddServer closing(one_then_close);
  const auto closed = verify_pipelining(pipelined(closing, 8));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ExitCode::invalid_run);
  EXPECT_THAT(closed.error().message,
              HasSubstr("cannot take 8 requests in one write: close: sent 8, got 1 answer, then the server closed"));
  const OddServer disordered(reversed);
  EXPECT_THAT(verify_pipelining(pipelined(disordered, 3)).error().message, HasSubstr("reorder"));
}

}  // namespace
}  // namespace hotlap::harness
