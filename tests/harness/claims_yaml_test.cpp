#include "harness/claims_yaml.h"

#include <gmock/gmock.h>

#include "harness/plan.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using results::Claim;
using testing::HasSubstr;

constexpr const char* kMatrix =
    "name: a\nload: {pipeline: \"{depth}\", connections: \"{c}\", path: \"/{page}\"}\n"
    "matrix: {depth: [1, 2, 24], c: [10, 20], page: [good, ugly]}\n"
    "profiles: {ci: {matrix: {depth: [1, 8]}}}\n";

std::string with_claim(const std::string& keys) {
  return std::string(kMatrix) + "claims:\n  - {id: H1, statement: s, " + keys + "}\n";
}

Claim read(const std::string& keys) {
  const auto scenario = scenario_from_yaml(with_claim(keys), "s.yaml");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario && scenario->claims.size() == 1 ? scenario->claims[0] : Claim{};
}

std::string refusal(const std::string& keys) {
  const auto scenario = scenario_from_yaml(with_claim(keys), "s.yaml");
  EXPECT_FALSE(scenario) << keys;
  return scenario ? "" : scenario.error().message;
}

TEST(ClaimsYaml, ARatioSelectsCasesByOneValueOrSeveral) {
  const auto claim = read("ratio: {of: {depth: [2, 24], page: good}, to: {depth: 1}}, published: 7.98, tolerance: 5%");
  EXPECT_EQ(claim.kind, Claim::Kind::ratio);
  EXPECT_EQ(claim.metric, "throughput");
  EXPECT_EQ(claim.cases,
            (std::vector<results::Parameters>{{{"depth", "2"}, {"depth", "24"}, {"page", "good"}}, {{"depth", "1"}}}));
  EXPECT_DOUBLE_EQ(*claim.published, 7.98);
  EXPECT_DOUBLE_EQ(*claim.tolerance, 0.05);
}

TEST(ClaimsYaml, BoundsOfAValueHaveItsUnit) {
  EXPECT_DOUBLE_EQ(*read("metric: response_time_p99, value: {depth: 1}, at_most: 2.5ms").at_most, 2.5e6);
  EXPECT_DOUBLE_EQ(*read("value: {depth: 1}, at_least: 1.5k/s").at_least, 1500);
  EXPECT_DOUBLE_EQ(*read("metric: error_share, value: {}, at_most: 0.1%").at_most, 0.001);
  EXPECT_THAT(refusal("metric: response_time_p99, value: {}, at_most: 2"), HasSubstr("at_most: duration '2' is not"));
  EXPECT_THAT(refusal("value: {}, published: 20k"), HasSubstr("published: rate '20k' is not"));
}

TEST(ClaimsYaml, AKneeIsAValueOfItsAxis) {
  const auto claim =
      read("metric: errors, knee: {along: c, cases: {depth: 1}, while: {at_most: 0}}, at_least: 20, at_most: 1k");
  EXPECT_EQ(claim.along, "c");
  EXPECT_DOUBLE_EQ(*claim.hold_most, 0);
  EXPECT_DOUBLE_EQ(*claim.at_least, 20);
  EXPECT_DOUBLE_EQ(*claim.at_most, 1000);
  EXPECT_DOUBLE_EQ(*read("knee: {along: depth, while: {grows_by: 5%}}").hold_growth, 0.05);
}

TEST(ClaimsYaml, AProfilesOwnValuesMayBeNamed) {
  EXPECT_EQ(read("ratio: {of: {depth: 8}, to: {depth: 1}}, at_least: 1").cases[0][0].second, "8");
}

TEST(ClaimsYaml, EveryKindSurvivesTheRecord) {
  for (const char* keys :
       {"ratio: {of: {depth: [2, 24]}, to: {depth: 1}}, published: 0.1, tolerance: 7%, caveat: c",
        "metric: response_time_p99, value: {depth: 1}, at_most: 2.5ms", "value: {}, at_least: 0.25/s, at_most: 3M/s",
        "order: [{depth: 24}, {depth: 2}, {depth: [1]}], tolerance: 3%", "rises: {along: depth, up_to: 24}",
        "falls: {along: c, cases: {depth: 1}}, at_least: 1.5",
        "metric: errors, knee: {along: c, cases: {page: ugly}, while: {at_most: 0}}, published: 20",
        "metric: delivered, knee: {along: c, while: {at_least: 95%}}", "knee: {along: depth, while: {grows_by: 5%}}",
        "shows: {cases: {depth: 24}, text: \"dropped: 1\"}", "no_test: \"needs two machines\""}) {
    const auto scenario = scenario_from_yaml(with_claim(keys), "s.yaml");
    ASSERT_TRUE(scenario) << scenario.error().message;
    const auto again = scenario_from_yaml(to_yaml(*scenario), "record.yaml");
    ASSERT_TRUE(again) << again.error().message << to_yaml(*scenario);
    EXPECT_EQ(again->claims, scenario->claims) << to_yaml(*scenario);
  }
}

TEST(ClaimsYaml, WhatAProfileLeavesNoCaseForIsNotInTheRecord) {
  auto scenario = scenario_from_yaml(with_claim("ratio: {of: {depth: 24}, to: {depth: 1}}, published: 2"), "s.yaml",
                                     {.profile = "ci"});
  ASSERT_TRUE(scenario);
  const auto plan = make_plan({std::move(*scenario)}, {});
  ASSERT_TRUE(plan) << plan.error().message;
  const auto record = session_record(*plan).scenarios.at(0);
  EXPECT_EQ(record.claims.size(), 1U);  // and is told as not testable
  EXPECT_TRUE(scenario_from_yaml(record.resolved_yaml, "record.yaml"));
}

TEST(ClaimsYaml, MistakesAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal("ratio: {of: {depth: 25}, to: {depth: 1}}, published: 2"),
            "s.yaml:6:48: axis 'depth' has no value '25', named in of; did you mean '2'?");
  EXPECT_THAT(refusal("ratio: {of: {deep: 1}, to: {depth: 1}}, published: 2"),
              HasSubstr("axis 'deep' is unknown in of"));
  EXPECT_THAT(refusal("ratio: {of: {depth: 1}}, published: 2"), HasSubstr("key 'to' is missing"));
  EXPECT_THAT(refusal("ratio: {of: {depth: 2}, to: {depth: 1}}"), HasSubstr("the claim expects nothing"));
  EXPECT_THAT(refusal("ratio: {of: {depth: 2}, to: {depth: 1}}, published: many"),
              HasSubstr("published: 'many' is not a number"));
  EXPECT_THAT(refusal("ratio: {of: {depth: 2}, to: {depth: 1}}, published: 0"), HasSubstr("0 is no figure"));
  EXPECT_THAT(refusal("ratio: {of: {depth: 2}, to: {depth: 1}}, at_least: 2, at_most: 1"),
              HasSubstr("at_most is below at_least"));
  EXPECT_THAT(refusal("value: {}, ratio: {of: {depth: 2}, to: {depth: 1}}, at_least: 1"),
              HasSubstr("a claim is either 'ratio' or 'value'"));
  EXPECT_THAT(refusal("published: 2"), HasSubstr("a claim needs one of ratio, value, order"));
  EXPECT_THAT(refusal("metric: thruput, value: {}, at_least: 1/s"), HasSubstr("did you mean 'throughput'?"));
  EXPECT_THAT(refusal("order: [{depth: 1}]"), HasSubstr("two or more groups"));
  EXPECT_THAT(refusal("order: [{depth: 1}, {depth: 2}], at_least: 2"), HasSubstr("takes neither"));
  EXPECT_THAT(refusal("knee: {along: depth, cases: {depth: 1}, while: {at_least: 1/s}}"), HasSubstr("leave it out"));
  EXPECT_THAT(refusal("knee: {along: depth}"), HasSubstr("key 'while' is missing"));
  EXPECT_THAT(refusal("knee: {along: depth, while: {}}"), HasSubstr("either grows_by"));
  EXPECT_THAT(refusal("rises: {along: deepth}"), HasSubstr("did you mean 'depth'?"));
  EXPECT_THAT(refusal("rises: {along: depth, up_to: 3}"), HasSubstr("named in up_to"));
  EXPECT_THAT(refusal("shows: {text: \"\"}"), HasSubstr("text is empty"));
  EXPECT_THAT(refusal("metric: errors, shows: {text: drop}"), HasSubstr("'shows' has no metric"));
  EXPECT_THAT(refusal("value: {}, at_least: 1/s, tolerance: 5"), HasSubstr("share '5' is not a number followed by %"));
}

TEST(ClaimsYaml, AClaimHasANameAndAStatement) {
  const auto refused = [](const std::string& keys) {
    return scenario_from_yaml(std::string(kMatrix) + "claims: [{" + keys + "}]\n", "s.yaml").error().message;
  };
  EXPECT_THAT(refused("statement: s, no_test: x"), HasSubstr("key 'id' is missing"));
  EXPECT_THAT(refused("id: H1, no_test: x"), HasSubstr("key 'statement' is missing"));
}

}  // namespace
}  // namespace hotlap::harness
