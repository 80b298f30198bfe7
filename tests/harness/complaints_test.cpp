#include "harness/complaints.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/plan.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TEST(Complaints, StandInTheOrderOfTheFileEachOnce) {
  Complaints complaints;
  for (const char* sentence : {"a.yaml:12:3: third", "a.yaml:2:9: second", "a.yaml:2:1: first", "a.yaml:2:9: second",
                               "base.yaml:1:1: elsewhere"})
    complaints.add({sentence, ExitCode::bad_config});
  EXPECT_EQ(complaints.error().message,
            "a.yaml:2:1: first\na.yaml:2:9: second\na.yaml:12:3: third\nbase.yaml:1:1: elsewhere");
  EXPECT_EQ(complaints.error().code, ExitCode::bad_config);
}

TEST(Complaints, OfSeveralKeepTheirLinesAndOneWithoutAPlaceIsKept) {
  Complaints complaints;
  complaints.add({"a:b.yaml:3:1: x\na:b.yaml:1:1: y: 4:4: z", ExitCode::bad_config});
  complaints.add({"a:b.yaml: no place", ExitCode::bad_config});
  EXPECT_THAT(lines_of(complaints.error()),
              ElementsAre("a:b.yaml:1:1: y: 4:4: z", "a:b.yaml:3:1: x", "a:b.yaml: no place"));
}

TEST(Complaints, AreTwentyAtMost) {
  Complaints complaints;
  for (int line = 100; line > 0; --line) complaints.add({fmt::format("a.yaml:{}:1: x", line), ExitCode::bad_config});
  const auto lines = lines_of(complaints.error());
  EXPECT_THAT(lines, SizeIs(21));
  EXPECT_EQ(lines.front(), "a.yaml:81:1: x");
  EXPECT_EQ(lines.back(), "and more than these 20; mend them first");
}

std::vector<std::string> complaints_about(const std::string& yaml) {
  auto scenario = scenario_from_yaml(yaml, "s.yaml");
  if (!scenario) return lines_of(scenario.error());
  const auto plan = make_plan({std::move(*scenario)}, {.machine = CpuSet::parse("0-1").value()});
  return plan ? std::vector<std::string>{} : lines_of(plan.error());
}

TEST(Mistakes, OfSeveralSectionsAreToldTogether) {
  EXPECT_THAT(
      complaints_about("name: s\n"
                       "load: {path: [], conections: 3}\n"
                       "target: {engine: {a: b}, workers: [1]}\n"
                       "services: [tuplestor]\n"
                       "matrix: {d: [1, 1]}\n"
                       "trials: x\n"),
      ElementsAre(StartsWith("s.yaml:2:14: load.path is a list"), HasSubstr("s.yaml:2:18: key 'conections'"),
                  StartsWith("s.yaml:3:18: target.engine is a mapping"),
                  StartsWith("s.yaml:3:35: target.workers is a list"), StartsWith("s.yaml:4:12: service 'tuplestor'"),
                  StartsWith("s.yaml:5:17: axis 'd' holds"), StartsWith("s.yaml:6:9: trials: count 'x'")));
}

TEST(Mistakes, InValuesAreToldForTargetAndLoadAndEveryCase) {
  EXPECT_THAT(complaints_about("name: s\n"
                               "target: {engine: \"{e}\", workers: 0}\n"
                               "load: {duration: 3, rate: 20k, timeout: 2s}\n"
                               "matrix: {e: [epoll, eopll, bloking]}\n"),
              ElementsAre(HasSubstr("s.yaml:2:34: target.workers: "), HasSubstr("s.yaml:3:18: load.duration: "),
                          HasSubstr("s.yaml:3:27: load.rate: "), HasSubstr("s.yaml:4:21: target.engine: "),
                          HasSubstr("s.yaml:4:28: target.engine: ")));
}

TEST(Mistakes, ThatFollowFromAnotherAreNotTold) {
  // No name, no axis, and no claim that could name it: all because of one letter.
  EXPECT_THAT(complaints_about("nmae: s\n"), ElementsAre(StartsWith("s.yaml:1:1: key 'nmae' is unknown")));
  EXPECT_THAT(complaints_about("name: s\nload: {pipeline: \"{d}\"}\nmatirx: {d: [1, 2]}\n"
                               "profiles: {ci: {matrix: {d: [1]}}}\nseries: d\n"),
              ElementsAre(StartsWith("s.yaml:3:1: key 'matirx' is unknown")));
  EXPECT_THAT(complaints_about("name: s\nload: {pipeline: \"{d}\"}\nmatrix: {d: 1, d 2: 3}\nseries: dd\n"),
              ElementsAre(StartsWith("s.yaml:3:16: axis name 'd 2'")));
}

}  // namespace
}  // namespace hotlap::harness
