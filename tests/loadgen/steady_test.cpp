#include "loadgen/steady.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <vector>

namespace hotlap::loadgen {
namespace {

// After how many slices a run that is judged after each of them is called steady.
std::optional<std::size_t> settles_after(const std::vector<double>& slices) {
  for (std::size_t count = 1; count <= slices.size(); ++count)
    if (is_steady(std::span(slices).first(count))) return count;
  return std::nullopt;
}

TEST(Steady, AConstantRateIsSteadyAsSoonAsThereIsEnoughOfIt) {
  EXPECT_EQ(settles_after(std::vector<double>(20, 100.0)), kSteadySlices);
}

TEST(Steady, NothingIsNeverSteady) {
  EXPECT_FALSE(settles_after(std::vector<double>(100, 0.0)));
  EXPECT_FALSE(is_steady({}));
}

TEST(Steady, ARampIsNotSteadyUntilItsEnd) {
  std::vector<double> slices;
  for (int i = 0; i < 20; ++i) slices.push_back(50 + 5 * i);
  EXPECT_FALSE(settles_after(slices));
  for (int i = 0; i < 20; ++i) slices.push_back(150);
  const auto settled = settles_after(slices);
  ASSERT_TRUE(settled);
  EXPECT_GT(*settled, 24U);
  EXPECT_LE(*settled, 30U);
}

TEST(Steady, AStepIsNotSteadyUntilItLiesBehind) {
  std::vector<double> slices(4, 100.0);
  slices.resize(40, 130.0);
  const auto settled = settles_after(slices);
  ASSERT_TRUE(settled);
  EXPECT_GT(*settled, 9U);
  EXPECT_LE(*settled, 14U);
}

TEST(Steady, ASlowDriftIsATrendHoweverQuietItIs) {
  std::vector<double> slices;
  for (int i = 0; i < 60; ++i) slices.push_back(100 * std::pow(1.005, i));  // 5 % over ten slices
  EXPECT_FALSE(settles_after(slices));
  slices.clear();
  for (int i = 0; i < 60; ++i) slices.push_back(100 * std::pow(1.001, i));  // 1 %: harmless
  EXPECT_EQ(settles_after(slices), kSteadySlices);
}

TEST(Steady, NoiseOfSomePercentSettlesSoonAndWildNoiseLate) {
  std::mt19937_64 random(7);
  const auto noisy = [&](double deviation) {
    std::normal_distribution<double> noise(100, deviation);
    std::vector<double> slices;
    for (int i = 0; i < 50; ++i) slices.push_back(noise(random));
    return settles_after(slices);
  };
  for (int round = 0; round < 50; ++round) {
    const auto settled = noisy(3);
    ASSERT_TRUE(settled);
    EXPECT_LE(*settled, 30U);
  }
}

TEST(Steady, AlternatingHalvesAreNeverSteady) {
  std::vector<double> slices;
  for (int i = 0; i < 100; ++i) slices.push_back(i / 5 % 2 == 0 ? 100 : 60);  // five slow, five fast
  // Only windows that hold as much of either in both halves could pass: none of ten slices does.
  EXPECT_FALSE(settles_after(slices));
}

}  // namespace
}  // namespace hotlap::loadgen
