#include "reports/terminal.h"

#include <gmock/gmock.h>

#include "reports/text_table.h"
#include "tests/reports/golden.h"
#include "tests/reports/report_fixture.h"

namespace hotlap::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    widest = std::max(widest, display_width(std::string_view(text).substr(from, end - from)));
    from = end + 1;
  }
  return widest;
}

TEST(Terminal, LooksAsAgreed) {
  expect_golden("report_terminal.txt", terminal_report(build_view(quick_session())));
}

TEST(Terminal, ACheckLooksAsAgreed) {
  expect_golden("report_terminal_check.txt", terminal_report(build_view(check_session())));
}

TEST(Terminal, APercentileThatTimeoutsLeaveOpenIsNotShownAsATime) {
  const auto text = terminal_report(build_view(session_with_timeouts()));
  EXPECT_THAT(text, testing::ContainsRegex("blocking +24 .* 4[0-9]+ us +5[0-9]+ us +>2.00 s +- +80 "));
  EXPECT_THAT(text, HasSubstr("A percentile with > is at least so long"));
  EXPECT_THAT(terminal_report(build_view(quick_session())), Not(HasSubstr(">")));
}

TEST(Terminal, FitsItsWidth) {
  const View view = build_view(quick_session());
  EXPECT_LE(widest_line(terminal_report(view, {.width = 110})), 110U);
  auto session = quick_session();
  for (auto& one : session.cases) {
    one.parameters.emplace_back("store_connections", one.id % 2 == 0 ? "one" : "per-request");
    one.parameters.emplace_back("a_very_long_axis_name", "value number " + std::to_string(one.id) + " is a long one");
  }
  EXPECT_LE(widest_line(terminal_report(build_view(session), {.width = 120})), 120U);
}

TEST(Terminal, ColoursOnlyWhenAsked) {
  const View view = build_view(quick_session());
  EXPECT_THAT(terminal_report(view), Not(HasSubstr("\x1b")));
  const auto coloured = terminal_report(view, {.color = true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[31mINVALID\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[32mok\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[32magrees\x1b[0m"));
}

TEST(Terminal, ForeignTextIsShownNotObeyed) {
  auto session = quick_session();
  session.scenarios[0].title = "\x1b]0;owned\x07";
  session.cases[0].parameters[0].second = "a\nb";
  const auto text = terminal_report(build_view(session));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("\\x1b]0;owned\\x07"));
  EXPECT_THAT(text, HasSubstr("a\\nb"));
  EXPECT_THAT(text, HasSubstr("target ended with \\x1b[31mstatus 1"));
}

TEST(Terminal, WhatGoesWrongAsExpectedIsNoBadVerdict) {
  View view = build_view(quick_session());
  for (auto& row : view.cases)
    for (auto& trial : row.trials) trial.expected = trial.verdict == "INVALID";
  const auto text = terminal_report(view);
  EXPECT_THAT(text, testing::ContainsRegex(" expected\n"));
  EXPECT_THAT(text, Not(testing::ContainsRegex(" INVALID\n")));
}

TEST(Terminal, AnEmptySessionIsStillSaid) {
  EXPECT_THAT(terminal_report(build_view({})), HasSubstr("0 of 0 trials in the summary"));
}

TEST(Terminal, SkippedCasesSayWhyBelowTheirTable) {
  const auto text = terminal_report(build_view(session_with_skips()));
  EXPECT_THAT(text, testing::ContainsRegex("epoll +1 +- .* skipped\n"));
  EXPECT_THAT(text, HasSubstr("2 cases skipped: program 'wildfly' is not installed; install the package wildfly\n"));
}

TEST(Terminal, WarningsAreBoundedAndSayWhereTheRestIs) {
  auto session = quick_session();
  for (int i = 0; i < 20; ++i) session.notes.push_back({1, std::string("note ") + static_cast<char>('a' + i)});
  const auto text = terminal_report(build_view(session));
  EXPECT_EQ(std::ranges::count(text, '!'), 12);
  EXPECT_THAT(text, HasSubstr("15 more warnings, and every case with its figures: 'hotlap report 7 --html FILE'"));
  EXPECT_THAT(terminal_report(build_view(quick_session())), Not(HasSubstr("--html FILE"))) << "nothing is left out";
}

TEST(TextTable, LinesBetweenRowsDoNotWidenIt) {
  TextTable table({{"a"}, {"b", Align::right}});
  table.add_row({{"1"}, {"2"}});
  table.add_line("a line that is wider than all of it");
  table.add_row({{"3"}, {"4"}});
  EXPECT_EQ(table.text(10, false),
            "a  b\n"
            "1  2\n"
            "a line that is wider than all of it\n"
            "3  4\n");
}

TEST(TextTable, AlignsByCodePointsAndCutsWhatMayShrink) {
  TextTable table({{"name", Align::left, true}, {"two\nlines", Align::right}});
  table.add_row({{"a rather long name"}, {"1"}});
  table.add_row({{"µ"}, {"22"}});
  EXPECT_EQ(table.text(19, false),
            "                two\n"
            "name          lines\n"
            "a rather lon…     1\n"
            "µ                22\n");
}

TEST(Wrapped, BreaksBetweenWordsAndIndents) {
  EXPECT_EQ(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(wrapped("unbreakable", 4, 2), "unbreakable");
  EXPECT_EQ(wrapped("", 4, 2), "");
}

}  // namespace
}  // namespace hotlap::reports
