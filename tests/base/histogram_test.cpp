#include "base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace hotlap {
namespace {

TEST(Histogram, EveryValueIsReadBackWithinOneThousandth) {
  for (double value = 1; value < 3.6e12; value *= 1.37) {
    Histogram histogram;
    const auto ns = static_cast<std::int64_t>(value);
    histogram.record(Nanos(1));  // so that max() alone does not decide
    histogram.record(Nanos(ns));
    histogram.record(Nanos(3'600'000'000'000));
    const auto read = histogram.quantile(0.5).count();
    EXPECT_GE(read, ns);
    EXPECT_LE(static_cast<double>(read - ns), 0.001 * static_cast<double>(ns) + 1e-9) << ns;
  }
}

TEST(Histogram, QuantilesAgreeWithSortedSamples) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> service(11, 1.2);
  Histogram histogram;
  std::vector<std::int64_t> samples;
  for (int i = 0; i < 20000; ++i) {
    samples.push_back(static_cast<std::int64_t>(service(random)) + 1);
    histogram.record(Nanos(samples.back()));
  }
  std::ranges::sort(samples);
  for (const double q : {0.001, 0.25, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact = static_cast<double>(samples[static_cast<std::size_t>(std::ceil(q * 20000)) - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(q).count()) / exact, 1, 0.0011) << q;
  }
  EXPECT_EQ(histogram.min().count(), samples.front());
  EXPECT_EQ(histogram.max().count(), samples.back());
  EXPECT_EQ(histogram.quantile(1).count(), samples.back());
  EXPECT_EQ(histogram.count(), 20000U);
}

TEST(Histogram, ValuesOutsideTheRangeAreClampedAndCounted) {
  Histogram histogram;
  histogram.record(std::chrono::hours(2), 3);
  histogram.record(Nanos(-5));
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_EQ(histogram.clamped(), 3U);
  EXPECT_EQ(histogram.max(), std::chrono::hours(1));
  EXPECT_EQ(histogram.min(), Nanos(1));
}

TEST(Histogram, MergingEqualsRecordingTogether) {
  Histogram first, second, both;
  for (int i = 1; i < 1000; ++i) {
    (i % 3 ? first : second).record(Nanos(i * i), 2);
    both.record(Nanos(i * i), 2);
  }
  first.merge(second);
  EXPECT_EQ(first, both);
  EXPECT_EQ(first.mean(), both.mean());
  EXPECT_EQ(first.max(), both.max());
}

TEST(Histogram, WhatWasMergedCanBeTakenAwayAgain) {
  Histogram whole, part, rest;
  for (int i = 1; i < 1000; ++i) (i % 7 ? rest : part).record(Nanos(i * i), 3);
  whole.merge(rest);
  whole.merge(part);
  EXPECT_EQ(whole.without(part), rest);
  EXPECT_EQ(whole.without({}), whole);
  EXPECT_TRUE(whole.without(whole).empty());
}

TEST(Histogram, MeanAndDeviationComeFromTheSamples) {
  Histogram histogram;
  histogram.record(Nanos(100), 50);
  histogram.record(Nanos(300), 50);
  EXPECT_EQ(histogram.mean(), Nanos(200));
  EXPECT_EQ(histogram.standard_deviation(), Nanos(100));
  EXPECT_EQ(Histogram{}.mean(), Nanos(0));
  EXPECT_EQ(Histogram{}.quantile(0.5), Nanos(0));
}

TEST(HistogramCodec, DecodingGivesBackEveryCount) {
  Histogram histogram;
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i)
    histogram.record(Nanos(static_cast<std::int64_t>(random() % 3'600'000'000'000)) + Nanos(1));
  histogram.record(Nanos(1), 1ULL << 40);
  const auto decoded = Histogram::decode(histogram.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, histogram);
  const auto from_text = Histogram::decode_base64(histogram.encode_base64());
  ASSERT_TRUE(from_text);
  EXPECT_EQ(*from_text, histogram);
  const auto empty = Histogram::decode(Histogram{}.encode());
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->empty());
}

// Written by the Java HdrHistogram 2.1.11 of Debian 12 (libhdrhistogram-java): new Histogram(1, 3600000000000L, 3) with
// the values 1, 1000 (twice), 123456, 98765432 and 3599999999999, then encodeIntoCompressedByteBuffer, in base64.
TEST(HistogramCodec, ReadsWhatTheJavaLibraryWrote) {
  const auto decoded =
      Histogram::decode_base64("HISTFAAAADF4nJNpmSzMwMAgwAABzFCaEch0M9ixgMH+A1SE6TQ/y/48po0zGZnOf2JkAgC+lAl7");
  ASSERT_TRUE(decoded) << decoded.error().message;
  Histogram expected;
  for (const std::int64_t ns : {std::int64_t{1}, std::int64_t{1000}, std::int64_t{1000}, std::int64_t{123456},
                                std::int64_t{98765432}, std::int64_t{3599999999999}})
    expected.record(Nanos(ns));
  EXPECT_EQ(*decoded, expected);
}

TEST(HistogramCodec, DamagedBytesAreRefusedNeverObeyed) {
  Histogram histogram;
  for (int i = 1; i < 2000; ++i) histogram.record(Nanos(i * 1000));
  const std::string whole = histogram.encode();
  for (std::size_t cut = 0; cut < whole.size(); ++cut) EXPECT_FALSE(Histogram::decode(whole.substr(0, cut))) << cut;
  std::mt19937_64 random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = whole;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)Histogram::decode(damaged);  // may be refused or, where zlib's sum cannot see it, read; never crash
  }
  EXPECT_FALSE(Histogram::decode_base64("not base64!"));
  EXPECT_FALSE(Histogram::decode(""));
}

TEST(Histogram, DrainedBucketsAddUpToWhatWasThere) {
  Histogram whole, copy;
  for (int i = 1; i < 3000; i += 7) whole.record(Nanos(i * i), static_cast<std::uint64_t>(i));
  copy.merge(whole);
  Histogram again;
  again.add(whole.drain());
  EXPECT_EQ(again, copy);
  EXPECT_TRUE(whole.empty());
  EXPECT_EQ(whole, Histogram());
  EXPECT_TRUE(whole.drain().empty());
  whole.record(Nanos(5));
  EXPECT_EQ(whole.quantile(1), Nanos(5)) << "nothing of before is left";
}

}  // namespace
}  // namespace hotlap
