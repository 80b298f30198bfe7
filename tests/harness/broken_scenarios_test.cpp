// What is broken ends in a sentence that says where and what to do: mutations of the scenarios that we ship, and files
// that somebody made to hurt. Seeded: a failure names the file, the mutation and the seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "base/random.h"
#include "harness/complaints.h"
#include "harness/plan.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

const CpuSet kMachine = CpuSet::parse("0-1").value();

struct GoodScenario {
  std::string path;
  std::vector<std::string> lines;
};

std::vector<GoodScenario> good_scenarios() {
  std::vector<GoodScenario> all;
  for (const auto& entry : std::filesystem::directory_iterator(HOTLAP_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    GoodScenario good{entry.path().string(), {}};
    std::ifstream file(good.path);
    for (std::string line; std::getline(file, line);) good.lines.push_back(line);
    all.push_back(std::move(good));
  }
  std::ranges::sort(all, {}, &GoodScenario::path);
  return all;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

Result<Plan> planned(const std::string& yaml, const std::string& file) {
  auto scenario = scenario_from_yaml(yaml, file);
  if (!scenario) return std::unexpected(scenario.error());
  return make_plan({std::move(*scenario)}, {.machine = kMachine});
}

// One change to a good file. `at` is a line that has a key; nothing to change: false.
struct Mutation {
  const char* name;
  bool (*change)(std::vector<std::string>& lines, std::size_t at, Random& random);
};

bool replace_first(std::string& line, const std::regex& what, const std::string& with) {
  std::smatch found;
  if (!std::regex_search(line, found, what)) return false;
  line = found.prefix().str() + found.format(with) + found.suffix().str();
  return true;
}

bool replace_value(std::string& line, const std::string& with) {
  return replace_first(line, std::regex("^( *[a-z_.]+:) +[^ |>#{\\[].*$"), "$1 " + with);
}

const std::vector<Mutation> kMutations = {
    {"a key with a letter twice",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("([a-z])(:)"), "$1$1$2"); }},
    {"a key without a letter",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("([a-z])[a-z](:)"), "$1$2"); }},
    {"a line twice",
     [](auto& lines, auto at, auto&) {
       lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
       return true;
     }},
    {"a quantity without its unit",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("([0-9])(ms|s|/s|KiB)\\b"), "$1"); }},
    {"a quantity of an unknown unit",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("([0-9])(ms|s)\\b"), "$1x"); }},
    {"a list for a value", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "[a, b]"); }},
    {"a mapping for a value", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "{a: b}"); }},
    {"nothing for a value", [](auto& lines, auto at, auto&) { return replace_value(lines[at], ""); }},
    {"a number below zero", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "-1"); }},
    {"a number beyond all bounds",
     [](auto& lines, auto at, auto&) { return replace_value(lines[at], "99999999999999999999999"); }},
    {"no number", [](auto& lines, auto at, auto&) { return replace_value(lines[at], ".nan"); }},
    {"an anchor", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "&x 1"); }},
    {"an alias", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "*x"); }},
    {"a tag", [](auto& lines, auto at, auto&) { return replace_value(lines[at], "!!binary aGVsbG8="); }},
    {"a line break in a value", [](auto& lines, auto at, auto&) { return replace_value(lines[at], R"("a\r\nb: c")"); }},
    {"an escape sequence in a value",
     [](auto& lines, auto at, auto&) { return replace_value(lines[at], R"("\e[2J")"); }},
    {"a merge key",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("^( *)[a-z].*$"), "$1<<: *x"); }},
    {"a tab for the indentation",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("^ +"), "\t"); }},
    {"a blank more in front",
     [](auto& lines, auto at, auto&) {
       lines[at] = " " + lines[at];
       return true;
     }},
    {"no colon", [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex(":"), ""); }},
    {"a bracket less", [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("[\\]}]"), ""); }},
    {"a quote less", [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("\""), ""); }},
    {"a placeholder of another name",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("\\{([a-z_]+)\\}"), "{$1x}"); }},
    {"an unquoted placeholder",
     [](auto& lines, auto at, auto&) { return replace_first(lines[at], std::regex("\"(\\{[a-z_]+\\})\""), "$1"); }},
    {"a second document",
     [](auto& lines, auto at, auto&) {
       lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), "---");
       return true;
     }},
    {"a byte that is no text",
     [](auto& lines, auto at, Random& random) {
       constexpr std::string_view kBytes("\x00\x01\x1b\x7f\x80\xff\xc0", 7);
       lines[at].insert(random.below(lines[at].size() + 1), 1, kBytes[random.below(kBytes.size())]);
       return true;
     }},
    {"the end in the middle of a line",
     [](auto& lines, auto at, Random& random) {
       lines.resize(at + 1);
       lines[at].resize(random.below(lines[at].size() + 1));
       return true;
     }},
    {"a line less",
     [](auto& lines, auto at, auto&) {
       lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
       return true;
     }},
    {"another character",
     [](auto& lines, auto at, Random& random) {
       lines[at][random.below(lines[at].size())] = static_cast<char>(' ' + random.below(95));
       return true;
     }},
};

bool has_key(const std::string& line) {
  static const std::regex key("^ *(- )?[\"a-z{].*: ?");
  return !line.starts_with('#') && std::regex_search(line, key);
}

TEST(BrokenScenarios, EndInASentenceAtTheirPlaceAndWhatIsStillGoodSurvivesTheRecord) {
  constexpr int kRounds = 14;  // of every mutation
  const auto good = good_scenarios();
  ASSERT_GE(good.size(), 4U);
  int broken = 0;
  int still_good = 0;
  std::map<std::string, int> broken_by;
  for (std::size_t kind = 0; kind < kMutations.size(); ++kind) {
    for (int round = 0; round < kRounds; ++round) {
      Random random(1000 * kind + static_cast<std::uint64_t>(round));
      const auto& from = good[random.below(good.size())];
      auto lines = from.lines;
      bool changed = false;
      for (int attempt = 0; attempt < 50 && !changed; ++attempt) {
        const auto at = random.below(lines.size());
        changed = has_key(lines[at]) && kMutations[kind].change(lines, at, random);
      }
      if (!changed) continue;
      const auto yaml = joined(lines);
      SCOPED_TRACE(fmt::format("{}, round {} of {}:\n{}", kMutations[kind].name, round, from.path, yaml));
      const auto plan = planned(yaml, from.path);
      if (!plan) {
        ++broken;
        ++broken_by[kMutations[kind].name];
        EXPECT_EQ(plan.error().code, ExitCode::bad_config);
        for (const auto& line : lines_of(plan.error())) {
          EXPECT_THAT(line, MatchesRegex(".*\\.yaml:[0-9]+:[0-9]+: .*"));
          EXPECT_GT(line.size(), from.path.size() + 25);
          EXPECT_LT(line.size(), from.path.size() + 1000);
        }
        continue;
      }
      ++still_good;
      const auto record = session_record(*plan).scenarios.at(0).resolved_yaml;
      const auto again = planned(record, from.path);
      ASSERT_TRUE(again) << again.error().message << "\n" << record;
      EXPECT_EQ(session_record(*again).scenarios.at(0).resolved_yaml, record);
      ASSERT_EQ(plan->cases.size(), again->cases.size());
      for (std::size_t i = 0; i < plan->cases.size(); ++i) {
        EXPECT_EQ(plan->cases[i].label, again->cases[i].label);
        EXPECT_EQ(plan->cases[i].target, again->cases[i].target);
      }
    }
  }
  RecordProperty("broken", broken);
  RecordProperty("still_good", still_good);
  EXPECT_GE(broken, 200);
  EXPECT_GE(still_good, 10);
  EXPECT_GE(broken_by.size(), kMutations.size() - 3);  // nearly each of them breaks something
}

std::string refusal(const std::string& yaml) {
  const auto plan = planned(yaml, "s.yaml");
  return plan ? "accepted" : plan.error().message;
}

std::string repeated(std::string_view what, std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  while (text.size() + what.size() <= bytes) text += what;
  return text;
}

TEST(HostileScenarios, AnchorsThatReferToThemselvesOrExplodeAreRefused) {
  for (const char* yaml :
       {"&x\n- *x\n", "name: &a [*a]\n", "a: &a {b: *a}\n", "&a a: *a\n", "a: &a\n  <<: *a\n",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"})
    EXPECT_THAT(refusal(yaml), AnyOf(HasSubstr("anchors (&"), HasSubstr("aliases (*"))) << yaml;
}

TEST(HostileScenarios, LargeFilesAreRefusedOrReadInOneGo) {
  constexpr std::size_t kLarge = kMostYamlBytes / 32;
  EXPECT_EQ(refusal(std::string(10'000'000, 'a')),
            "s.yaml:1:1: the file has more than 1048576 bytes; a scenario is never that long, split it");
  for (const char* piece : {"[", "{", "- ",    "? ", ": ", "\"", "'",  "|\n", "a: [", "{a: ", "&",   "*",
                            "!", "%", "---\n", "\n", " ",  "\t", "# ", "a\n", "a:\n", "<<: ", "[],", "{},"})
    EXPECT_THAT(refusal(repeated(piece, kLarge)), StartsWith("s.yaml:")) << piece;
  std::string many_keys = "name: s\n";
  std::string values = "name: s\nload: {path: \"/{a}\"}\nmatrix:\n  a: [0";
  std::string profiles = "name: s\nprofiles:\n";
  std::string excludes = "name: s\nload: {path: \"/{a}\"}\nmatrix:\n  a: [0, 1]\n  exclude:\n";
  std::string placeholders = "name: s\nload: {path: \"/";
  for (int i = 0; i < 10'000; ++i) {
    many_keys += fmt::format("key{}: 1\n", i);
    values += fmt::format(",v{}", i);
    profiles += fmt::format("  p{}: {{}}\n", i);
    excludes += "    - {a: 1}\n";
    placeholders += "{port}{abc}";
  }
  EXPECT_THAT(refusal(many_keys), HasSubstr("key 'key0' is unknown"));
  EXPECT_THAT(refusal(values + "]\n"), HasSubstr("the matrix has 10001 cases"));
  EXPECT_THAT(refusal(profiles), HasSubstr("profiles: 10000 are more than 100"));
  EXPECT_THAT(refusal(excludes), HasSubstr("matrix.exclude has 10000 items, more than 1000"));
  EXPECT_THAT(refusal(placeholders + "\"}\n"), HasSubstr("is no axis of this scenario"));
  EXPECT_THAT(refusal("name: s\ntitle: " + std::string(900'000, 'x') + "\nload: {path: \"/{a}\"}\nmatrix: {a: [\"" +
                      std::string(100'000, 'y') + "\", \"z y\"]}\n"),
              HasSubstr("s.yaml:"));
}

TEST(HostileScenarios, MuchTextTimesManyCasesIsRefused) {
  std::string yaml =
      "name: s\nload: {path: \"/{a}\", headers: {A: \"" + std::string(500'000, 'x') + "\"}}\nmatrix: {a: [0";
  for (int i = 1; i < 900; ++i) yaml += fmt::format(",{}", i);
  EXPECT_THAT(refusal(yaml + "]}\n"), HasSubstr("times 900 cases; shorten their values"));
  std::string product = "name: s\nload: {path: \"/";
  for (int i = 0; i < 10'000; ++i) product += "{a}";
  EXPECT_THAT(refusal(product + "\"}\nmatrix: {a: [\"" + std::string(10'000, 'x') + "\"]}\n"),
              HasSubstr("would be more than 1048576 bytes with the axes' values filled in"));
}

TEST(HostileScenarios, TrialsBeyondAllPatienceAreRefused) {
  EXPECT_THAT(refusal("name: s\ntrials: 10000\nload: {path: \"/{a}{b}\"}\nmatrix: {a: [1,2,3,4,5,6,7,8,9,10], b: "
                      "[1,2,3,4,5,6,7,8,9,10,11]}\n"),
              HasSubstr("come to 1100000 trials, more than 1000000"));
}

TEST(HostileScenarios, BinaryGarbageIsRefused) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    std::string bytes;
    for (std::size_t i = 0; i < 1 + 40 * seed; ++i) bytes += static_cast<char>(random.below(256));
    EXPECT_THAT(refusal(bytes), MatchesRegex("s\\.yaml:[0-9]+:[0-9]+: .*")) << seed;
  }
  EXPECT_THAT(refusal("\xef\xbb\xbfname: s\nload: {pathe: /}\n"), HasSubstr("key 'pathe' is unknown in load"));
  EXPECT_THAT(refusal(std::string("n\0a\0m\0e\0:\0 \0s\0", 14)), HasSubstr("byte 0x00 is not allowed"));
  EXPECT_THAT(refusal("\x7f"
                      "ELF\x02\x01\x01"),
              HasSubstr("is this a YAML text file in UTF-8?"));
}

TEST(HostileScenarios, LineBreaksAreRefusedWhereTheyWouldForgeALine) {
  for (const char* end : {R"(\r\n)", R"(\n)", R"(\r)"}) {
    const auto text = fmt::format("\"a{}b\"", end);
    for (const auto& yaml :
         {"name: " + text, "name: s\ntitle: " + text, "name: s\nload: {path: " + text + "}",
          "name: s\nload: {path: \"/{p}\"}\nvars: {p: " + text + "}", "name: s\nload: {headers: {A: " + text + "}}",
          "name: s\nload: {headers: {" + text + ": b}}", "name: s\nload: {path: \"/{p}\"}\nmatrix: {p: " + text + "}",
          "name: s\nload: {path: \"/{p}\"}\nmatrix: {p: 1, include: [{p: " + text + "}]}",
          "name: s\nmatrix: {" + text + ": 1}", "name: s\nprofiles: {" + text + ": {trials: 1}}",
          "name: s\nservices: " + text, "name: s\nextends: " + text,
          "name: s\ntarget: {command: [./x, \"{port}\"], ready: " + text + "}",
          "name: s\npublished: {figures: [{label: " + text + ", value: 1}]}",
          "name: s\nclaims: [{id: " + text + ", statement: s, no_test: t}]"})
      EXPECT_THAT(refusal(yaml + "\n"), MatchesRegex("s\\.yaml:[0-9]+:[0-9]+: .*")) << yaml;
  }
}

TEST(HostileScenarios, ControlCharactersAreRefusedInEveryValue) {
  for (const char* character : {R"(\0)", R"(\x01)", R"(\e)", R"(\x7f)", R"(\b)"}) {
    const auto text = fmt::format("\"a{}b\"", character);
    for (const auto& yaml :
         {"name: s\nquestion: " + text, "name: s\ntarget: {command: [./x, \"{port}\", " + text + "]}",
          "name: s\nload: {expect: {body: " + text + "}}", "name: s\n" + text + ": 1"})
      EXPECT_THAT(refusal(yaml + "\n"), HasSubstr("is not allowed in a value")) << yaml;
  }
}

}  // namespace
}  // namespace hotlap::harness
