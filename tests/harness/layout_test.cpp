#include "harness/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

CpuSet cpus(std::string_view text) {
  return CpuSet::parse(text).value();
}

const std::vector kSiblings = {cpus("0,2"), cpus("1,3")};
const std::vector kNone = {cpus("0"), cpus("1"), cpus("2"), cpus("3")};

PlannedCase planned(std::string_view target, std::string_view load) {
  PlannedCase one;
  one.target.cpus = cpus(target);
  one.load.cpus = cpus(load);
  return one;
}

Plan plan_of(std::vector<PlannedCase> cases) {
  Plan plan;
  plan.cases = std::move(cases);
  return plan;
}

TEST(Layout, ShowsWhatSharesACore) {
  EXPECT_EQ(layout_text(plan_of({planned("0", "3"), planned("0", "3")}), cpus("0-3"), kSiblings),
            "  this machine has 0-3; siblings of one core: 0,2 1,3\n  target 0, load 3\n");
  EXPECT_EQ(layout_text(plan_of({planned("0", "3"), planned("0", "2")}), cpus("0-3"), kSiblings),
            "  this machine has 0-3; siblings of one core: 0,2 1,3\n  1 case: target 0, load 3\n"
            "  1 case: target 0, load 2: 0,2 are siblings of one core\n");
  EXPECT_EQ(layout_text(plan_of({planned("0", "3")}), cpus("0-3"), kNone),
            "  this machine has 0-3, each a core of its own\n  target 0, load 3\n");
  EXPECT_THAT(layout_text(plan_of({planned("0", "3")}), cpus("0-3"), {}), HasSubstr("share a core is not known"));
}

TEST(Layout, NamesTheFrontAndWhatIsNotPinned) {
  auto one = planned("0", "3");
  one.target.front = "nginx";
  one.target.front_cpus = cpus("1");
  one.services = {"tuplestore"};
  EXPECT_THAT(layout_text(plan_of({one}), cpus("0-3"), kSiblings),
              HasSubstr("target 0 (its services too), front 1, load 3: 1,3 are siblings of one core"));
  EXPECT_THAT(layout_text(plan_of({PlannedCase{}}), cpus("0"), kNone), HasSubstr("target anywhere, load anywhere"));
}

TEST(Layout, SiblingsOfOneCoreAreAWarningWithItsRemedy) {
  EXPECT_EQ(siblings_warning({planned("0", "3")}, kSiblings), "");
  EXPECT_EQ(siblings_warning({planned("0", "2")}, kNone), "");
  EXPECT_EQ(siblings_warning({planned("0", "0")}, kSiblings), "");  // sharing a processor is another warning
  EXPECT_THAT(siblings_warning({planned("0", "3"), planned("1", "2-3")}, kSiblings),
              AllOf(HasSubstr("siblings of one core (1,3)"), HasSubstr("give target.cpus and load.cpus"),
                    Not(HasSubstr("0,2"))));
}

}  // namespace
}  // namespace hotlap::harness
