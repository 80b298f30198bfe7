#include "results/claim_json.h"

#include <gtest/gtest.h>

namespace hotlap::results {
namespace {

TEST(ClaimJson, EveryFieldComesBack) {
  const std::vector<Claim> claims = {{.id = "H2",
                                      .statement = "s",
                                      .kind = Claim::Kind::knee,
                                      .metric = "errors",
                                      .cases = {{{"a", "1"}, {"a", "2"}}, {}},
                                      .along = "c",
                                      .up_to = "9",
                                      .hold_least = 1,
                                      .hold_most = 2,
                                      .hold_growth = 3,
                                      .text = "t",
                                      .published = 4,
                                      .tolerance = 5,
                                      .at_least = 6,
                                      .at_most = 7,
                                      .caveat = "c"},
                                     {.id = "H3", .statement = "", .kind = Claim::Kind::no_test, .text = "why"}};
  EXPECT_EQ(claims_from_json(claims_to_json(claims)), claims);
}

TEST(ClaimJson, RatiosOfOlderVersionsAreRead) {
  const auto claims = claims_from_json(
      R"([{"claim":"H1","statement":"s","published":3.5,"numerator":{"d":"24"},"denominator":{"d":"1"},"caveat":"c"}])");
  const std::vector<Claim> expected = {
      {.id = "H1", .statement = "s", .cases = {{{"d", "24"}}, {{"d", "1"}}}, .published = 3.5, .caveat = "c"}};
  EXPECT_EQ(claims, expected);
}

TEST(ClaimJson, WhatIsNoClaimIsPassedOver) {
  EXPECT_TRUE(claims_from_json("").empty());
  EXPECT_TRUE(claims_from_json("{").empty());
  EXPECT_TRUE(claims_from_json(R"([1, {}, {"kind":"guess"}, {"kind":"ratio","cases":[[["d","1"]]]}])").empty());
}

}  // namespace
}  // namespace hotlap::results
