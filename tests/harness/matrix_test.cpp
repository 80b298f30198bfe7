#include "harness/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Axis axis(const std::string& name, const std::vector<std::string>& values) {
  Axis made{name, {}, {}};
  for (const auto& value : values) made.values.push_back({value, {}});
  return made;
}

std::vector<std::string> labels(const Scenario& scenario) {
  std::vector<std::string> all;
  const auto cases = expand(scenario);
  EXPECT_TRUE(cases) << cases.error().message;
  for (const auto& parameters : cases.value_or(std::vector<results::Parameters>{})) all.push_back(label_of(parameters));
  return all;
}

Scenario two_axes() {
  Scenario scenario;
  scenario.axes = {axis("engine", {"blocking", "epoll"}), axis("depth", {"1", "24"})};
  return scenario;
}

TEST(Matrix, CrossesAxesWithTheFirstSlowest) {
  EXPECT_THAT(labels(two_axes()), ElementsAre("engine=blocking depth=1", "engine=blocking depth=24",
                                              "engine=epoll depth=1", "engine=epoll depth=24"));
}

TEST(Matrix, WithoutAxesThereIsOneCase) {
  EXPECT_THAT(labels(Scenario{}), ElementsAre("single"));
}

TEST(Matrix, ExclusionsNeedAllTheirConditionsAndAnyOfTheirValues) {
  auto scenario = two_axes();
  scenario.excludes = {{{{"engine", {"blocking"}}, {"depth", {"24", "48"}}}, {}}};
  EXPECT_THAT(labels(scenario),
              ElementsAre("engine=blocking depth=1", "engine=epoll depth=1", "engine=epoll depth=24"));
}

TEST(Matrix, InclusionsComeLastAndAreNeverExcluded) {
  auto scenario = two_axes();
  scenario.excludes = {{{{"engine", {"epoll"}}}, {}}};
  scenario.includes = {{{{"engine", "epoll"}, {"depth", "99"}}, {}}};
  EXPECT_THAT(labels(scenario),
              ElementsAre("engine=blocking depth=1", "engine=blocking depth=24", "engine=epoll depth=99"));
}

TEST(Matrix, AThousandCasesAreAllowedAndOneMoreIsNot) {
  Scenario scenario;
  scenario.axes = {axis("a", std::vector<std::string>(1000, "v"))};
  EXPECT_TRUE(expand(scenario));
  scenario.axes = {axis("a", std::vector<std::string>(1001, "v"))};
  EXPECT_THAT(expand(scenario).error().message, HasSubstr("1001 cases"));
}

TEST(Filter, ReadsSeveralAxesAndSeveralValues) {
  const auto filter = Filter::parse({"engine=epoll,pipelined,depth=24", "page=/a=b"});
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_TRUE(filter->keeps({{"engine", "epoll"}, {"depth", "24"}, {"page", "/a=b"}}));
  EXPECT_TRUE(filter->keeps({{"engine", "pipelined"}, {"depth", "24"}, {"page", "/a=b"}}));
  EXPECT_FALSE(filter->keeps({{"engine", "blocking"}, {"depth", "24"}, {"page", "/a=b"}}));
  EXPECT_FALSE(filter->keeps({{"engine", "epoll"}, {"depth", "1"}, {"page", "/a=b"}}));
}

TEST(Filter, RefusesWhatItCannotRead) {
  for (const char* text : {"epoll", "=epoll", "", "engine=a,,b", ","}) {
    const auto filter = Filter::parse({text});
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, ExitCode::usage);
  }
}

TEST(Filter, NamesTheAxesOfTheScenario) {
  auto scenario = two_axes();
  scenario.name = "s";
  EXPECT_EQ(Filter::parse({"dept=1"})->fits(scenario).error().message,
            "filter: scenario s has no axis 'dept'; did you mean 'depth'?");
}

}  // namespace
}  // namespace hotlap::harness
