#include "base/did_you_mean.h"

#include <gtest/gtest.h>

namespace hotlap {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("engine", "engine"), 0U);
  EXPECT_EQ(edit_distance("engin", "engine"), 1U);
  EXPECT_EQ(edit_distance("engines", "engine"), 1U);
  EXPECT_EQ(edit_distance("enqine", "engine"), 1U);
  EXPECT_EQ(edit_distance("egnine", "engine"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(DidYouMean, NamesTheClosestNameWhenItIsCloseEnough) {
  EXPECT_EQ(did_you_mean("enigne", {"engine", "workers"}), "; did you mean 'engine'?");
  EXPECT_EQ(did_you_mean("trial", {"title", "trials"}), "; did you mean 'trials'?");
}

TEST(DidYouMean, ListsAllNamesWhenNothingIsClose) {
  EXPECT_EQ(did_you_mean("xyz", {"engine", "workers"}), "; expected one of engine, workers");
  EXPECT_EQ(did_you_mean("xyz", {"engine"}), "; expected engine");
  EXPECT_EQ(did_you_mean("xyz", {}), "");
}

TEST(DidYouMean, DoesNotGuessForHugeNames) {
  EXPECT_EQ(did_you_mean(std::string(100'000, 'e'), {"engine"}), "; expected engine");
}

}  // namespace
}  // namespace hotlap
