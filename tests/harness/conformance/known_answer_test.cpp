#include "harness/conformance/known_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;

ReceivedAnswer answer(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

TEST(KnownAnswer, ReliesOnlyOnWhatWasTheSameTwice) {
  const auto stable = know({}, answer(200, "UGLY"), answer(200, "UGLY"));
  EXPECT_TRUE(fits(stable, answer(200, "UGLY")));
  EXPECT_FALSE(fits(stable, answer(200, "NICE")));
  const auto changing = know({}, answer(200, "at 12:00"), answer(200, "at 12:01"));
  EXPECT_TRUE(fits(changing, answer(200, "at 12:02")));
  EXPECT_FALSE(fits(changing, answer(200, "at noon!!")));
  const auto growing = know({}, answer(200, "9"), answer(200, "10"));
  EXPECT_TRUE(fits(growing, answer(200, "whatever")));
  EXPECT_FALSE(fits(growing, answer(404, "10")));
}

TEST(KnownAnswer, IsToldApartByWhatIsCertain) {
  const auto page = know({}, answer(200, "UGLY"), answer(200, "UGLY"));
  EXPECT_TRUE(tell_apart(page, know({}, answer(404, "UGLY"), answer(404, "UGLY"))));
  EXPECT_TRUE(tell_apart(page, know({}, answer(200, "NICE"), answer(200, "NICE"))));
  EXPECT_FALSE(tell_apart(page, know({}, answer(200, "UGLY"), answer(200, "UGLY"))));
  EXPECT_FALSE(tell_apart(page, know({}, answer(200, "ABCD"), answer(200, "ABCE"))));
}

TEST(KnownAnswer, KeepsTheConnectionOnlyWhenBothDid) {
  auto closing = answer(200, "");
  closing.keep_alive = false;
  EXPECT_FALSE(know({}, answer(200, ""), closing).keep_alive);
}

TEST(MixedOrder, NoReversalLooksLikeTheOriginal) {
  EXPECT_THAT(mixed_order(4, 1), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(mixed_order(4, 2), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(mixed_order(5, 2), ElementsAre(0, 1, 0, 1, 1));
  for (std::size_t count = 2; count <= 24; ++count)
    for (std::size_t kinds = 2; kinds <= 3; ++kinds) {
      const auto order = mixed_order(count, kinds);
      auto reversed = order;
      std::ranges::reverse(reversed);
      EXPECT_NE(order, reversed) << count << " of " << kinds;
    }
}

}  // namespace
}  // namespace hotlap::harness
