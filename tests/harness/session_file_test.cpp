#include "harness/session_file.h"

#include <gmock/gmock.h>

namespace hotlap::harness {
namespace {

using results::ClaimVerdict;
using testing::HasSubstr;

SessionFile read(std::string_view yaml) {
  const auto file = session_file_from_yaml(yaml, "nightly/all.yaml");
  EXPECT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file && *file);
  return file && *file ? **file : SessionFile{};
}

std::string refusal(std::string_view yaml) {
  const auto file = session_file_from_yaml(yaml, "s.yaml");
  EXPECT_FALSE(file) << yaml;
  return file ? "" : file.error().message;
}

TEST(SessionFile, NamesScenariosFromItsOwnFolder) {
  const auto file = read(
      "session:\n  scenarios: [../quick.yaml, /abs.yaml]\n  profile: ci\n  trials: 4\n  seed: 9\n  claims: must_agree\n"
      "  keep_going: yes\n  budget: 20m\n");
  EXPECT_EQ(file.scenarios, (std::vector<std::string>{"nightly/../quick.yaml", "/abs.yaml"}));
  EXPECT_EQ(file.profile, "ci");
  EXPECT_EQ(file.trials, 4);
  EXPECT_EQ(file.seed, 9U);
  EXPECT_EQ(file.claims, ClaimPolicy::must_agree);
  EXPECT_TRUE(file.keep_going);
  EXPECT_EQ(file.budget, std::chrono::minutes(20));
}

TEST(SessionFile, LeavesClaimsToBeReadUnlessItSaysSo) {
  const auto file = read("session: {scenarios: [a.yaml]}\n");
  EXPECT_EQ(file.claims, ClaimPolicy::report);
  EXPECT_FALSE(file.trials);
  EXPECT_FALSE(file.budget);
  EXPECT_FALSE(file.keep_going);
}

TEST(SessionFile, AScenarioIsNone) {
  EXPECT_FALSE(*session_file_from_yaml("name: quick\n", "s.yaml"));
  EXPECT_FALSE(*session_file_from_yaml("- a\n", "s.yaml"));
  EXPECT_FALSE(*session_file_from_yaml("a: [\n", "s.yaml"));  // whoever reads it as a scenario says why
  EXPECT_FALSE(*load_session_file("/no/such/file.yaml"));
}

TEST(SessionFile, MistakesAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal("session: {profile: ci}\n"),
            "s.yaml:1:10: key 'scenarios' is missing; a session names one or more, like 'scenarios: [quick.yaml]'");
  EXPECT_THAT(refusal("session: {scenarios: []}\n"), HasSubstr("s.yaml:1:22: scenarios is an empty list"));
  EXPECT_THAT(refusal("session: {scenarios: a.yaml}\n"), HasSubstr("a list"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], claim: report}\n"), HasSubstr("did you mean 'claims'?"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], claims: must}\n"), HasSubstr("claims 'must' is unknown"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], trials: 0}\n"), HasSubstr("0 is not between 1 and 10000"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], budget: 20}\n"), HasSubstr("s.yaml:1:40: budget: duration '20'"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], budget: 0s}\n"), HasSubstr("budget: nothing fits into 0s"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], seed: x}\n"), HasSubstr("seed: count 'x'"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml], keep_going: perhaps}\n"), HasSubstr("keep_going 'perhaps'"));
  EXPECT_THAT(refusal("session: {scenarios: [a.yaml]}\nname: x\n"),
              HasSubstr("key 'name' is unknown in a session file"));
}

results::ClaimFinding finding(const char* id, ClaimVerdict verdict) {
  return {.scenario = "s", .id = id, .verdict = verdict};
}

TEST(SessionFile, APolicyNamesTheClaimsThatBreakIt) {
  const std::vector findings = {finding("H1", ClaimVerdict::agrees), finding("H2", ClaimVerdict::differs),
                                finding("H3", ClaimVerdict::cannot_tell), finding("H4", ClaimVerdict::cannot_test)};
  EXPECT_EQ(broken_claims(findings, ClaimPolicy::report), "");
  EXPECT_EQ(broken_claims(findings, ClaimPolicy::must_not_differ), "1 of 4 claims differ: H2 (s, differs)");
  EXPECT_EQ(broken_claims(findings, ClaimPolicy::must_agree),
            "2 of 4 claims do not agree: H2 (s, differs), H3 (s, cannot tell)");
  EXPECT_EQ(broken_claims({findings[0], findings[3]}, ClaimPolicy::must_agree), "");
}

}  // namespace
}  // namespace hotlap::harness
