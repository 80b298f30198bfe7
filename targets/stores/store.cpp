#include "targets/stores/store.h"

namespace hotlap::targets {

// A completion that comes inside lease() or submit() finds `waiting_` empty and only leaves its result: the page goes
// on without ever having been suspended. A later one resumes the page, which may destroy this awaiter: nothing follows.
bool LeaseAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  store_.lease([this](std::expected<LinkLease, StoreError> lease) {
    result_.emplace(std::move(lease));
    if (waiting_) waiting_.resume();
  });
  if (result_) return false;
  waiting_ = waiting;
  return true;
}

bool OperationAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  link_.submit(operation_, [this](Outcome outcome) {
    result_.emplace(std::move(outcome));
    if (waiting_) waiting_.resume();
  });
  if (result_) return false;
  waiting_ = waiting;
  return true;
}

// As above; only the last of the answers resumes the page, and only when it comes after all were submitted.
bool OperationsAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  for (std::size_t number = 0; number < operations_.size(); ++number)
    link_.submit(operations_[number], [this, number](Outcome outcome) {
      results_[number] = std::move(outcome);
      if (++answered_ == operations_.size() && waiting_) waiting_.resume();
    });
  if (answered_ == operations_.size()) return false;
  waiting_ = waiting;
  return true;
}

}  // namespace hotlap::targets
