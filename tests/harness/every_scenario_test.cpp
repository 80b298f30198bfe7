// The scenarios that come with Hotlap: every one can be planned, whole and in its short profiles.
#include <gmock/gmock.h>

#include <filesystem>

#include "harness/listing.h"
#include "harness/plan.h"
#include "harness/scenario_yaml.h"
#include "harness/validation.h"

namespace hotlap::harness {
namespace {

std::vector<std::string> scenario_files(const std::string& folder = HOTLAP_SOURCE_DIR "/scenarios") {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

Result<Plan> plan_of(const std::string& file, const std::string& profile) {
  auto scenario = load_scenario(file, {.profile = profile, .sets = {}});
  if (!scenario) return std::unexpected(scenario.error());
  return make_plan({std::move(*scenario)}, {.machine = CpuSet::parse("0-1").value()});
}

TEST(EveryScenario, NamesItsQuestionItsArticleAndWhatIsPutToTheTest) {
  ASSERT_GE(scenario_files().size(), 30U);
  for (const auto& file : scenario_files()) {
    const auto scenario = load_scenario(file, {});
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(scenario->name, std::filesystem::path(file).stem().string());
    EXPECT_FALSE(scenario->question.empty()) << file;
    EXPECT_FALSE(scenario->article.empty()) << file;
    EXPECT_FALSE(scenario->claims.empty()) << file;
  }
}

TEST(EveryScenario, CanBePlannedWholeAndShort) {
  Nanos all{};
  for (const auto& file : scenario_files()) {
    for (const char* profile : {"", "smoke", "ci"}) {
      const auto plan = plan_of(file, profile);
      ASSERT_TRUE(plan) << plan.error().message;
      if (std::string_view(profile) == "ci") {
        const auto time = estimated_time(*plan);
        EXPECT_LE(time, std::chrono::seconds(90)) << file;
        all += time;
      }
    }
  }
  EXPECT_LE(all,
            std::chrono::minutes(20));  // of the 25 that all of them may take together; starts of databases come on top
}

TEST(EveryScenario, OfRealStacksIsRightAndLeavesGoTheTimeToCompile) {
  const auto files = scenario_files(HOTLAP_SOURCE_DIR "/scenarios/stacks");
  ASSERT_GE(files.size(), 3U);
  const auto machine = CpuSet::parse("0-1").value();
  EXPECT_THAT(validate_files(files, {}, kMostCases, machine, {HOTLAP_BIN_DIR}).errors, testing::IsEmpty());
  int compiled = 0;
  for (const auto& file : files)
    for (const char* profile : {"", "smoke", "ci"}) {
      const auto plan = plan_of(file, profile);
      ASSERT_TRUE(plan) << plan.error().message;
      const auto text = plan_text(*plan, {HOTLAP_BIN_DIR}, machine, {});
      for (const auto& planned : plan->cases) {
        EXPECT_THAT(text, testing::HasSubstr(planned.label)) << file;
        if (!planned.label.contains("stack=go-")) continue;
        ++compiled;
        EXPECT_GE(planned.target.ready_timeout, std::chrono::minutes(1)) << file << ": " << planned.label;
      }
    }
  EXPECT_GT(compiled, 0);
}

TEST(EveryScenario, IsReadBackFromItsRecordToTheSamePlan) {
  for (const auto& file : scenario_files()) {
    const auto plan = plan_of(file, "ci");
    ASSERT_TRUE(plan) << plan.error().message;
    const auto record = session_record(*plan).scenarios.at(0);
    const auto again = scenario_from_yaml(record.resolved_yaml, file);
    ASSERT_TRUE(again) << again.error().message << "\n" << record.resolved_yaml;
    const auto plan_again = make_plan({*again}, {.machine = CpuSet::parse("0-1").value()});
    ASSERT_TRUE(plan_again) << plan_again.error().message;
    ASSERT_EQ(plan_again->cases.size(), plan->cases.size()) << file;
    for (std::size_t i = 0; i < plan->cases.size(); ++i) {
      EXPECT_EQ(plan_again->cases[i].label, plan->cases[i].label);
      EXPECT_EQ(plan_again->cases[i].target, plan->cases[i].target) << plan->cases[i].label;
    }
  }
}

}  // namespace
}  // namespace hotlap::harness
