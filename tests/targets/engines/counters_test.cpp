#include "targets/engines/counters.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

TEST(CounterBoard, SumsTheRowsOfAllWorkers) {
  CounterBoard board(3);
  for (int worker = 0; worker < 3; ++worker) {
    board.row(worker).requests.add(10);
    board.row(worker).responses.add(8);
    board.row(worker).writes.add(2);
  }
  board.row(1).open.add(2);
  board.row(1).open.subtract_from_any_thread(1);
  const auto sum = board.sum();
  EXPECT_EQ(sum.requests, 30U);
  EXPECT_EQ(sum.open, 1U);
  EXPECT_DOUBLE_EQ(sum.responses_per_write(), 4);
  EXPECT_DOUBLE_EQ(EngineCounters().responses_per_write(), 0);
}

TEST(CounterBoard, LooksAtTheCountersAreInNoCount) {
  CounterBoard board(1);
  board.set_apart();  // told before the engine counts it
  EXPECT_EQ(board.sum().requests, 0U);
  board.row(0).requests.add(3);
  board.row(0).responses.add(3);
  EXPECT_EQ(board.sum().requests, 2U);
  EXPECT_EQ(board.sum().responses, 2U);
}

}  // namespace
}  // namespace hotlap::targets
