#include "targets/stores/tuple/link.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "base/program_path.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

Operation echo(std::int64_t number) {
  return {.kind = OperationKind::eval, .tuple = {number}, .text = "return ..."};
}

class AsyncLinkTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = RunningStore::tuplestore();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  std::unique_ptr<RunningStore> server_;
  EventLoop loop_;
};

void expect_every_answer_matches(EventLoop& loop, const TupleStoreOptions& options) {
  AsyncLink link(loop, options);
  constexpr std::int64_t kOperations = 5000;  // far beyond what may be in flight
  std::int64_t answered = 0;
  for (std::int64_t number = 0; number < kOperations; ++number)
    link.submit(echo(number), [&answered, number](const Outcome& outcome) {
      EXPECT_EQ(outcome.value(), (Rows{{number}}));
      ++answered;
    });
  EXPECT_TRUE(run_until(loop, [&] { return answered == kOperations; }));
  EXPECT_FALSE(link.has_unanswered());
}

TEST_F(AsyncLinkTest, PipelinedOperationsGetTheirOwnAnswers) {
  expect_every_answer_matches(loop_, server_->options());
}

TEST_F(AsyncLinkTest, PipelinedOperationsGetTheirOwnAnswersFromTheRealTarantool) {
  if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  const auto real = RunningStore::tarantool();
  ASSERT_TRUE(real) << real.error().message;
  expect_every_answer_matches(loop_, (*real)->options());
}

TEST_F(AsyncLinkTest, AnswersThatOvertakeAreMatchedBySync) {
  if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  const auto real = RunningStore::tarantool();
  ASSERT_TRUE(real) << real.error().message;
  AsyncLink link(loop_, (*real)->options());
  std::string order;
  const Operation slow{.kind = OperationKind::eval, .text = "require('fiber').sleep(0.02) return 'slow'"};
  link.submit(slow, [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.value(), (Rows{{std::string("slow")}}));
    order += 's';
  });
  link.submit(echo(7), [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.value(), (Rows{{std::int64_t{7}}}));
    order += 'e';
  });
  EXPECT_TRUE(run_until(loop_, [&] { return order.size() == 2; }));
  EXPECT_EQ(order, "es");
}

TEST_F(AsyncLinkTest, ReadingGoesOnWhileWritingIsBlocked) {
  AsyncLink link(loop_, server_->options());
  // Requests and answers of 64 KiB each fill both directions' buffers many times over.
  const std::string large(64 * 1024, 'x');
  int answered = 0;
  for (int count = 0; count < 600; ++count)
    link.submit({.kind = OperationKind::eval, .tuple = {large}, .text = "return ..."}, [&](const Outcome& outcome) {
      EXPECT_EQ(outcome.value(), (Rows{{large}}));
      ++answered;
    });
  EXPECT_TRUE(run_until(loop_, [&] { return answered == 600; }));
}

TEST_F(AsyncLinkTest, ACompletionMaySubmitAgainAndClose) {
  AsyncLink link(loop_, server_->options());
  int answered = 0;
  bool never = false;
  link.submit(echo(1), [&](const Outcome&) {
    link.submit(echo(2), [&](const Outcome& outcome) {
      EXPECT_EQ(outcome.value(), (Rows{{std::int64_t{2}}}));
      ++answered;
      link.submit(echo(3), [&](const Outcome&) { never = true; });
      link.close();
    });
  });
  EXPECT_TRUE(run_until(loop_, [&] { return answered == 1; }));
  EXPECT_FALSE(link.has_unanswered());
  EXPECT_FALSE(never);
}

TEST_F(AsyncLinkTest, AKilledServerFailsWhatIsPendingWithCodeZero) {
  AsyncLink link(loop_, server_->options());
  bool first = false;
  link.submit(echo(0), [&](const Outcome& outcome) { first = outcome.has_value(); });
  ASSERT_TRUE(run_until(loop_, [&] { return first; }));
  server_->signal(SIGSTOP);  // so that the operations are surely pending when it dies
  int failed = 0;
  for (std::int64_t number = 0; number < 600; ++number)
    link.submit(echo(number), [&](const Outcome& outcome) {
      EXPECT_EQ(outcome.error().code, 0);
      EXPECT_FALSE(outcome.error().message.empty());
      ++failed;
    });
  server_->signal(SIGKILL);
  EXPECT_TRUE(run_until(loop_, [&] { return failed == 600; }));
  EXPECT_FALSE(link.has_unanswered());
  bool refused = false;
  link.submit(echo(1), [&](const Outcome& outcome) { refused = !outcome; });
  EXPECT_TRUE(run_until(loop_, [&] { return refused; }));
}

TEST_F(AsyncLinkTest, AServerThatNeverGreetsIsGivenUp) {
  const auto listener = listen_tcp(resolve("127.0.0.1", 0).value(), {});
  TupleStoreOptions options{.address = local_address(*listener).value(), .timeout = std::chrono::milliseconds(5)};
  AsyncLink link(loop_, options);
  std::string message;
  link.submit(echo(1), [&](const Outcome& outcome) { message = outcome.error().message; });
  EXPECT_TRUE(run_until(loop_, [&] { return !message.empty(); }));
  EXPECT_TRUE(message.contains("within 5")) << message;
  EXPECT_EQ(BlockingLink(options).execute(echo(1)).error().code, 0);
}

TEST_F(AsyncLinkTest, ABlockingLinkConnectsAgainAfterAFailure) {
  auto options = server_->options();
  BlockingLink link(options);
  EXPECT_EQ(link.execute(echo(1)).value(), (Rows{{std::int64_t{1}}}));
  link.close();
  EXPECT_EQ(link.execute(echo(2)).value(), (Rows{{std::int64_t{2}}}));
}

}  // namespace
}  // namespace hotlap::targets
