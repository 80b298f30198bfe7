#include "harness/command_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SplitCommand, SplitsAtBlanksAndRespectsQuotes) {
  EXPECT_THAT(*split_command("./server  --port {port}"), ElementsAre("./server", "--port", "{port}"));
  EXPECT_THAT(*split_command(R"(a "b c" 'd "e"' f\ g "h\"i" '')"),
              ElementsAre("a", "b c", "d \"e\"", "f g", "h\"i", ""));
  EXPECT_THAT(*split_command("a'b'c"), ElementsAre("abc"));
}

TEST(SplitCommand, ExpandsNothing) {
  EXPECT_THAT(*split_command("$HOME * ~ `x`"), ElementsAre("$HOME", "*", "~", "`x`"));
}

TEST(SplitCommand, RefusesAnOpenQuoteAndAnEmptyCommand) {
  EXPECT_THAT(split_command("a 'b").error().message, HasSubstr("opening '"));
  EXPECT_EQ(split_command("a 'b").error().code, ExitCode::usage);
  EXPECT_FALSE(split_command("  "));
}

TEST(CommandText, IsReadBackBySplitCommand) {
  const std::vector<std::vector<std::string>> lists = {
      {"plain"}, {"two words", "it's", "", "a\\b", "\"q\"", "{port}", "tab\there", "new\nline", "$x;rm"}};
  for (const auto& list : lists) EXPECT_EQ(*split_command(command_text(list)), list) << command_text(list);
}

TEST(CommandText, LeavesPlainArgumentsAlone) {
  EXPECT_EQ(command_text({"./x", "--cpus", "0,2-3", "http://h:1/a%20b"}), "./x --cpus 0,2-3 http://h:1/a%20b");
}

}  // namespace
}  // namespace hotlap::harness
