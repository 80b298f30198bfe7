// The timers by which waits over epoll end, where nothing else happens.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/system_calls.h"
#include "loadgen/transport/epoll.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

struct Nothing final : Transport::Events {
  void on_connected(std::uint32_t, int, Instant) override {}
  void on_received(std::uint32_t, std::string_view, Instant) override {}
  void on_skipped(std::uint32_t, std::uint64_t, Instant) override {}
  void on_sent(std::uint32_t, Instant) override {}
  void on_ended(std::uint32_t, int, bool, Instant) override {}
};

TEST(EpollAlarms, OneThatWasSetAheadIsNotSetAgain) {
  const auto epoll = EpollTransport::create(1, Waiting::asleep).value();
  Nothing nothing;
  // Of the second of two waits; most often, for a stall may leave it nothing to wait for.
  const auto system_calls = [&](bool foreseen) {
    std::array<std::uint64_t, 21> made{};
    for (auto& calls : made) {
      const Instant start = monotonic_now();
      if (foreseen) epoll->foresee(start + 4ms);
      epoll->wait(start + 2ms, nothing);
      const auto before = system_calls_made();
      epoll->wait(start + 4ms, nothing);
      calls = system_calls_made() - before;
    }
    std::ranges::nth_element(made, made.begin() + 10);
    return made[10];
  };
  EXPECT_EQ(system_calls(false), 2U) << "set, and wait";
  EXPECT_EQ(system_calls(true), 1U);
}

TEST(EpollAlarms, NoWaitEndsBeforeItsTimeWithinAMargin) {
  const auto epoll = EpollTransport::create(1, Waiting::punctual).value();
  Nothing nothing;
  std::mt19937 random(7);
  const auto gap = [&] { return Nanos(std::chrono::microseconds(random() % 500)); };
  Instant until = monotonic_now(), foreseen = until;
  for (int i = 0; i < 3000; ++i) {
    until = i % 3 == 0 ? until + gap() : foreseen;  // as it was foreseen, or not
    foreseen = until + gap();
    epoll->foresee(foreseen);
    epoll->wait(until, nothing);
    ASSERT_GE(monotonic_now(), until) << i;
  }
}

}  // namespace
}  // namespace hotlap::loadgen
