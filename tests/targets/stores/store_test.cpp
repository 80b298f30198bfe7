#include "targets/stores/store.h"

#include <gtest/gtest.h>

#include <coroutine>
#include <exception>
#include <optional>

namespace hotlap::targets {
namespace {

// A page in its simplest form: runs at once, and destroys itself at its end.
struct Page {
  struct promise_type {
    Page get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

// Completes at once, or when the test says so.
class ScriptedStore final : public Store, public Link {
 public:
  explicit ScriptedStore(bool at_once) : at_once_(at_once) {}
  void lease(LeaseCompletion done) override {
    auto answer = [this, done = std::move(done)]() mutable {
      done(LinkLease(this, LinkDeleter{[this](Link*) { ++released; }}));
    };
    at_once_ ? answer() : (void)(later = std::move(answer));
  }
  void carry_out(const Operation& operation, Completion done) override {
    auto answer = [text = operation.text, done = std::move(done)]() mutable { done(Rows{{text}}); };
    at_once_ ? answer() : (void)(later = std::move(answer));
  }
  void complete_next() {
    auto next = std::move(later);
    next();
  }
  std::move_only_function<void()> later;
  int released = 0;

 private:
  bool at_once_;
};

Page ask(Store& store, std::optional<Outcome>& into) {
  auto lease = co_await store_lease(store);
  const Operation operation{.kind = OperationKind::eval, .text = "hello"};
  into = co_await on(**lease, operation);
}

TEST(Store, APageThatIsAnsweredAtOnceNeverSuspends) {
  ScriptedStore store(true);
  std::optional<Outcome> outcome;
  ask(store, outcome);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(**outcome, (Rows{{std::string("hello")}}));
  EXPECT_EQ(store.released, 1);
}

TEST(Store, APageThatIsAnsweredLaterGoesOnFromTheCompletion) {
  ScriptedStore store(false);
  std::optional<Outcome> outcome;
  ask(store, outcome);
  store.complete_next();
  EXPECT_FALSE(outcome);
  EXPECT_EQ(store.released, 0);
  store.complete_next();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(**outcome, (Rows{{std::string("hello")}}));
  EXPECT_EQ(store.released, 1);
}

TEST(Store, AnEmptyLeaseReleasesNothing) {
  ScriptedStore store(true);
  {
    const LinkLease shared(&store);
  }
  EXPECT_EQ(store.released, 0);
}

}  // namespace
}  // namespace hotlap::targets
