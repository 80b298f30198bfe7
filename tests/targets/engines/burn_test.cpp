#include "targets/engines/burn.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;

TEST(Burn, FractionsOfALinkAreCarriedOver) {
  Burn burn(2.25);
  std::uint64_t sum = 0;
  for (int request = 1; request <= 1000; ++request) {
    const auto links = burn.next_links();
    EXPECT_TRUE(links == 2 || links == 3);
    sum += links;
  }
  EXPECT_EQ(sum, 2250U);
}

TEST(Burn, CalibrationFindsTheLinksThroughAConstantCost) {
  // 1.3 ns a link and 4 ns whatever the length: the first guess is off by a third.
  const auto cost = [](double links) { return 4 + 1.3 * links; };
  for (const Nanos asked : {Nanos(50), Nanos(2000), Nanos(1'000'000)}) {
    const auto found = calibrate_burn(asked, cost);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_NEAR(cost(found->links) / static_cast<double>(asked.count()), 1, 0.001);
    EXPECT_LE(std::abs(found->deviation(asked)), 0.003);
  }
}

TEST(Burn, AProcessorThatChangesItsSpeedIsWaitedFor) {
  int looks = 0;
  const auto found = calibrate_burn(1us, [&](double links) { return links * (++looks < 5 ? 0.7 + 0.1 * looks : 1.5); });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->links * 1.5, 1000, 1);
}

TEST(Burn, OneThatNeverHoldsStillIsAnError) {
  int looks = 0;
  const auto found = calibrate_burn(1us, [&](double links) { return links * (++looks % 2 == 0 ? 1.0 : 1.1); });
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("0.3 %"), std::string::npos) << found.error().message;
}

TEST(Burn, BurnsBeforeTheAnswer) {
  struct Answer final : Handler {
    bool handle(const Request& request, std::string& out, Deferral&) override {
      out += request.body;
      return true;
    }
  };
  struct Nowhere final : Deferral {
    Done defer() override { return {}; }
  } nowhere;
  BurningHandler handler(10, std::make_unique<Answer>());
  std::string out;
  const http1::RequestHead head;
  EXPECT_TRUE(handler.handle({head, "body"}, out, nowhere));
  EXPECT_EQ(out, "body");
}

}  // namespace
}  // namespace hotlap::targets
