#include "targets/stores/embedded/embedded_store.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hotlap::targets {
namespace {

Outcome execute(Store& store, const Operation& operation) {
  Outcome answered;
  store.lease([&](std::expected<LinkLease, StoreError> lease) {
    (*lease)->submit(operation, [&](Outcome outcome) { answered = std::move(outcome); });
  });
  return answered;
}

TEST(EmbeddedStore, AnswersFromTheProvisionedDataBeforeSubmitReturns) {
  const auto store = make_embedded_store();
  EXPECT_EQ(execute(*store, {.kind = OperationKind::call, .text = "box.space.stickers:count"}).value(),
            (Rows{{std::int64_t{16'200}}}));
}

TEST(EmbeddedStore, TellsTheDatabasesErrors) {
  const auto store = make_embedded_store();
  EXPECT_EQ(execute(*store, {.kind = OperationKind::select, .space = 700}).error().code, 36);
}

TEST(EmbeddedStore, ThreadsShareOneDatabaseWithoutLosingWrites) {
  const auto store = make_embedded_store();
  constexpr int kThreads = 4;
  constexpr int kClicks = 500;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&] {
        for (int click = 0; click < kClicks; ++click)
          (void)execute(*store, {.kind = OperationKind::update,
                                 .space = static_cast<std::uint32_t>(Space::server),
                                 .key = {std::int64_t{1}},
                                 .changes = {{'+', 2, std::int64_t{1}}}});
      });
  }
  const auto row = execute(*store, {.kind = OperationKind::select, .space = static_cast<std::uint32_t>(Space::server)});
  EXPECT_EQ(row.value().at(0).at(2), Field(std::int64_t{kThreads * kClicks}));
}

}  // namespace
}  // namespace hotlap::targets
