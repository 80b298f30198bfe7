#include "loadgen/replay_file.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

TEST(ReplayFile, HoldsSecondsOrDurationsAndMayBeCsv) {
  const auto times = parse_replay(
      "# from a log\n"
      "0\n"
      "\n"
      "0.000000001\r\n"
      "  1.5e-3 , GET, /x\n"
      "250ms,\n"
      "0.25\n"
      "1e0",
      "trace.csv");
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_EQ(*times, (std::vector<Nanos>{Nanos(0), Nanos(1), Nanos(1'500'000), Nanos(250'000'000), Nanos(250'000'000),
                                        Nanos(1'000'000'000)}));
}

TEST(ReplayFile, NineDecimalsAreExactOverAWeek) {
  EXPECT_EQ(parse_replay("604799.123456789", "f").value().front(), Nanos(604'799'123'456'789));
}

TEST(ReplayFile, WhatIsWrongIsSaidWithItsLine) {
  const auto message = [](std::string_view text) {
    const auto times = parse_replay(text, "trace.txt");
    return times ? std::string("accepted") : times.error().message;
  };
  EXPECT_EQ(message("0\n1s\n0.5\n"), "trace.txt:3: 500ms comes after 1s; sort the times");
  for (const char* bad : {"time,url", "-1", "nan", "inf", "1e10", "5 s", "1x", ",1", "0x10", "1..2"})
    EXPECT_TRUE(message("0\n# 1\n" + std::string(bad) + "\n").starts_with("trace.txt:3: '")) << message(bad);
  EXPECT_EQ(message(""), "trace.txt: holds no time");
  EXPECT_EQ(message("# nothing\n\n"), "trace.txt: holds no time");
  EXPECT_FALSE(read_replay(testing::TempDir()));  // a folder
  EXPECT_NE(read_replay("/no/such/file").error().message.find("/no/such/file"), std::string::npos);
}

}  // namespace
}  // namespace hotlap::loadgen
