#include "targets/engines/deadlines.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;
using Awaiting = Deadlines::Awaiting;
using Late = std::vector<std::pair<std::uint32_t, Awaiting>>;

class DeadlinesTest : public testing::Test {
 protected:
  Late late_at(Nanos time) {
    Late found;
    deadlines_.sweep(Instant{} + time, [&](std::uint32_t place, Awaiting what) { found.emplace_back(place, what); });
    return found;
  }
  Deadlines deadlines_{{.idle = 60s, .head = 10s, .body = 30s, .write = 30s, .linger = 2s}};
};

TEST_F(DeadlinesTest, EveryWaitHasItsOwnLimit) {
  const auto idle = deadlines_.enter(), slow = deadlines_.enter(), busy = deadlines_.enter();
  deadlines_.begin(idle, Awaiting::next_request);
  deadlines_.begin(slow, Awaiting::head);
  deadlines_.begin(busy, Awaiting::nothing);
  EXPECT_EQ(late_at(1s), Late{}) << "the first sweep starts the clocks";
  EXPECT_EQ(late_at(10s), Late{});
  EXPECT_EQ(late_at(11s), (Late{{slow, Awaiting::head}}));
  EXPECT_EQ(late_at(61s), (Late{{idle, Awaiting::next_request}, {slow, Awaiting::head}}));
}

TEST_F(DeadlinesTest, GoingOnKeepsTheClockBeginningRestartsIt) {
  const auto drip = deadlines_.enter(), steady = deadlines_.enter();
  deadlines_.begin(drip, Awaiting::head);
  deadlines_.begin(steady, Awaiting::head);
  EXPECT_EQ(late_at(0s), Late{});
  deadlines_.go_on(drip, Awaiting::head);    // a byte more of the same head
  deadlines_.begin(steady, Awaiting::head);  // a head came to its end, the next one began
  EXPECT_EQ(late_at(6s), Late{});
  EXPECT_EQ(late_at(12s), (Late{{drip, Awaiting::head}}));
  deadlines_.go_on(drip, Awaiting::body);
  EXPECT_EQ(late_at(15s), Late{}) << "another wait is a new clock";
}

TEST_F(DeadlinesTest, WhoHasLeftIsNotLateAndItsPlaceIsUsedAgain) {
  const auto first = deadlines_.enter();
  deadlines_.begin(first, Awaiting::close);
  EXPECT_EQ(late_at(0s), Late{});
  deadlines_.leave(first);
  EXPECT_EQ(late_at(10s), Late{});
  EXPECT_EQ(deadlines_.enter(), first);
  EXPECT_EQ(late_at(100s), Late{}) << "waits for nothing until told";
}

TEST_F(DeadlinesTest, SweepsComeOftenEnoughForTheShortestLimit) {
  EXPECT_EQ(deadlines_.interval(), 125ms);
  EXPECT_EQ(Deadlines({.linger = 20s}).interval(), 625ms);
  EXPECT_EQ(Deadlines({.idle = 10ms}).interval(), 5ms);
  EXPECT_EQ(Deadlines({1h, 1h, 1h, 1h, 1h}).interval(), 1s);
}

TEST_F(DeadlinesTest, TenThousandConnectionsAreASmallTable) {
  for (int i = 0; i < 10'000; ++i) deadlines_.begin(deadlines_.enter(), Awaiting::next_request);
  EXPECT_LE(deadlines_.table_bytes(), std::size_t{256} * 1024);
}

}  // namespace
}  // namespace hotlap::targets
