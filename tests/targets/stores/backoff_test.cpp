#include "targets/stores/backoff.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesWithEveryFailureUpToAFifthOfASecond) {
  Backoff backoff;
  const Instant now{1'000'000'000};
  EXPECT_FALSE(backoff.holds(now));
  for (const int expected_ms : {10, 20, 40, 80, 160, 200, 200}) {
    backoff.failed(now);
    EXPECT_TRUE(backoff.holds(now + (milliseconds(expected_ms) - Nanos(1))));
    EXPECT_FALSE(backoff.holds(now + milliseconds(expected_ms)));
  }
}

TEST(Backoff, BeginsAgainAfterASuccess) {
  Backoff backoff;
  const Instant now{1};
  backoff.failed(now);
  backoff.failed(now);
  backoff.succeeded();
  EXPECT_FALSE(backoff.holds(now));
  backoff.failed(now);
  EXPECT_FALSE(backoff.holds(now + milliseconds(10)));
}

}  // namespace
}  // namespace hotlap::targets
