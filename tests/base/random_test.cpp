#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace hotlap {
namespace {

TEST(Random, IsSplitMix64) {
  // Vigna's reference implementation (prng.di.unimi.it/splitmix64.c), seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, SameSeedSameShuffleOtherSeedAnother) {
  std::vector<int> a(50);
  std::iota(a.begin(), a.end(), 0);
  auto b = a;
  auto c = a;
  Random(7).shuffle(a);
  Random(7).shuffle(b);
  Random(8).shuffle(c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  std::ranges::sort(a);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(a[static_cast<std::size_t>(i)], i);
}

TEST(Random, ShufflesWithoutFavourites) {
  // Each of 3 values at each of 3 places: 1,000 expected, standard deviation about 26; the seed is fixed.
  std::array<std::array<int, 3>, 3> seen{};
  Random random(42);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::size_t> values = {0, 1, 2};
    random.shuffle(values);
    for (std::size_t place = 0; place < 3; ++place) ++seen[place][values[place]];
  }
  for (const auto& place : seen)
    for (const int count : place) EXPECT_NEAR(count, 1000, 110);
}

TEST(Random, BelowStaysBelow) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(3), 3U);
  EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
}  // namespace hotlap
