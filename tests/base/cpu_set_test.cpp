#include "base/cpu_set.h"

#include <gtest/gtest.h>

namespace hotlap {
namespace {

TEST(CpuSet, ReadsAndWritesListsOfRanges) {
  EXPECT_EQ(CpuSet::parse("0,2-3,5").value().text(), "0,2-3,5");
  EXPECT_EQ(CpuSet::parse("1,0").value().text(), "0-1");
  EXPECT_EQ(CpuSet{}.text(), "");
}

TEST(CpuSet, RefusesWhatIsNoList) {
  for (const char* bad : {"", "a", "1-", "-1", "3-2", "0,", ",0", "0 1", "99999"})
    EXPECT_FALSE(CpuSet::parse(bad)) << "'" << bad << "'";
}

TEST(CpuSet, KnowsOverlap) {
  EXPECT_TRUE(CpuSet::parse("0-1").value().overlaps(CpuSet::parse("1-2").value()));
  EXPECT_FALSE(CpuSet::parse("0").value().overlaps(CpuSet::parse("1").value()));
}

TEST(CpuSet, PinningOutsideTheMachineNamesWhatThereIs) {
  const auto pinned = pin_this_thread(CpuSet::parse("1023").value());
  ASSERT_FALSE(pinned);
  EXPECT_NE(pinned.error().message.find(CpuSet::available().text()), std::string::npos);
}

}  // namespace
}  // namespace hotlap
