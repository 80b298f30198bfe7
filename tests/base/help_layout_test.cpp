#include "base/help_layout.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace hotlap {
namespace {

TEST(HelpLayout, WrapsAtSpacesAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three four", 9, 0), "one two\nthree\nfour");
  EXPECT_EQ(wrap("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(wrap("one twothreefour five", 6, 1), "one\n twothreefour\n five");
  EXPECT_EQ(wrap("  one two", 5, 2), "  one\n  two");
  EXPECT_EQ(wrap("", 10, 2), "");
}

TEST(HelpLayout, CountsCharactersNotBytes) {
  EXPECT_EQ(wrap("…… ………", 6, 0), "…… ………");
  EXPECT_EQ(wrap("…… …………", 6, 0), "……\n…………");
}

TEST(HelpLayout, GroupsStandInTheirOrderAndHelpComesLast) {
  CLI::App app("Does something.", "something");
  lay_out_help(app);
  int count = 3;
  bool quiet = false;
  std::string file;
  auto* one = app.add_option("-c,--count", count, "How often")->type_name("N")->capture_default_str()->group("First");
  app.add_option("--file", file, "Where from")->type_name("FILE")->excludes(one)->group("Second");
  app.add_flag("--quiet", quiet, "No words")->group("First");
  EXPECT_EQ(app.help(),
            "Does something.\n"
            "\n"
            "Usage: something [OPTION…]\n"
            "\n"
            "First:\n"
            "  -c, --count N            How often (default 3)\n"
            "      --quiet              No words\n"
            "\n"
            "Second:\n"
            "      --file FILE          Where from\n"
            "\n"
            "Options:\n"
            "  -h, --help               Print this help message and exit\n");
}

}  // namespace
}  // namespace hotlap
