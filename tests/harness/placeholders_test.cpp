#include "harness/placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Placeholders, AreNamesInBracesAndNothingElse) {
  EXPECT_THAT(placeholders("/{page}?d={depth}"), ElementsAre("page", "depth"));
  EXPECT_THAT(placeholders(R"({"hello": {"a": 1}})"), IsEmpty());
  EXPECT_THAT(placeholders("{ page } {Page} {}"), IsEmpty());
  EXPECT_THAT(placeholders("{port}{tuplestore}"), ElementsAre("port", "tuplestore"));
}

TEST(FillIn, ReplacesWhatItKnowsAndLeavesTheRest) {
  EXPECT_EQ(fill_in("/{page}/{x}/{page}", {{"page", "ugly"}}), "/ugly/{x}/ugly");
  EXPECT_EQ(fill_in(R"({"a": "{page}"})", {{"page", "ugly"}}), R"({"a": "ugly"})");
  EXPECT_EQ(fill_in("{page", {{"page", "ugly"}}), "{page");
  EXPECT_EQ(fill_in("{a}", {{"a", "{b}"}, {"b", "c"}}), "{b}");
}

}  // namespace
}  // namespace hotlap::harness
