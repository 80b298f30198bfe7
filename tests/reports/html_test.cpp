#include "reports/html.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/report_json.h"
#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr std::string_view kOpening = R"(<script id="report-data" type="application/json">)";

std::string data_of(const std::string& html) {
  const auto begin = html.find(kOpening) + kOpening.size();
  return html.substr(begin, html.find("</script>", begin) - begin);
}

TEST(ReportJson, HoldsTheSessionWithUnitsInItsKeys) {
  const auto json = Json::parse(report_json(build_view(quick_session())));
  EXPECT_EQ(json["schema"], "hotlap.report/1");
  EXPECT_EQ(json["title"], "quick");
  EXPECT_EQ(json["session"]["started_at"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(json["session"]["seed"], "18364758544493064720");
  EXPECT_EQ(json["environment"][0], (Json{"cpu_model", "Test CPU"}));
  const auto& one = json["cases"][0];
  EXPECT_EQ(one["parameters"][0], (Json{"engine", "blocking"}));
  EXPECT_DOUBLE_EQ(one["summary"]["throughput_per_s"], 10'000);
  EXPECT_EQ(one["percentiles"]["q"].size(), 45U);
  EXPECT_EQ(one["percentiles"]["high_ns"].size(), 45U);
  EXPECT_FALSE(one["percentiles"].contains("at_least"));  // nothing is open
  EXPECT_TRUE(one["summary"]["p99_9_ns"].is_null());      // 6000 values do not reach that far
  EXPECT_TRUE(json["cases"][2]["trials"][3]["throughput_per_s"].is_null());
  EXPECT_EQ(json["claims"][0]["computation"], "throughput of depth=24 over depth=1");
  EXPECT_EQ(json["claims"][2]["verdict"], "cannot test here");
  EXPECT_TRUE(json["claims"][2]["measured"].is_null());
  EXPECT_EQ(json["figures"][0]["unit"], "1/s");
  EXPECT_TRUE(json["comparison"].is_null());
  EXPECT_EQ(json["errors"][0]["count"], 3);
  EXPECT_THAT(json["trials_csv"].get<std::string>(), HasSubstr("throughput_per_s"));
}

TEST(ReportJson, OfAPercentileEitherItselfOrItsLeastIsThere) {
  const auto one = Json::parse(report_json(build_view(session_with_timeouts())))["cases"][1];
  EXPECT_TRUE(one["summary"]["p50_ns"].is_number());
  EXPECT_FALSE(one["summary"].contains("p50_at_least_ns"));
  EXPECT_TRUE(one["summary"]["p99_ns"].is_null());
  EXPECT_TRUE(one["summary"]["p99_at_least_ns"].is_number());
  EXPECT_EQ(one["trials"][0]["p99_at_least_ns"], 2'000'000'000);
  EXPECT_EQ(one["percentiles"]["at_least"].front(), false);
  EXPECT_EQ(one["percentiles"]["at_least"].back(), true);
}

TEST(ReportJson, HoldsSecondsByColumnsStatusesAndNamedRequests) {
  auto session = quick_session();
  auto& m = *session.trials[0].measurement;
  m.status = {{200, 2000}, {404, 3}};
  m.by_request = {{.name = "cart", .requests = {.sent = 4, .answered = 3, .good = 2, .failed = 1}}};
  Histogram times;
  times.record(Nanos(1000), 50);
  m.series = {{.second = 0, .good = 40, .bad = 3, .lost = 1, .response_time = times.drain()},
              {.second = 1, .good = 60}};
  const auto one = Json::parse(report_json(build_view(session)))["cases"][0];
  EXPECT_EQ(one["seconds"]["second"], (Json{0, 1}));
  EXPECT_EQ(one["seconds"]["throughput_per_s"], (Json{40.0, 60.0}));
  EXPECT_EQ(one["seconds"]["bad"], (Json{3, 0}));
  EXPECT_EQ(one["seconds"]["p50_ns"][0], 1000);
  EXPECT_TRUE(one["seconds"]["p50_ns"][1].is_null());
  EXPECT_TRUE(one["seconds"]["p99_ns"][0].is_null()) << "fifty are too few";
  EXPECT_EQ(one["statuses"][1]["class"], "4xx");
  EXPECT_EQ(one["statuses"][1]["codes"][0]["code"], 404);
  EXPECT_EQ(one["requests"][0]["name"], "cart");
  EXPECT_EQ(one["requests"][0]["bad"], 1);
  EXPECT_EQ(one["requests"][0]["lost"], 1);
}

TEST(ReportJson, HoldsWhatWasUsedAndNoKeyForWhatNobodyKnows) {
  auto session = quick_session();
  auto first = used("target", 1, std::chrono::milliseconds(950));
  first.resident_bytes = 4096;
  auto machine = used("machine", 1, std::chrono::seconds(2));
  machine.steal = Nanos(1'000'000);
  session.trials[0].resources = {first, used("target", 2, std::chrono::milliseconds(850)), machine};
  const auto json = Json::parse(report_json(build_view(session)));
  const auto& resources = json["cases"][0]["resources"];
  ASSERT_EQ(resources.size(), 2U);
  EXPECT_EQ(resources[0]["side"], "target");
  EXPECT_EQ(resources[0]["trials"], 1);
  EXPECT_EQ(resources[0]["processors"], 0.9);
  EXPECT_EQ(resources[0]["seconds"]["second"], (Json{0, 1}));
  EXPECT_EQ(resources[0]["seconds"]["processors"], (Json{0.95, 0.85}));
  EXPECT_EQ(resources[0]["seconds"]["resident_max_bytes"], (Json{4096, nullptr}));
  EXPECT_FALSE(resources[0].contains("voluntary_switches_per_s"));
  EXPECT_EQ(resources[1]["steal_processors"], 0.001);
  EXPECT_FALSE(resources[1].contains("seconds")) << "one second is the whole";
  EXPECT_TRUE(json["cases"][1]["resources"].empty());
}

TEST(ReportJson, HoldsEveryWarningWithItsCases) {
  const auto json = Json::parse(report_json(build_view(session_of_five())));
  std::size_t of_cases = 0;
  for (const auto& warning : json["warnings"])
    if (warning["sentence"].get<std::string>().find("spreads") != std::string::npos)
      of_cases = warning["of_cases"].size();
  EXPECT_EQ(of_cases, 5U);
}

TEST(ReportJson, SaysWhyTrialsWereSkipped) {
  const auto one = Json::parse(report_json(build_view(session_with_skips())))["cases"][2];
  EXPECT_EQ(one["summary"]["trials_skipped"], 4);
  EXPECT_THAT(one["summary"]["skipped_because"].get<std::string>(), HasSubstr("'wildfly' is not installed"));
  EXPECT_EQ(one["trials"][0]["state"], "skipped");
}

TEST(ReportJson, HoldsAChecksComparison) {
  const auto json = Json::parse(report_json(build_view(check_session())));
  EXPECT_EQ(json["comparison"]["verdict"], "REGRESSED");
  EXPECT_EQ(json["comparison"]["pairs"], 10);
  EXPECT_EQ(json["cases"][1]["trials"][0]["arm"], "new");
}

TEST(ReportJson, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  auto session = quick_session();
  session.command_line = "caf\xe9";
  EXPECT_EQ(Json::parse(report_json(build_view(session)))["session"]["command_line"], "caf\xef\xbf\xbd");
}

TEST(Html, CarriesTheWholeDocument) {
  const View view = build_view(quick_session());
  const auto html = html_report(view);
  EXPECT_EQ(Json::parse(data_of(html)), Json::parse(report_json(view)));
  EXPECT_THAT(html, HasSubstr("Content-Security-Policy"));
  EXPECT_THAT(html, Not(HasSubstr(std::string(kOpening) + "{}")));
}

TEST(Html, HostileTextCannotEndTheScript) {
  auto session = quick_session();
  session.scenarios[0].title = "</script><script>alert(1)</script><!-- & \xe2\x80\xa8\xe2\x80\xa9";
  const auto html = html_report(build_view(session));
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  const auto data = data_of(html);
  for (const char* forbidden : {"<", ">", "&", "\xe2\x80\xa8", "\xe2\x80\xa9"})
    EXPECT_THAT(data, Not(HasSubstr(forbidden)));
  EXPECT_EQ(Json::parse(data)["scenarios"][0]["title"], session.scenarios[0].title);
}

TEST(Html, SameSessionSameBytes) {
  EXPECT_EQ(html_report(build_view(quick_session())), html_report(build_view(quick_session())));
}

TEST(FillPage, RefusesAPageWithoutAPlace) {
  EXPECT_FALSE(fill_page("<html></html>", "{}"));
  EXPECT_FALSE(fill_page(std::string(kOpening) + "{\"a\":1}</script>", "{}"));
  EXPECT_EQ(*fill_page("a" + std::string(kOpening) + "{}</script>b", "[1]"),
            "a" + std::string(kOpening) + "[1]</script>b");
}

}  // namespace
}  // namespace hotlap::reports
