#include "harness/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "harness/plan.h"
#include "harness/starter.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const CpuSet kMachine = CpuSet::parse("0-1").value();
const Programs kPrograms{HOTLAP_BIN_DIR};

class ValidateFiles : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name, const std::string& yaml) const {
    std::ofstream(folder_ / name) << yaml;
    return folder_ / name;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("hotlap-validate-" + std::to_string(::getpid()));
};

TEST_F(ValidateFiles, SaysWhatEachComesToWithItsProfiles) {
  const auto one = file("one.yaml",
                        "name: one\ntrials: 4\nload: {pipeline: \"{d}\", duration: 1s}\nmatrix: {d: [1, 2]}\n"
                        "profiles: {smoke: {trials: 1, matrix: {d: [2]}}}\n");
  const auto found = validate_files({one}, {}, kMostCases, kMachine, kPrograms);
  EXPECT_THAT(found.errors, IsEmpty());
  EXPECT_EQ(found.text, one + ": ok, 2 cases, 8 trials, about 12 s; profile smoke: 1 case, 1 trial, about 2 s\n");
  const auto smoke =
      validate_files({one}, {.profile = "smoke", .sets = {"load.duration=2s"}}, kMostCases, kMachine, kPrograms);
  EXPECT_EQ(smoke.text, one + ": ok, 1 case, 1 trial, about 3 s\n");
}

TEST_F(ValidateFiles, ReportsTheErrorsOfAllFiles) {
  const auto found = validate_files(
      {file("a.yaml", "name: a\ntrails: 1\n"), file("b.yaml", "name: b\n"),
       file("c.yaml", "name: c\nload: {cpus: \"7\"}\n"), file("d.yaml", "name: b\n"), (folder_ / "none.yaml").string(),
       file("e.yaml", "name: e\nprofiles: {p: {load: {pipeline: 0}}}\n")},
      {}, kMostCases, kMachine, kPrograms);
  EXPECT_THAT(found.text, HasSubstr("b.yaml: ok, 1 case"));
  EXPECT_THAT(found.errors,
              ElementsAre(HasSubstr("a.yaml:2:1: key 'trails'"), HasSubstr("c.yaml:2:14: load.cpus '7' cannot be used"),
                          HasSubstr("d.yaml: the scenario is named 'b', and so is the one in "),
                          HasSubstr("none.yaml cannot be read"),
                          HasSubstr("e.yaml:2:33: load.pipeline: 0 is not between 1 and 4096")));
}

TEST_F(ValidateFiles, RefusesAnExpectationOfStoreCallsThatNobodyWouldCount) {
  std::filesystem::create_directories(folder_ / "services/postgres");
  (void)file("services/postgres/start.sh", "#!/bin/sh\n# needs: postgres\n");
  const std::string target = "target: {command: [\"./server\", \"{port}\"]}\n";
  const std::string expects = "load: {expect: {store_calls: 2}}\n";
  const auto found = validate_files({file("none.yaml", "name: a\n" + target + expects),
                                     file("silent.yaml", "name: b\nservices: postgres\n" + target + expects),
                                     file("counts.yaml", "name: c\nservices: tuplestore\n" + target + expects),
                                     file("ours.yaml", "name: d\n" + expects)},
                                    {}, kMostCases, kMachine, kPrograms);
  EXPECT_THAT(
      found.errors,
      ElementsAre(AllOf(HasSubstr("none.yaml:3:30: load.expect.store_calls: nobody would count them"),
                        HasSubstr("the scenario starts no service that could; name a database in 'services'")),
                  AllOf(HasSubstr("silent.yaml:4:30: "), HasSubstr("service postgres has no '# counts: calls'"))));
  EXPECT_THAT(found.text, AllOf(HasSubstr("counts.yaml: ok"), HasSubstr("ours.yaml: ok")));
}

TEST_F(ValidateFiles, EveryScenarioThatWeShipIsRight) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(HOTLAP_SOURCE_DIR "/scenarios"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  EXPECT_THAT(validate_files(files, {}, kMostCases, kMachine, kPrograms).errors, IsEmpty());
}

Plan plan_of(const Starter& starter) {
  const auto yaml = starter_scenario(starter);
  if (!yaml) throw std::runtime_error(yaml.error().message);  // GoogleTest fails the test with it
  auto scenario = scenario_from_yaml(*yaml, starter.file);
  if (!scenario) throw std::runtime_error(scenario.error().message + *yaml);
  auto plan = make_plan({std::move(*scenario)}, {.machine = kMachine});
  if (!plan) throw std::runtime_error(plan.error().message);
  return std::move(*plan);
}

TEST(Starter, IsAScenarioAsItStands) {
  const auto plan = plan_of({});
  EXPECT_THAT(plan.cases, SizeIs(2));
  EXPECT_EQ(plan.cases[1].load.connections, 16);
  EXPECT_EQ(plan.cases[0].target.command.front(), "python3");
  EXPECT_THAT(plan.scenarios[0].profiles, ElementsAre("smoke"));
}

TEST(Starter, TakesAnyCommandAsItIs) {
  const std::vector<std::string> command = {"./my server", "--say=\"hi\"", "back\\slash", "#: {a}", "--port={port}"};
  EXPECT_EQ(plan_of({.command = {"./x", "- &a *b", "--port={port}"}}).cases[0].target.command[1], "- &a *b");
  const auto yaml = starter_scenario({.command = command});
  const auto scenario = scenario_from_yaml(*yaml, "s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  std::vector<std::string> read;
  for (const auto& setting : scenario->target)
    if (setting.key == "command") read.push_back(setting.text);
  EXPECT_EQ(read, command);
}

TEST(Starter, RefusesWhatIsNoUrl) {
  EXPECT_FALSE(starter_scenario({.url = "ftp://x"}));
}

}  // namespace
}  // namespace hotlap::harness
