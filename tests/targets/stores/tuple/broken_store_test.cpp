// Stores that misbehave on purpose: every operation ends, with a reason, and no answer is taken for another's.
#include <gtest/gtest.h>

#include <string>

#include "targets/stores/tuple/link.h"
#include "tests/targets/stores/tuple/running_store.h"
#include "tests/targets/stores/tuple/scripted_store.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kHurried = std::chrono::milliseconds(40);
constexpr Nanos kPatient = std::chrono::seconds(10);

Operation echo(std::int64_t number) {
  return {.kind = OperationKind::eval, .tuple = {number}, .text = "return ..."};
}

struct Case {
  Misbehaviour misbehaviour;
  Nanos timeout;
  const char* reason;
};
class BrokenStore : public testing::TestWithParam<Case> {};

TEST_P(BrokenStore, EveryPendingOperationOfAnAsyncLinkFailsWithTheReason) {
  ScriptedStore store(GetParam().misbehaviour);
  const auto options = store.options(GetParam().timeout);
  EventLoop loop;
  AsyncLink link(loop, options);
  int failed = 0;
  for (std::int64_t number = 0; number < 600; ++number)  // more than may be in flight
    link.submit(echo(number), [&](const Outcome& outcome) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, 0);
      EXPECT_TRUE(outcome.error().message.contains(GetParam().reason)) << outcome.error().message;
      ++failed;
    });
  EXPECT_TRUE(run_until(loop, [&] { return failed == 600; })) << failed;
  EXPECT_FALSE(link.has_unanswered());
  EXPECT_TRUE(run_until(loop, [&] { return store.dropped() == 1; })) << "the connection is dropped";
}

TEST_P(BrokenStore, ABlockingLinkFailsWithTheReason) {
  ScriptedStore store(GetParam().misbehaviour);
  const auto options = store.options(GetParam().timeout);
  BlockingLink link(options);
  const auto outcome = link.execute(echo(1));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, 0);
  EXPECT_TRUE(outcome.error().message.contains(GetParam().reason)) << outcome.error().message;
}

std::string name_of(const testing::TestParamInfo<Case>& instance) {
  constexpr const char* kNames[] = {"NoGreeting",   "NoAnswer",     "Garbage", "GarbageInAFrame",
                                    "SomeoneElses", "HalfAnAnswer", "Drip"};
  return kNames[static_cast<int>(instance.param.misbehaviour)];
}

INSTANTIATE_TEST_SUITE_P(Link, BrokenStore,
                         testing::Values(Case{Misbehaviour::no_greeting, kHurried, "within 40"},
                                         Case{Misbehaviour::no_answer, kHurried, "within 40"},
                                         Case{Misbehaviour::garbage, kPatient, "length of a frame"},
                                         Case{Misbehaviour::garbage_in_a_frame, kPatient, "a frame is not"},
                                         Case{Misbehaviour::someone_elses, kPatient, "an answer came to sync"},
                                         Case{Misbehaviour::half_an_answer, kPatient, "closed the connection"},
                                         Case{Misbehaviour::drip, kHurried, "within 40"}),
                         name_of);

TEST(AsyncLinkBounds, WhatFindsTheQueueFullIsRefusedAtOnce) {
  ScriptedStore store(Misbehaviour::no_answer);
  const auto options = store.options(kPatient);
  EventLoop loop;
  AsyncLink link(loop, options);
  std::size_t failed = 0;
  std::string reason;
  const auto count = [&](const Outcome& outcome) {
    ++failed;
    reason = outcome.error().message;
  };
  for (std::size_t number = 0; number < AsyncLink::kMaxWaiting; ++number) link.submit({}, count);
  EXPECT_EQ(failed, 0U);
  link.submit({}, count);
  EXPECT_EQ(failed, 1U);
  EXPECT_TRUE(reason.contains("65536 operations wait already")) << reason;
}

}  // namespace
}  // namespace hotlap::targets
