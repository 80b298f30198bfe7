#include "loadgen/live_view.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

LiveFrame frame() {
  return {.url = "http://a/",
          .elapsed = 3200ms,
          .window = 10s,
          .good_per_s = 102'000,
          .bad_per_s = 3,
          .in_flight = 99,
          .open_connections = 98,
          .connections = 100,
          .throughput = {0, 50, 100}};
}

TEST(LivePanel, ShowsTheRunOnThreeLines) {
  EXPECT_EQ(live_panel(frame(), 80),
            "3.2 s of 10.0 s, 6.8 s left · http://a/\n"
            "  102 k/s good · 3/s bad · 99 in flight · 98 of 100 connections\n"
            "  ▁▄█\n");
}

TEST(LivePanel, TellsTheWarmUpApart) {
  auto warming = frame();
  warming.elapsed = -1500ms;
  EXPECT_TRUE(live_panel(warming, 80).starts_with("warm-up, 1.5 s left · "));
}

TEST(LivePanel, ARunBeyondItsEndHasNothingLeft) {
  auto over = frame();
  over.elapsed = 10100ms;
  EXPECT_TRUE(live_panel(over, 80).starts_with("10.1 s of 10.0 s, 0.0 s left · "));
}

TEST(LivePanel, LinesAreCutToTheWidthAtWholeCharacters) {
  EXPECT_EQ(live_panel(frame(), 26),
            "3.2 s of 10.0 s, 6.8 s lef\n"
            "  102 k/s good · 3/s bad ·\n"
            "  ▁▄█\n");
  EXPECT_EQ(live_panel(frame(), 4), "3.2 \n  10\n  ▄█\n") << "the latest bars are kept";
  EXPECT_EQ(live_panel(frame(), 0), "\n\n\n");
}

TEST(LivePanel, ControlCharactersOfTheUrlAreShownNotObeyed) {
  auto hostile = frame();
  hostile.url = "http://a/\x1b[2J\n";
  const auto panel = live_panel(hostile, 200);
  EXPECT_EQ(panel.find('\x1b'), std::string::npos);
  EXPECT_NE(panel.find("\\x1b[2J"), std::string::npos) << panel;
  EXPECT_EQ(std::ranges::count(panel, '\n'), 3);
}

TEST(LiveLine, SaysTheSameOnOneLine) {
  EXPECT_EQ(live_line(frame()),
            "3.2 s of 10.0 s, 6.8 s left: 102 k/s good, 3/s bad, 99 in flight, 98 of 100 connections\n");
}

TEST(Sparkline, BarsAreSharesOfTheHighestThatIsShown) {
  EXPECT_EQ(sparkline({}, 10), "");
  EXPECT_EQ(sparkline({0, 0}, 10), "▁▁");
  EXPECT_EQ(sparkline({1, 2, 3, 4, 5, 6, 7, 8}, 10), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({1'000, 1, 2}, 2), "▄█");
}

RunningTotals totals(std::int64_t ms, std::uint64_t good, std::uint64_t bad, std::uint64_t lost) {
  return {.answered = good + bad,
          .good = good,
          .lost = lost,
          .in_flight = 7,
          .open_connections = 5,
          .as_of = Instant{1'000'000'000 + ms * 1'000'000},
          .elapsed = std::chrono::milliseconds(ms)};
}

TEST(LiveRates, AreDifferencesOverTheLastSecond) {
  LiveRates rates({.url = load::Url::parse("http://a/").value(), .connections = 8, .duration = 4s});
  (void)rates.frame(totals(0, 1'000, 0, 0));
  LiveFrame frame;
  for (int i = 1; i <= 5; ++i) frame = rates.frame(totals(200 * i, 1'000 + 100U * static_cast<unsigned>(i), 0, 0));
  EXPECT_DOUBLE_EQ(frame.good_per_s, 500);
  EXPECT_EQ(frame.throughput.size(), 5U);
  for (int i = 1; i <= 5; ++i) frame = rates.frame(totals(1'000 + 200 * i, 1'500, 10U * static_cast<unsigned>(i), 50));
  EXPECT_DOUBLE_EQ(frame.good_per_s, 0);
  EXPECT_DOUBLE_EQ(frame.bad_per_s, 100) << "wrong answers, and none";
  EXPECT_DOUBLE_EQ(frame.throughput.back(), 0);
  EXPECT_EQ(frame.in_flight, 7U);
  EXPECT_EQ(frame.open_connections, 5U);
  EXPECT_EQ(frame.connections, 8U);
  EXPECT_EQ(frame.elapsed, 2s);
  EXPECT_EQ(frame.window, 4s);
}

TEST(LiveRates, ALookThatTellsNothingNewChangesNoRate) {
  LiveRates rates({.url = load::Url::parse("http://a/").value(), .connections = 8, .duration = 4s});
  (void)rates.frame(totals(0, 0, 0, 0));
  const auto before = rates.frame(totals(200, 100, 0, 0));
  auto again = totals(200, 100, 0, 0);
  again.elapsed = 400ms;
  const auto frame = rates.frame(again);
  EXPECT_EQ(frame.throughput.size(), before.throughput.size());
  EXPECT_DOUBLE_EQ(frame.good_per_s, before.good_per_s);
  EXPECT_EQ(frame.elapsed, 400ms) << "the time goes on";
}

}  // namespace
}  // namespace hotlap::loadgen
