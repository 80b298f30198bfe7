#include "reports/warnings.h"

#include <gmock/gmock.h>

#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> sentences_of(const results::SessionRecord& session) {
  std::vector<std::string> all;
  for (const auto& warning : build_view(session).warnings) all.push_back(warning.sentence);
  return all;
}

Warning warning_about(const results::SessionRecord& session, const std::string& words) {
  for (const auto& warning : build_view(session).warnings)
    if (warning.sentence.find(words) != std::string::npos) return warning;
  return {};
}

TEST(Warnings, AreSentencesThatEndInWhatToDo) {
  const auto sentences = sentences_of(quick_session());
  EXPECT_THAT(sentences,
              Contains("engine=epoll depth=24: 1 trial not in the summary: invalid: generator used 99 % of its "
                       "CPU; repair the cause and run again"));
  EXPECT_THAT(sentences, Contains(HasSubstr("engine=epoll depth=1: 1 trial not in the summary: failed: target ended")));
  EXPECT_THAT(sentences, Contains("engine=epoll depth=1: 1 trial suspect: generator used 93 % of its CPU; read these "
                                  "figures with care"));
  EXPECT_THAT(sentences, Contains(HasSubstr("engine=blocking depth=1: 1 trial excluded by hand")));
  EXPECT_THAT(sentences, Contains("engine=blocking depth=24: throughput spreads over 29 % of its middle; end other "
                                  "programs, or use longer windows or more repetitions"));
  EXPECT_THAT(sentences, Contains(HasSubstr("engine=epoll depth=24 has fewer than 3 good trials")));
  EXPECT_THAT(sentences, Contains(HasSubstr("governor is 'powersave'")));
}

TEST(Warnings, WhatMakesFiguresWrongComesFirst) {
  auto session = quick_session();
  session.notes = {{1, "resumed although something had changed: kernel: 6.1 → 6.5"}};
  EXPECT_THAT(sentences_of(session),
              ElementsAre(HasSubstr("had changed"), HasSubstr("suspect"), HasSubstr("not in the summary"),
                          HasSubstr("not in the summary"), HasSubstr("governor"), HasSubstr("spreads"),
                          HasSubstr("fewer than 3"), HasSubstr("excluded by hand")));
}

TEST(Warnings, SuspicionsThatDifferInFiguresOnlyAreOne) {
  auto session = quick_session();
  int percent = 91;
  for (auto& trial : session.trials) {
    if (trial.state != results::TrialState::ok) continue;
    trial.measurement->verdict = {};
    ++percent;
    const auto figure = std::to_string(percent) + (percent % 2 == 0 ? ".5" : "");
    trial.measurement->verdict.raise(load::VerdictLevel::suspect, "the load threads were busy " + figure + " % of it");
  }
  const auto sentences = sentences_of(session);
  EXPECT_EQ(
      std::ranges::count_if(sentences, [](const auto& one) { return one.find("were busy") != std::string::npos; }), 1);
  EXPECT_THAT(sentences, Contains(HasSubstr("and 3 more cases: ")));
}

TEST(Warnings, FiguresTakeTheirUnitsAlong) {
  auto session = quick_session();
  session.trials[0].measurement->verdict.raise(load::VerdictLevel::suspect, "waited 980 us of 1.02 s, then (2 k/s)");
  session.trials[3].measurement->verdict.raise(load::VerdictLevel::suspect, "waited 1.5 ms of 990 ms, then (2.5 M/s)");
  session.trials[9].measurement->verdict.raise(load::VerdictLevel::suspect, "waited 2 times of 990 ms, then (2 k/s)");
  EXPECT_THAT(warning_about(session, "waited 980 us").of_cases, SizeIs(2));
  EXPECT_THAT(warning_about(session, "waited 2 times").of_cases, IsEmpty());
}

TEST(Warnings, TheWorstCaseLeadsAndEveryCaseKeepsItsOwnFigures) {
  auto session = quick_session();
  session.trials[0].measurement->throughput_per_s = 12'000;  // 10,000 to 12,000 around 10,200
  const auto warning = warning_about(session, "spreads");
  EXPECT_THAT(warning.sentence,
              HasSubstr("engine=blocking depth=24 and 1 more case: throughput spreads over up to 29 %"));
  EXPECT_THAT(warning.of_cases, ElementsAre("engine=blocking depth=24: throughput spreads over 29 % of its middle",
                                            "engine=blocking depth=1: throughput spreads over 21 % of its middle"));
}

TEST(Warnings, AWarningOfOneCaseHasNothingToUnfold) {
  EXPECT_THAT(warning_about(quick_session(), "spreads").of_cases, IsEmpty());
}

TEST(Warnings, OfManyScenariosNameTheirs) {
  const auto session = session_of_five();
  const auto warning = warning_about(session, "spreads");
  EXPECT_THAT(warning.sentence, HasSubstr("s1: engine=blocking depth=24 and 4 more cases"));
  EXPECT_THAT(warning.of_cases, SizeIs(5));
  EXPECT_THAT(warning.of_cases.back(), HasSubstr("s5: engine=blocking depth=24: throughput"));
  EXPECT_EQ(sentences_of(session).size(), sentences_of(quick_session()).size()) << "as many kinds as one scenario has";
}

TEST(Warnings, SkippedCasesTellTheirReasonOnce) {
  EXPECT_THAT(sentences_of(session_with_skips()),
              Contains("engine=epoll depth=1 and 1 more case: 7 trials skipped: program 'wildfly' is not "
                       "installed; install the package wildfly"));
}

TEST(Warnings, WhatAScenarioExpectsIsNotToBeRepaired) {
  auto session = quick_session();
  session.trials[12].crash_is_result = true;
  const auto warning = warning_about(session, "failed: target ended");
  EXPECT_THAT(warning.sentence, HasSubstr("which is what the scenario expects"));
  EXPECT_THAT(warning.sentence, Not(HasSubstr("repair")));
  EXPECT_EQ(sentences_of(session).back(), warning.sentence);
}

}  // namespace
}  // namespace hotlap::reports
