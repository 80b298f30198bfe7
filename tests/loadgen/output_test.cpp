#include "loadgen/faces/output.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/loadgen/openmetrics_reader.h"
#include "tests/reports/golden.h"

namespace hotlap::loadgen {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kStartUs = 1'700'000'000'250'000;

load::LoadSpec some_spec() {
  return {.url = load::Url::parse("http://a:8080/x?y=\"z\"").value(), .method = "GET", .pipeline_depth = 2};
}

// `count` times, evenly from `fastest` to twice that.
Histogram spread(Nanos fastest, std::int64_t count) {
  Histogram histogram;
  for (std::int64_t i = 0; i < count; ++i) histogram.record(fastest + fastest * i / count);
  return histogram;
}

// An open loop over 2.5 s in which 40 of 3,040 responses never came.
load::Measurement open_measurement() {
  load::Measurement m;
  m.loop = "open";
  m.window = milliseconds(2500);
  m.requests = {.sent = 3040, .answered = 3000, .good = 2990, .failed = 0, .timed_out = 38, .in_flight_at_end = 2};
  m.total = m.requests;
  m.good_in_window = 2990;
  m.throughput_per_s = 1196;
  m.bytes_received = 300'000;
  m.status = {{200, 2990}, {503, 10}};
  m.errors = {{.kind = "timeout", .count = 38, .first = "", .first_at = {}, .after = {}},
              {.kind = "status", .count = 10, .first = "HTTP/1.1 503", .first_at = {}, .after = {}}};
  m.connections = {.requested = 10,
                   .established = 10,
                   .served = 9,
                   .reconnects = 3,
                   .least_answers = 0,
                   .median_answers = 300,
                   .most_answers = 400,
                   .fairness = 0.875};
  m.arrivals = "1250/s constant";
  m.scheduled = 3125;
  m.never_sent = 85;
  for (const std::int64_t second : {0, 1, 2}) {
    const auto service = spread(microseconds(100 * (second + 1)), 1000);
    const auto response = spread(microseconds(150 * (second + 1)), 1000);
    const auto lag = spread(microseconds(3), 1000);
    m.service_time.merge(service);
    m.response_time.merge(response);
    m.send_lag.merge(lag);
    const auto sparse = [](Histogram histogram) { return histogram.drain(); };
    m.series.push_back({.second = second,
                        .good = 1000,
                        .bad = second == 2 ? 10U : 0U,
                        .sent = 1010,
                        .lost = 13,
                        .bytes_received = 100'000,
                        .service_time = sparse(service),
                        .response_time = sparse(response),
                        .send_lag = sparse(lag)});
  }
  m.service_time_at_least.record(seconds(2), 40);
  m.response_time_at_least.record(seconds(2), 125);
  m.first_byte_time = spread(microseconds(90), 3000);
  m.connect_time = spread(microseconds(40), 13);
  m.service_time_by_class = {{"2xx", spread(microseconds(100), 2990)}, {"5xx", spread(microseconds(50), 10)}};
  m.by_request = {
      {.name = "read \"it\"", .requests = {}, .service_time = spread(microseconds(100), 20), .response_time = {}},
      {.name = "write", .requests = {}, .service_time = spread(microseconds(200), 30), .response_time = {}}};
  m.cpu_user = milliseconds(150);
  m.cpu_system = milliseconds(250);
  m.thread_use = {{.cpu_user = milliseconds(150), .cpu_system = milliseconds(250), .waited = milliseconds(5)}};
  m.host.steal = milliseconds(20);
  m.verdict.raise(load::VerdictLevel::suspect, "the load was busy");
  return m;
}

load::Measurement closed_measurement() {
  auto m = open_measurement();
  m.loop = "closed";
  m.arrivals = "";
  m.scheduled = m.never_sent = 0;
  m.response_time = m.service_time;
  m.send_lag.clear();
  m.service_time_at_least.clear();
  m.response_time_at_least.clear();
  for (auto& second : m.series) {
    second.response_time = second.service_time;
    second.send_lag.clear();
  }
  return m;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> cells_of(const std::string& line, char separator = ',') {
  std::vector<std::string> cells{""};
  for (const char c : line)
    if (c == separator)
      cells.emplace_back();
    else if (c != '\r')
      cells.back() += c;
  return cells;
}

TEST(CsvOutput, LooksAsAgreed) {
  expect_golden("load_output.csv", csv_output(open_measurement()));
}

TEST(CsvOutput, TheTotalIsTheSumOfTheRowsAndKnowsWhatItDoesNotKnow) {
  const auto lines = lines_of(csv_output(open_measurement()));
  ASSERT_EQ(lines.size(), 5U);
  const auto names = cells_of(lines[0]);
  for (const auto& line : lines) EXPECT_EQ(cells_of(line).size(), names.size());
  const auto cell = [&](std::size_t row, std::string_view name) {
    const auto column = std::ranges::find(names, name) - names.begin();
    return cells_of(lines[row]).at(static_cast<std::size_t>(column));
  };
  EXPECT_EQ(cell(4, "second"), "total");
  EXPECT_EQ(cell(4, "good"), "3000");
  EXPECT_EQ(cell(4, "lost"), "39");
  EXPECT_NE(cell(1, "response_time_p99_ns"), "");
  EXPECT_EQ(cell(1, "response_time_p99_9_ns"), "");  // of 1,000 one lies beyond
  EXPECT_NE(cell(4, "response_time_p50_ns"), "");
  EXPECT_EQ(cell(4, "response_time_p99_ns"), "");
  EXPECT_EQ(cell(4, "response_time_p99_at_least_ns"), cell(4, "response_time_max_at_least_ns"));
  EXPECT_EQ(cell(4, "response_time_max_at_least_ns"), "2000000000");
  EXPECT_EQ(cell(4, "response_time_max_ns"), "");
}

TEST(HgrmOutput, LooksAsAgreed) {
  expect_golden("load_output.hgrm", hgrm_output(closed_measurement()));
}

TEST(HgrmOutput, AnOpenLoopIsOfResponseTimesAndCountsWhatNeverCame) {
  const auto text = hgrm_output(open_measurement());
  EXPECT_NE(text.find("Total count    =         3125]"), std::string::npos) << text;
  EXPECT_NE(text.find("#[At least: 125 of these had no whole response"), std::string::npos) << text;
  EXPECT_NE(text.find("    2000.683 1.000000000000       3125\n"), std::string::npos) << text;
  EXPECT_EQ(hgrm_output(closed_measurement()).find("At least"), std::string::npos);
}

TEST(HgrmOutput, OfNothingIsStillATable) {
  const auto lines = lines_of(hgrm_output({}));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[2], "#[Mean    =        0.000, StdDeviation   =        0.000]");
  EXPECT_EQ(lines[3], "#[Max     =        0.000, Total count    =            0]");
}

// The compressed bytes are the compressor's affair; the golden file has what they hold.
std::string with_counts(const std::string& hlog) {
  std::string text;
  for (auto line : lines_of(hlog)) {
    if (line.starts_with("Tag=")) {
      const auto payload = line.substr(line.rfind(',') + 1);
      const auto decoded = Histogram::decode_base64(payload);
      line = line.substr(0, line.rfind(',') + 1) +
             (decoded ? fmt::format("{} values, p50 {}", decoded->count(), decoded->quantile(0.5).count())
                      : decoded.error().message);
    }
    text += line + "\n";
  }
  return text;
}

TEST(HlogOutput, LooksAsAgreed) {
  expect_golden("load_output.hlog", with_counts(hlog_output(open_measurement(), kStartUs)));
}

TEST(HlogOutput, ItsSecondsAddUpToTheWindow) {
  const auto measurement = open_measurement();
  Histogram service, at_least;
  int others = 0;
  for (const auto& line : lines_of(hlog_output(measurement, kStartUs))) {
    if (!line.starts_with("Tag=")) continue;
    const auto cells = cells_of(line);
    ASSERT_EQ(cells.size(), 5U);
    EXPECT_TRUE(cells[4].starts_with("HISTF")) << cells[4];  // V2, compressed
    auto decoded = Histogram::decode_base64(cells[4]);
    ASSERT_TRUE(decoded);
    if (cells[0] == "Tag=service_time")
      service.merge(*decoded);
    else if (cells[0] == "Tag=response_time_at_least")
      at_least.merge(*decoded);
    else
      ++others;
  }
  EXPECT_TRUE(service == measurement.service_time);
  EXPECT_TRUE(at_least == measurement.response_time_at_least);
  EXPECT_EQ(others, 3 + 3 + 1);  // response time, send lag, service time at least
}

TEST(HlogOutput, AClosedLoopHasServiceTimesOnly) {
  const auto text = hlog_output(closed_measurement(), kStartUs);
  EXPECT_EQ(text.find("response_time"), std::string::npos);
  EXPECT_EQ(text.find("send_lag"), std::string::npos);
}

TEST(OpenMetricsOutput, LooksAsAgreed) {
  expect_golden("load_output.openmetrics", openmetrics_output(some_spec(), open_measurement()));
}

TEST(OpenMetricsOutput, KeepsTheFormatsRules) {
  for (const auto& measurement : {open_measurement(), closed_measurement(), load::Measurement{}}) {
    const auto read = OpenMetricsReader::read(openmetrics_output(some_spec(), measurement));
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.families.at("hotlap_load_service_time_seconds").unit, "seconds");
  }
}

TEST(OpenMetricsOutput, WhatNeverCameIsBelowNoBound) {
  const auto read = OpenMetricsReader::read(openmetrics_output(some_spec(), open_measurement()));
  const auto& samples = read.families.at("hotlap_load_response_time_seconds").samples;
  const auto bucket = [&](std::string_view bound) {
    for (const auto& one : samples)
      if (!one.labels.empty() && one.labels.back().second == bound) return one.value;
    return -1.0;
  };
  EXPECT_EQ(bucket("0.0001"), 0);
  EXPECT_EQ(bucket("0.001"), 3000);
  EXPECT_EQ(bucket("100.0"), 3000);
  EXPECT_EQ(bucket("+Inf"), 3125);
}

TEST(OpenMetricsOutput, AValueAtABoundCountsBelowIt) {
  load::Measurement measurement;
  measurement.service_time.record(milliseconds(1), 7);
  const auto text = openmetrics_output(some_spec(), measurement);
  EXPECT_NE(text.find("service_time_seconds_bucket{le=\"0.0005\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("service_time_seconds_bucket{le=\"0.001\"} 7\n"), std::string::npos);
}

// The reader of these tests refuses what a scraper would.
TEST(OpenMetricsReader, RefusesWhatBreaksTheRules) {
  const std::string counter = "# TYPE a counter\n# HELP a Things.\n";
  const std::string histogram = "# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n# HELP h_seconds Times.\n";
  const std::string whole =
      histogram +
      "h_seconds_bucket{le=\"1.0\"} 2\nh_seconds_bucket{le=\"+Inf\"} 3\nh_seconds_count 3\nh_seconds_sum 4\n";
  EXPECT_EQ(OpenMetricsReader::read(counter + "a_total{b=\"c\\\"\"} 1\n" + whole + "# EOF\n").problem, "");
  for (const std::string& wrong :
       {counter + "a_total 1\n", counter + "a 1\n# EOF\n", counter + "a_total -1\n# EOF\n",
        counter + "a_total x\n# EOF\n", counter + "a_total 1\na_total 1\n# EOF\n",
        counter + "a_total{b=\"c} 1\n# EOF\n", counter + "a_total{b=\"\\x\"} 1\n# EOF\n", counter + counter + "# EOF\n",
        counter + "a_total 1\n# HELP a Late.\n# EOF\n", counter + "b_total 1\n# EOF\n",
        counter + "# EOF\na_total 1\n# EOF\n", std::string("# TYPE a_bytes gauge\n# UNIT a_bytes seconds\n# EOF\n"),
        histogram + "h_seconds_bucket{le=\"1.0\"} 2\nh_seconds_count 2\nh_seconds_sum 4\n# EOF\n",
        histogram + "h_seconds_bucket{le=\"1.0\"} 2\nh_seconds_bucket{le=\"+Inf\"} 1\nh_seconds_count 1\nh_seconds_sum "
                    "1\n# EOF\n",
        histogram + "h_seconds_bucket{le=\"+Inf\"} 3\nh_seconds_count 2\nh_seconds_sum 4\n# EOF\n"})
    EXPECT_NE(OpenMetricsReader::read(wrong).problem, "") << wrong;
}

TEST(Outputs, NoTwoGoToOnePlace) {
  EXPECT_FALSE(find_clash({}));
  EXPECT_FALSE(find_clash({{OutputFormat::json, "-"}, {OutputFormat::csv, "a"}, {OutputFormat::hgrm, "b"}}));
  EXPECT_NE(find_clash({{OutputFormat::json, "-"}, {OutputFormat::csv, "-"}})->find("standard output"),
            std::string::npos);
  EXPECT_NE(find_clash({{OutputFormat::json, "a"}, {OutputFormat::csv, "a"}})->find("'a'"), std::string::npos);
}

TEST(Outputs, AFileThatCannotBeWrittenIsNamed) {
  for (const char* path : {"/nowhere/at/all.csv", "/dev/full"}) {
    const auto written = write_output(path, "text");
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code, ExitCode::store_failed);
    EXPECT_NE(written.error().message.find(path), std::string::npos) << written.error().message;
  }
}

TEST(Outputs, EveryFormatEndsItsLastLine) {
  for (const auto format :
       {OutputFormat::json, OutputFormat::csv, OutputFormat::hgrm, OutputFormat::hlog, OutputFormat::openmetrics})
    EXPECT_TRUE(output_text(format, some_spec(), open_measurement(), kStartUs).ends_with("\n"));
}

}  // namespace
}  // namespace hotlap::loadgen
