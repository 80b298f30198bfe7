#include "loadgen/transport/write_stamps.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

constexpr Instant kEarly{1'000};
constexpr Instant kLate{2'000};

TEST(WriteStamps, AWriteIsStampedByTheOffsetOfItsLastByte) {
  WriteStamps stamps;
  stamps.handed_over(1, 100);
  stamps.handed_over(1, 50);
  EXPECT_FALSE(stamps.all_stamped());
  stamps.stamped(99, kEarly);
  EXPECT_FALSE(stamps.all_stamped());
  stamps.stamped(149, kLate);
  EXPECT_TRUE(stamps.all_stamped());
  EXPECT_EQ(stamps.answered(1), kEarly);
  EXPECT_EQ(stamps.answered(1), kLate);
}

TEST(WriteStamps, RequestsOfOneWriteShareItsStampHoweverTheyAreAnswered) {
  WriteStamps stamps;
  stamps.handed_over(24, 2'400);
  stamps.stamped(2'399, kEarly);
  EXPECT_EQ(stamps.answered(20), kEarly);
  EXPECT_EQ(stamps.answered(4), kEarly);
}

TEST(WriteStamps, AWriteWithoutAStampHasNone) {
  WriteStamps stamps;
  stamps.handed_over(1, 100);
  EXPECT_EQ(stamps.answered(1), std::nullopt);
  stamps.stamped(99, kEarly);  // too late, and of nobody that waits
  stamps.handed_over(1, 100);
  EXPECT_EQ(stamps.answered(1), std::nullopt);
}

TEST(WriteStamps, APartOfAWriteIsNotTheWrite) {
  WriteStamps stamps;
  stamps.handed_over(1, 100);
  stamps.stamped(59, kEarly);
  stamps.stamped(99, kLate);
  EXPECT_EQ(stamps.answered(1), kLate);
}

TEST(WriteStamps, WritesThatLeaveInOnePacketShareItsStamp) {
  WriteStamps stamps;
  stamps.handed_over(1, 100);
  stamps.handed_over(1, 100);
  stamps.stamped(199, kLate);
  EXPECT_EQ(stamps.answered(1), kLate);
  EXPECT_EQ(stamps.answered(1), kLate);
}

TEST(WriteStamps, BytesThatAreSentAgainKeepTheirFirstStamp) {
  WriteStamps stamps;
  stamps.handed_over(1, 100);
  stamps.handed_over(1, 100);
  stamps.stamped(99, kEarly);
  stamps.stamped(99, kLate);
  EXPECT_FALSE(stamps.all_stamped());
  EXPECT_EQ(stamps.answered(1), kEarly);
  EXPECT_EQ(stamps.answered(1), std::nullopt);
}

TEST(WriteStamps, OffsetsGoOnBeyondFourGigabytes) {
  WriteStamps stamps;
  std::uint64_t end = 0;
  for (int i = 0; i < 10; ++i) {
    end += 1'000'000'000;
    stamps.handed_over(1, 1'000'000'000);
    stamps.stamped(static_cast<std::uint32_t>(end - 1), Instant{i});
    EXPECT_EQ(stamps.answered(1), Instant{i});
  }
}

TEST(WriteStamps, ManyWritesInFlightAreKeptInOrder) {
  WriteStamps stamps;
  constexpr std::uint32_t kInFlight = 100;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    stamps.handed_over(1, 10);
    if (i >= kInFlight) {
      EXPECT_EQ(stamps.answered(1), Instant{i - kInFlight});
    }
    stamps.stamped(10 * i + 9, Instant{i});
  }
}

TEST(WriteStamps, ANewConnectionStartsAtZero) {
  WriteStamps stamps;
  stamps.handed_over(3, 100);
  stamps.stamped(99, kEarly);
  stamps.reset();
  stamps.handed_over(1, 40);
  stamps.stamped(39, kLate);
  EXPECT_EQ(stamps.answered(1), kLate);
}

}  // namespace
}  // namespace hotlap::loadgen
