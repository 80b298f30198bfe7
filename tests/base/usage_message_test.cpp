#include "base/usage_message.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "base/help_layout.h"

namespace hotlap {
namespace {

// What a program with two commands says to these words.
std::string said_to(std::vector<std::string> words) {
  CLI::App app("Does things.", "do");
  lay_out_help(app);
  app.require_subcommand(1);
  auto* run = app.add_subcommand("run", "Runs");
  std::vector<std::string> files;
  int trials = 0;
  run->add_option("files", files, "Files to run")->required()->type_name("FILE");
  run->add_option("--trials", trials, "How often")->check(CLI::Range(1, 9));
  std::string base;
  app.add_subcommand("check", "Checks")->add_option("--base", base, "The baseline")->required()->type_name("TARGET");
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return usage_message(app, error);
  }
  return "understood";
}

TEST(UsageMessage, NamesWhatIsUnknownAndWhatWasMeant) {
  EXPECT_EQ(said_to({"rnu"}), "do: command 'rnu' is unknown; did you mean 'run'?\n");
  EXPECT_EQ(said_to({"walk"}), "do: command 'walk' is unknown; expected one of run, check\n");
  EXPECT_EQ(said_to({"run", "a", "--trails", "3"}),
            "do: option '--trails' is unknown in do run; did you mean '--trials'?\n");
  EXPECT_EQ(said_to({"run", "a", "--trails=3"}),
            "do: option '--trails' is unknown in do run; did you mean '--trials'?\n");
  EXPECT_EQ(said_to({"--hlep"}), "do: option '--hlep' is unknown in do; did you mean '--help'?\n");
  EXPECT_EQ(said_to({"check", "--base", "x", "y"}),
            "do: argument 'y' is one too many; 'do check --help' says what it takes\n");
}

TEST(UsageMessage, WhatIsUnknownComesBeforeWhatIsMissing) {
  EXPECT_EQ(said_to({"run", "--trails"}), "do: option '--trails' is unknown in do run; did you mean '--trials'?\n");
}

TEST(UsageMessage, NamesWhatIsMissing) {
  EXPECT_EQ(said_to({}), "do: a command is missing, one of run, check; 'do --help' says what they do\n");
  EXPECT_EQ(said_to({"run"}), "do: FILE is missing (Files to run); 'do run --help' says how it is used\n");
  EXPECT_EQ(said_to({"check"}), "do: --base TARGET is missing (The baseline); 'do check --help' says how it is used\n");
}

TEST(UsageMessage, KeepsWhatAValueIsRefusedWith) {
  EXPECT_EQ(said_to({"run", "a", "--trials", "0"}),
            "do: --trials: Value 0 not in range 1 to 9; 'do run --help' has the options\n");
}

}  // namespace
}  // namespace hotlap
