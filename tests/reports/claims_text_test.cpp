#include "reports/claims_text.h"

#include <gmock/gmock.h>

namespace hotlap::reports {
namespace {

using results::ClaimFinding;
using results::ClaimVerdict;
using testing::HasSubstr;
using testing::Not;

ClaimFinding finding(const std::string& scenario, const std::string& id, ClaimVerdict verdict,
                     const std::string& reason = "") {
  return {.scenario = scenario,
          .id = id,
          .statement = "statement of " + id,
          .expected = "at least 1",
          .measured_text = "2.00",
          .low_text = "1.90",
          .high_text = "2.10",
          .verdict = verdict,
          .reason = reason};
}

std::size_t place(const std::string& text, const std::string& words) {
  const auto at = text.find(words);
  EXPECT_NE(at, std::string::npos) << words;
  return at;
}

TEST(ClaimsText, BeginsWithHowManyOfEachVerdictTheWorstFirst) {
  const std::vector<ClaimFinding> claims = {
      finding("a", "H1", ClaimVerdict::agrees), finding("a", "H2", ClaimVerdict::agrees),
      finding("b", "H3", ClaimVerdict::differs), finding("b", "H4", ClaimVerdict::cannot_test)};
  const auto text = claims_text(claims, 100, false);
  EXPECT_TRUE(text.starts_with("Published and measured: 1 differs, 2 agree, 1 cannot be tested here\n")) << text;
  EXPECT_THAT(text, HasSubstr("\na: 2 agree\n"));
  EXPECT_THAT(text, HasSubstr("\nb: 1 differs, 1 cannot be tested here\n"));
}

TEST(ClaimsText, StandsByScenarioAndWhatDiffersComesFirst) {
  const std::vector<ClaimFinding> claims = {
      finding("a", "H1", ClaimVerdict::agrees), finding("a", "H2", ClaimVerdict::cannot_tell),
      finding("b", "H5", ClaimVerdict::agrees), finding("a", "H3", ClaimVerdict::differs, "why H3")};
  const auto text = claims_text(claims, 100, false);
  EXPECT_LT(place(text, "statement of H3"), place(text, "statement of H2"));
  EXPECT_LT(place(text, "statement of H2"), place(text, "statement of H1"));
  EXPECT_LT(place(text, "statement of H1"), place(text, "  H3: why H3"));
  EXPECT_LT(place(text, "  H3: why H3"), place(text, "\nb: 1 agrees"));
}

TEST(ClaimsText, OfOneScenarioDoesNotNameIt) {
  EXPECT_THAT(claims_text({finding("alone", "H1", ClaimVerdict::agrees)}, 100, false), Not(HasSubstr("alone")));
}

TEST(ClaimsText, IsEmptyWithoutClaims) {
  EXPECT_EQ(claims_text({}, 100, false), "");
}

TEST(ClaimsText, ForeignTextIsShownNotObeyed) {
  const auto text = claims_text(
      {finding("\x1b[2J", "\x1b[2J", ClaimVerdict::agrees, "\x1b[2J"), finding("b", "H1", ClaimVerdict::agrees)}, 100,
      false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ClaimsText, LongStatementsGoOnInTheNextLine) {
  auto long_one = finding("a", "H1", ClaimVerdict::agrees);
  long_one.statement = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
  long_one.expected = "every trial says 'something rather long'";
  const auto text = claims_text({long_one, finding("a", "H2", ClaimVerdict::agrees)}, 100, false);
  for (const char* words : {"one two", "thirteen", "fifteen", "every trial says", "rather long'"})
    EXPECT_THAT(text, HasSubstr(words));
  EXPECT_THAT(text, Not(HasSubstr("…")));
}

TEST(ClaimsText, RemarksKeepToTheWidth) {
  std::string words;
  for (int i = 0; i < 60; ++i) words += "word ";
  const auto text = claims_text({finding("a", "H1", ClaimVerdict::differs, words)}, 70, false);
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    EXPECT_LE(end - from, 70U) << text.substr(from, end - from);
    from = end + 1;
  }
}

}  // namespace
}  // namespace hotlap::reports
