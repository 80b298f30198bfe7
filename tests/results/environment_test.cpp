#include "results/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::results {
namespace {

using testing::IsEmpty;

TEST(EnvironmentDifferences, NameTheFactAndBothOfItsValues) {
  const Facts one = {{"kernel", "6.1"}, {"governor", "performance"}, {"cpus", "2"}};
  const Facts other = {{"kernel", "6.5"}, {"governor", "powersave"}, {"cpus", "2"}};
  EXPECT_EQ(to_text(environment_differences(one, other)), "kernel: 6.1 → 6.5; governor: performance → powersave");
  EXPECT_THAT(environment_differences(one, one), IsEmpty());
  EXPECT_EQ(to_text({}), "");
}

TEST(EnvironmentDifferences, WhatOneSideDoesNotKnowIsNoDifference) {
  EXPECT_THAT(environment_differences({{"kernel", "6.1"}, {"microcode", "0x1"}}, {{"kernel", "6.1"}}), IsEmpty());
  EXPECT_THAT(environment_differences({{"kernel", "6.1"}}, {{"kernel", "6.1"}, {"microcode", "0x1"}}), IsEmpty());
}

TEST(EnvironmentDifferences, ACommitIsALabelWhileAProgramsHashIsAFact) {
  EXPECT_THAT(environment_differences({{"git", "abc"}, {"git of hotlap", "abc"}},
                                      {{"git", "abc-dirty"}, {"git of hotlap", "def"}}),
              IsEmpty());
  EXPECT_EQ(to_text(environment_differences({{"program hotlap-load", "1"}}, {{"program hotlap-load", "2"}})),
            "program hotlap-load: 1 → 2");
}

TEST(EnvironmentDifferences, ControlCharactersOfForeignFactsAreShown) {
  EXPECT_EQ(to_text(environment_differences({{"os", "a\x1b[2J"}}, {{"os", "b"}})), "os: a\\x1b[2J → b");
}

}  // namespace
}  // namespace hotlap::results
