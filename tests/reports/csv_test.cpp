#include "reports/csv.h"

#include <gmock/gmock.h>

#include "tests/reports/golden.h"
#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using testing::HasSubstr;

TEST(Csv, TrialsLookAsAgreed) {
  expect_golden("report_trials.csv", trials_csv(build_view(quick_session())));
}
TEST(Csv, CasesLookAsAgreed) {
  expect_golden("report_cases.csv", cases_csv(build_view(quick_session())));
}

// RFC 4180, for these tests only.
std::vector<std::vector<std::string>> parse(const std::string& csv) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"' && csv[i + 1] == '"')
      rows.back().back() += csv[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && c == ',')
      rows.back().emplace_back();
    else if (!quoted && c == '\r')
      rows.push_back({""}), ++i;
    else
      rows.back().back() += c;
  }
  rows.pop_back();
  return rows;
}

TEST(Csv, EveryRowHasEveryColumn) {
  auto session = quick_session();
  session.cases[0].parameters.emplace_back("note", "a \"quoted\", long\r\nvalue");
  for (const auto& csv : {trials_csv(build_view(session)), cases_csv(build_view(session))}) {
    const auto rows = parse(csv);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    const auto note = std::ranges::find(rows[0], "parameter_note") - rows[0].begin();
    EXPECT_EQ(rows[1][static_cast<std::size_t>(note)], "a \"quoted\", long\r\nvalue");
    EXPECT_EQ(rows.back()[static_cast<std::size_t>(note)], "");
  }
  EXPECT_EQ(parse(trials_csv(build_view(session))).size(), 1 + session.trials.size());
}

std::string cell(const std::vector<std::vector<std::string>>& rows, std::size_t row, std::string_view name) {
  const auto column = std::ranges::find(rows[0], name) - rows[0].begin();
  return rows[row].at(static_cast<std::size_t>(column));
}

TEST(Csv, CallsOfTheDatabaseAreThoseOfTheWholeLoad) {
  auto session = quick_session();
  session.trials[0].database_calls = 3000;
  session.trials[0].measurement->total.answered = 4000;  // twice what the window has
  session.trials[1].database_calls = 12;
  session.trials[1].measurement->total.answered = 0;
  session.trials[2].database_calls = 0;
  const auto trials = parse(trials_csv(build_view(session)));
  EXPECT_EQ(cell(trials, 1, "database_calls"), "3000");
  EXPECT_EQ(cell(trials, 1, "database_calls_per_request"), "0.75");
  EXPECT_EQ(cell(trials, 2, "database_calls"), "12");
  EXPECT_EQ(cell(trials, 2, "database_calls_per_request"), "");
  EXPECT_EQ(cell(trials, 3, "database_calls"), "0");
  EXPECT_EQ(cell(trials, 3, "database_calls_per_request"), "0");
  EXPECT_EQ(cell(trials, 4, "database_calls"), "") << "nobody counted any";
  EXPECT_EQ(cell(trials, 4, "database_calls_per_request"), "");
}

TEST(Csv, ALowerBoundNeverStandsWhereATimeStands) {
  const auto view = build_view(session_with_timeouts());
  const auto cases = parse(cases_csv(view));
  EXPECT_NE(cell(cases, 2, "response_time_p50_ns"), "");
  EXPECT_EQ(cell(cases, 2, "response_time_p50_at_least_ns"), "");
  EXPECT_EQ(cell(cases, 2, "response_time_p99_ns"), "");
  EXPECT_NE(cell(cases, 2, "response_time_p99_at_least_ns"), "");
  EXPECT_EQ(cell(cases, 2, "response_time_p99_9_ns"), "");  // too few
  EXPECT_EQ(cell(cases, 2, "response_time_p99_9_at_least_ns"), "");
  const auto trials = parse(trials_csv(view));
  EXPECT_EQ(cell(trials, 5, "service_time_max_ns"), "");
  EXPECT_EQ(cell(trials, 5, "service_time_max_at_least_ns"), "2000000000");
}

TEST(Csv, SkippedCasesSayWhy) {
  const auto view = build_view(session_with_skips());
  const auto cases = parse(cases_csv(view));
  EXPECT_EQ(cell(cases, 3, "trials_skipped"), "4");
  EXPECT_EQ(cell(cases, 3, "trials_planned"), "0");
  EXPECT_EQ(cell(cases, 3, "errors"), "") << "nobody counted any";
  EXPECT_THAT(cell(cases, 3, "skipped_because"), HasSubstr("install the package wildfly"));
  EXPECT_EQ(cell(cases, 1, "skipped_because"), "");
  const auto trials = parse(trials_csv(view));
  EXPECT_EQ(cell(trials, trials.size() - 1, "state"), "skipped");
  EXPECT_THAT(cell(trials, trials.size() - 1, "reason"), HasSubstr("'wildfly' is not installed"));
}

TEST(Csv, TextThatASpreadsheetWouldRunIsMadeInert) {
  auto session = quick_session();
  session.cases[0].label = "=HYPERLINK(\"http://evil\")";
  session.cases[1].label = "+cmd";
  session.cases[2].label = "@sum";
  session.cases[3].label = "-cmd";
  session.cases[0].parameters = {{"depth", "-5"}, {"=axis", "\tx"}};
  const auto csv = cases_csv(build_view(session));
  EXPECT_THAT(csv, HasSubstr("\"'=HYPERLINK(\"\"http://evil\"\")\""));
  for (const char* inert : {",'+cmd,", ",'@sum,", ",'-cmd,", ",-5,'\tx,", ",parameter_=axis,"})
    EXPECT_THAT(csv, HasSubstr(inert));
}

TEST(ClaimsCsv, HasARowPerClaimWithItsUnitVerdictAndReason) {
  auto session = quick_session();
  session.scenarios[0].claims[2].statement = "=io_uring, pays";  // no formula
  const auto csv = claims_csv(build_view(session));
  EXPECT_EQ(csv.substr(0, csv.find("\r\n")),
            "session_id,session_uuid,scenario,claim,statement,computation,expected,unit,published,measured,low,high,"
            "verdict,reason,caveat");
  EXPECT_THAT(csv, HasSubstr("H1,pipelining pays,throughput of depth=24 over depth=1,3.20 within 50 %,,3.2,2.97"));
  EXPECT_THAT(csv, HasSubstr(",agrees,2.21 to 4.01 over 2 pairs of cases,one vCPU\r\n"));
  EXPECT_THAT(csv,
              HasSubstr("H3,\"'=io_uring, pays\",throughput of engine=uring over engine=epoll,2.00 within 20 %,,2,,,,"
                        "cannot test here,this run has no case with engine=uring,\r\n"));
}

}  // namespace
}  // namespace hotlap::reports
