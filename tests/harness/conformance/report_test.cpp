#include "harness/conformance/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/conformance/probes.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

Finding finding(std::string probe, Weight weight, Outcome outcome) {
  return {.probe = std::move(probe),
          .weight = weight,
          .judgement = {.outcome = outcome,
                        .sentence = "sent 8, got 1 answer, then silence for 2.00 s; one more request on the connection "
                                    "was answered",
                        .meaning = "pipelined load would count 1 of 8",
                        .sent = 8,
                        .answered = 1},
          .took = std::chrono::milliseconds(3)};
}

VerifiedServer server(std::vector<Finding> findings, bool strict = false) {
  return {.url = "http://127.0.0.1:1/",
          .command = {},
          .strict = strict,
          .patience = std::chrono::seconds(2),
          .findings = std::move(findings)};
}

TEST(VerifyExitCode, OnlyWhatLoadReliesOnCountsUnlessStrict) {
  const auto weak = finding("bare-lf", Weight::advice, Outcome::wrong);
  const auto bad = finding("pipeline", Weight::load, Outcome::drop);
  const auto skipped = finding("pipeline", Weight::load, Outcome::skipped);
  EXPECT_EQ(exit_code_of({server({weak, skipped})}), ExitCode::success);
  EXPECT_EQ(exit_code_of({server({weak}, true)}), ExitCode::invalid_run);
  EXPECT_EQ(exit_code_of({server({}), server({bad})}), ExitCode::invalid_run);
}

TEST(VerifyText, ASentenceStaysInItsColumnAndItsMeaningFollows) {
  EXPECT_EQ(finding_lines(finding("pipeline", Weight::load, Outcome::drop), false, {.width = 70}),
            "pipeline            drop     sent 8, got 1 answer, then silence for\n"
            "                             2.00 s; one more request on the\n"
            "                             connection was answered\n"
            "                             so pipelined load would count 1 of 8\n");
  EXPECT_THAT(finding_lines(finding("pipeline", Weight::load, Outcome::ok), false, {.width = 100}),
              Not(HasSubstr("so pipelined")));
}

TEST(VerifyText, ColoursTellWhatCountsFromWhatDoesNot) {
  const LineStyle style{.width = 100, .color = true};
  EXPECT_NE(finding_lines(finding("bare-lf", Weight::advice, Outcome::wrong), false, style),
            finding_lines(finding("bare-lf", Weight::advice, Outcome::wrong), true, style));
  EXPECT_THAT(finding_lines(finding("x", Weight::load, Outcome::ok), false, {.width = 100}), Not(HasSubstr("\x1b")));
}

TEST(VerifyText, TheSummaryNamesWhatFailed) {
  const auto text = summary_lines(
      server({finding("page", Weight::load, Outcome::ok), finding("pipeline", Weight::load, Outcome::drop),
              finding("bare-lf", Weight::advice, Outcome::wrong)}),
      {.width = 200});
  EXPECT_EQ(text, "\n1 ok, 1 drop, 1 wrong. Load must not rely on: pipeline. Warnings: bare-lf.\n");
}

TEST(VerifyJson, HoldsEveryFigure) {
  const auto json = nlohmann::json::parse(verify_json({server({finding("pipeline", Weight::load, Outcome::drop)})}));
  EXPECT_EQ(json["schema"], "hotlap.verify/1");
  EXPECT_EQ(json["servers"][0]["passed"], false);
  EXPECT_EQ(json["servers"][0]["silence_ns"], 2'000'000'000);
  const auto& found = json["servers"][0]["findings"][0];
  EXPECT_EQ(found["outcome"], "drop");
  EXPECT_EQ(found["sent"], 8);
  EXPECT_EQ(found["answered"], 1);
  EXPECT_EQ(found["took_ns"], 3'000'000);
}

TEST(Probes, AreChosenByNameInTheirOwnOrder) {
  const auto chosen = choose_probes({"pipeline", "page"});
  ASSERT_TRUE(chosen);
  ASSERT_EQ(chosen->size(), 2U);
  EXPECT_EQ(chosen->front()->name, "page");
  EXPECT_EQ(choose_probes({})->size(), probes().size());
  EXPECT_THAT(choose_probes({"pipelin"}).error().message, HasSubstr("did you mean 'pipeline'?"));
}

TEST(Probes, TheListNamesThemAll) {
  for (const auto& probe : probes()) EXPECT_THAT(probe_list({}), HasSubstr(std::string(probe.name)));
}

}  // namespace
}  // namespace hotlap::harness
