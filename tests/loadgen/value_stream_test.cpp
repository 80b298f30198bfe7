#include "loadgen/value_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace hotlap::loadgen {
namespace {

using load::ValueSource;
using Law = ValueSource::Law;

std::vector<std::string> draw(const ValueSource& source, int count, std::uint64_t seed = 1, int worker = 0,
                              int workers = 1) {
  ValueStream stream(source, seed, worker, workers);
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.emplace_back(stream.next());
  return values;
}

using Values = std::vector<std::string>;

TEST(ValueStream, ASequenceIsDealtOutSoThatNoTwoWorkersSendTheSame) {
  const ValueSource source{.name = "id", .law = Law::sequence, .low = 10, .high = 1'000'000};
  EXPECT_EQ(draw(source, 3, 1, 0, 3), (Values{"10", "13", "16"}));
  EXPECT_EQ(draw(source, 3, 1, 1, 3), (Values{"11", "14", "17"}));
  EXPECT_EQ(draw(source, 3, 1, 2, 3), (Values{"12", "15", "18"}));
}

TEST(ValueStream, ASequenceBeginsAgainAfterItsLastValue) {
  EXPECT_EQ(draw({.name = "id", .low = 1, .high = 3}, 7), (Values{"1", "2", "3", "1", "2", "3", "1"}));
  EXPECT_EQ(draw({.name = "id", .low = -1, .high = 1}, 5, 1, 1, 2), (Values{"0", "-1", "1", "0", "-1"}));
  EXPECT_EQ(draw({.name = "id", .low = 7, .high = 7}, 3, 1, 4, 5), (Values{"7", "7", "7"}));
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(draw({.name = "id", .low = kLeast, .high = kMost}, 2),
            (Values{"-9223372036854775808", "-9223372036854775807"}));
  EXPECT_EQ(draw({.name = "id", .low = kMost - 1, .high = kMost}, 3),
            (Values{"9223372036854775806", "9223372036854775807", "9223372036854775806"}));
}

TEST(ValueStream, AListIsTakenInTurnOverAllWorkers) {
  const ValueSource source{.name = "word", .law = Law::list, .items = {"a", "b", "c"}};
  EXPECT_EQ(draw(source, 4), (Values{"a", "b", "c", "a"}));
  EXPECT_EQ(draw(source, 3, 1, 0, 2), (Values{"a", "c", "b"}));
  EXPECT_EQ(draw(source, 3, 1, 1, 2), (Values{"b", "a", "c"}));
}

TEST(ValueStream, TheSeedTheNameAndTheWorkerDecide) {
  const ValueSource source{.name = "n", .law = Law::uniform, .low = 0, .high = 1'000'000'000};
  auto renamed = source;
  renamed.name = "m";
  const auto drawn = draw(source, 20, 7);
  EXPECT_EQ(drawn, draw(source, 20, 7));
  EXPECT_NE(drawn, draw(source, 20, 8));
  EXPECT_NE(drawn, draw(renamed, 20, 7));
  EXPECT_NE(drawn, draw(source, 20, 7, 1, 2));
}

TEST(ValueStream, UniformReachesAllValuesEquallyOften) {
  std::map<std::string, int> seen;
  for (const auto& value : draw({.name = "n", .law = Law::uniform, .low = -2, .high = 2}, 50'000)) ++seen[value];
  ASSERT_EQ(seen.size(), 5U);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 10'000, 450) << value;  // five standard deviations
}

class EveryExponent : public testing::TestWithParam<double> {};

TEST_P(EveryExponent, ZipfRanksComeAsOftenAsTheLawSays) {
  constexpr int kDraws = 200'000;
  constexpr int kRanks = 50;
  const double exponent = GetParam();
  std::map<std::string, int> seen;
  const ValueSource source{.name = "n", .law = Law::zipf, .low = 101, .high = 100 + kRanks, .exponent = exponent};
  for (const auto& value : draw(source, kDraws, 3)) ++seen[value];
  double sum = 0;
  for (int rank = 1; rank <= kRanks; ++rank) sum += std::pow(rank, -exponent);
  int found = 0;
  for (int rank = 1; rank <= kRanks; ++rank) {
    const double expected = kDraws * std::pow(rank, -exponent) / sum;
    const int count = seen[std::to_string(100 + rank)];
    EXPECT_NEAR(count, expected, 5 * std::sqrt(expected) + 2) << "rank " << rank;
    found += count;
  }
  EXPECT_EQ(found, kDraws) << "nothing outside the range";
}

INSTANTIATE_TEST_SUITE_P(ValueStream, EveryExponent, testing::Values(0.2, 0.99, 1.0, 1.5, 4.0));

TEST(ValueStream, ZipfTakesOneValueAndVeryMany) {
  EXPECT_EQ(draw({.name = "n", .law = Law::zipf, .low = 5, .high = 5}, 3), (Values{"5", "5", "5"}));
  for (const auto& value : draw({.name = "n", .law = Law::zipf, .low = 1, .high = 1'000'000'000'000}, 1000)) {
    const auto number = std::stoll(value);
    EXPECT_GE(number, 1);
    EXPECT_LE(number, 1'000'000'000'000);
  }
}

TEST(ValueStream, UuidsAreOfVersionFourAndDiffer) {
  std::set<std::string> seen;
  for (int worker = 0; worker < 3; ++worker) {
    for (const auto& uuid : draw({.name = "u", .law = Law::uuid}, 1000, 1, worker, 3)) {
      ASSERT_EQ(uuid.size(), 36U);
      for (std::size_t i = 0; i < uuid.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        EXPECT_EQ(uuid[i] == '-', dash) << uuid;
        EXPECT_NE(std::string_view("0123456789abcdef-").find(uuid[i]), std::string_view::npos) << uuid;
      }
      EXPECT_EQ(uuid[14], '4') << uuid;
      EXPECT_NE(std::string_view("89ab").find(uuid[19]), std::string_view::npos) << uuid;
      seen.insert(uuid);
    }
  }
  EXPECT_EQ(seen.size(), 3000U);
}

}  // namespace
}  // namespace hotlap::loadgen
