#include "harness/store_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using load::VerdictLevel;
using results::TargetCounts;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::optional<ExpectedStoreCalls> kThree = ExpectedStoreCalls{.per_request = 3, .place = {}};

load::Verdict verdict_of(const StoreCalls& calls, const std::optional<ExpectedStoreCalls>& expected,
                         std::uint64_t answered = 10'000, std::uint64_t lost = 0,
                         const std::optional<TargetCounts>& whole_life = std::nullopt) {
  load::Measurement measurement;
  measurement.total = {.sent = answered + lost, .answered = answered, .good = answered, .timed_out = lost};
  check_store_calls(measurement, calls, whole_life, expected);
  return measurement.verdict;
}

StoreCalls counted(std::optional<std::uint64_t> by_database, std::optional<std::uint64_t> by_target = std::nullopt) {
  return {.by_database = by_database, .by_target = by_target, .trouble = {}};
}

TEST(StoreCalls, AsManyAsExpectedAreFine) {
  EXPECT_THAT(verdict_of(counted(30'000), kThree).reasons, IsEmpty());
  EXPECT_THAT(verdict_of(counted(30'318), kThree).reasons, IsEmpty());  // 1 % and 20
  EXPECT_THAT(verdict_of(counted(29'682), kThree).reasons, IsEmpty());
}

TEST(StoreCalls, OfAnotherNumberThanExpectedAreInvalidWithBothFigures) {
  const auto verdict = verdict_of(counted(40'000), kThree);
  EXPECT_EQ(verdict.level, VerdictLevel::invalid);
  ASSERT_THAT(verdict.reasons, SizeIs(1));
  EXPECT_EQ(verdict.reasons[0],
            "the database counted 40000 calls for 10000 answers, 4 for each, but expect.store_calls is 3");
  EXPECT_EQ(verdict_of(counted(30'321), kThree).level, VerdictLevel::invalid);
  EXPECT_EQ(verdict_of(counted(29'679), kThree).level, VerdictLevel::invalid);
  EXPECT_EQ(verdict_of(counted(0), kThree).level, VerdictLevel::invalid);
  EXPECT_EQ(verdict_of(counted(0), kThree, 0).level, VerdictLevel::invalid);  // nothing was tested
}

TEST(StoreCalls, RequestsWithoutAnAnswerMayHaveMadeTheirs) {
  EXPECT_THAT(verdict_of(counted(30'000), kThree, 10'000, 5'000).reasons, IsEmpty());
  EXPECT_THAT(verdict_of(counted(45'000), kThree, 10'000, 5'000).reasons, IsEmpty());
  EXPECT_EQ(verdict_of(counted(46'000), kThree, 10'000, 5'000).level, VerdictLevel::invalid);
}

TEST(StoreCalls, TheDatabasesCountOutranksTheTargets) {
  const TargetCounts says_three = {.requests = 10'001, .store_calls = 30'003, .syscalls = std::nullopt};
  EXPECT_EQ(verdict_of(counted(50'000), kThree, 10'000, 0, says_three).level, VerdictLevel::invalid);
  const TargetCounts says_five = {.requests = 10'001, .store_calls = 50'005, .syscalls = std::nullopt};
  EXPECT_THAT(verdict_of(counted(30'000), kThree, 10'000, 0, says_five).reasons, IsEmpty());
}

TEST(StoreCalls, WithoutAnExpectationBothCountsAreCompared) {
  EXPECT_THAT(verdict_of(counted(30'000, 30'010), std::nullopt).reasons, IsEmpty());
  const auto verdict = verdict_of(counted(60'000, 30'000), std::nullopt);
  EXPECT_EQ(verdict.level, VerdictLevel::invalid);
  EXPECT_THAT(verdict.reasons.at(0), HasSubstr("the database counted 60000 calls under this load, but hotlap-target "
                                               "30000"));
  // What was given up may be on its way.
  EXPECT_THAT(verdict_of(counted(29'000, 30'000), std::nullopt, 10'000, 500).reasons, IsEmpty());
  EXPECT_THAT(verdict_of(counted(std::nullopt, 30'000), std::nullopt).reasons, IsEmpty());
}

TEST(StoreCalls, WhereNoDatabaseCountsTheTargetsCountIsCompared) {
  const TargetCounts three = {.requests = 10'000, .store_calls = 30'003, .syscalls = std::nullopt};
  const auto verdict_by = [](const std::optional<TargetCounts>& counts, double expected) {
    return verdict_of({}, ExpectedStoreCalls{.per_request = expected, .place = {}}, 10'000, 0, counts);
  };
  EXPECT_THAT(verdict_by(three, 3).reasons, IsEmpty());
  EXPECT_THAT(verdict_by(three, 4).reasons.at(0),
              HasSubstr("made 3 store calls per request, but expect.store_calls is 4"));
  EXPECT_EQ(verdict_by(TargetCounts{.requests = 10'000, .store_calls = 0, .syscalls = std::nullopt}, 3).level,
            VerdictLevel::invalid);
  EXPECT_EQ(verdict_by(TargetCounts{.requests = 10, .store_calls = std::nullopt, .syscalls = std::nullopt}, 3).level,
            VerdictLevel::invalid);
  EXPECT_THAT(verdict_by(std::nullopt, 3).reasons, IsEmpty());
}

TEST(StoreCalls, AServiceThatFailsToCountIsNotPassedOver) {
  const StoreCalls trouble = {.by_database = std::nullopt, .by_target = std::nullopt, .trouble = "service x said no"};
  EXPECT_EQ(verdict_of(trouble, std::nullopt).level, VerdictLevel::suspect);
  EXPECT_EQ(verdict_of(trouble, kThree).level, VerdictLevel::invalid);
  EXPECT_EQ(verdict_of(trouble, kThree).reasons.at(0), "service x said no");
}

}  // namespace
}  // namespace hotlap::harness
