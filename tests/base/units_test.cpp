#include "base/units.h"

#include <gtest/gtest.h>

namespace hotlap {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsNeedAUnit) {
  EXPECT_EQ(parse_duration("1.5ms").value(), 1500us);
  EXPECT_EQ(parse_duration("2m").value(), 120s);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
  EXPECT_EQ(parse_duration("250ns").value(), 250ns);
  for (const char* bad : {"3", "3x", "", "s", "-1s", "1e3s", "1 s", "nan", "inf", "0x10s", "+1s", "1s "})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(parse_duration("3x").error().message, "duration '3x' is not a number followed by ns, us, ms, s, m or h");
}

TEST(Units, RatesEndInPerSecondAndAreAboveZero) {
  EXPECT_EQ(parse_rate("20k/s").value().per_second, 20000);
  EXPECT_EQ(parse_rate("1.5M/s").value().per_second, 1.5e6);
  for (const char* bad : {"20k", "0/s", "-3/s", "/s", "20 k/s"}) EXPECT_FALSE(parse_rate(bad)) << bad;
}

TEST(Units, CountsAndBytesAreWhole) {
  EXPECT_EQ(parse_count("10k").value(), 10000U);
  EXPECT_EQ(parse_count("1.5k").value(), 1500U);
  EXPECT_FALSE(parse_count("1.5"));
  EXPECT_EQ(parse_bytes("64KiB").value(), 65536U);
  EXPECT_EQ(parse_bytes("10MB").value(), 10'000'000U);
  EXPECT_FALSE(parse_bytes("10"));
}

TEST(Units, ValuesForPeopleHaveThreeDigits) {
  EXPECT_EQ(format_duration(1234567ns), "1.23 ms");
  EXPECT_EQ(format_duration(12ns), "12 ns");
  EXPECT_EQ(format_duration(999'600ns), "1.00 ms");
  EXPECT_EQ(format_duration(-2ms), "-2.00 ms");
  EXPECT_EQ(format_duration(90s), "90.0 s");
  EXPECT_EQ(format_count(1234567), "1.23 M");
  EXPECT_EQ(format_count(42), "42");
  EXPECT_EQ(format_bytes(2948), "2.95 kB");
}

TEST(Units, WrittenDurationsAreReadBackUnchanged) {
  for (const Nanos value : {Nanos(1), Nanos(1500), Nanos(250'000), Nanos(1'500'000'000), Nanos(90'000'000'000),
                            Nanos(0), Nanos(1'234'567), Nanos(3'600'000'000'000)})
    EXPECT_EQ(parse_duration(write_duration(value)).value(), value) << write_duration(value);
  EXPECT_EQ(write_duration(1500ms), "1.5s");
}

TEST(Units, ForeignTextIsShownNotObeyed) {
  EXPECT_EQ(printable("a\x1b[31m\r\n\\"), "a\\x1b[31m\\r\\n\\\\");
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("Grüße ×3 日本 🏁"), "Grüße ×3 日本 🏁");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m \xc0\xaf \xed\xa0\x80 \xe6\x97"),
            "\\xc2\\x9b31m \\xc0\\xaf \\xed\\xa0\\x80 \\xe6\\x97");
}

}  // namespace
}  // namespace hotlap
