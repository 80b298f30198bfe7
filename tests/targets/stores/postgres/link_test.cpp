#include "targets/stores/postgres/link.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "tests/targets/stores/postgres/running_postgres.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets::postgres {
namespace {

Operation echo(std::int64_t number) {
  return {.kind = OperationKind::eval, .tuple = {number}, .text = "return ..."};
}
Operation new_secret(const std::string& token) {
  return {.kind = OperationKind::insert,
          .space = static_cast<std::uint32_t>(Space::secret),
          .tuple = {token, std::int64_t{1}, std::string("20000"), std::string("url")}};
}
Operation one_more_user() {
  return {.kind = OperationKind::update,
          .space = static_cast<std::uint32_t>(Space::server),
          .key = {std::int64_t{1}},
          .changes = {{'+', 1, std::int64_t{1}}}};
}
// Reads, and fails when it runs: the number is beyond the column's.
Operation failing_read() {
  return {.kind = OperationKind::select,
          .space = static_cast<std::uint32_t>(Space::server),
          .key = {std::int64_t{5'000'000'000}}};
}
const Operation kUsers{
    .kind = OperationKind::select, .space = static_cast<std::uint32_t>(Space::server), .key = {std::int64_t{1}}};

class PostgresLinkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = RunningPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
    auto server = RunningPostgres::start();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    options_ = server_->options();
  }
  [[nodiscard]] Outcome answer(AsyncLink& link, const Operation& operation) {
    std::optional<Outcome> answered;
    link.submit(operation, [&](Outcome outcome) { answered = std::move(outcome); });
    if (!run_until(loop_, [&] { return answered.has_value(); })) return std::unexpected(StoreError{-1, "no answer"});
    return std::move(*answered);
  }
  // Asks until the server is back, at most ten seconds.
  [[nodiscard]] bool comes_back(AsyncLink& link) {
    const Instant deadline = monotonic_now() + std::chrono::seconds(10);
    while (monotonic_now() < deadline) {
      if (answer(link, echo(7))) return true;
      bool turned = false;
      loop_.after(std::chrono::milliseconds(5), [&] { turned = true; });
      (void)run_until(loop_, [&] { return turned; });
    }
    return false;
  }

  std::unique_ptr<RunningPostgres> server_;
  PostgresStoreOptions options_;
  EventLoop loop_;
};

TEST_F(PostgresLinkTest, PipelinedOperationsGetTheirOwnAnswersInOrder) {
  AsyncLink link(loop_, options_);
  constexpr std::int64_t kOperations = 3000;  // far beyond what may be in flight
  std::int64_t answered = 0;
  for (std::int64_t number = 0; number < kOperations; ++number) {
    const bool write = number % 3 == 0;
    link.submit(write ? new_secret(std::to_string(number)) : echo(number),
                [&answered, number, write](const Outcome& outcome) {
                  EXPECT_EQ(answered, number);
                  EXPECT_EQ(owned(outcome.value().at(0).at(0)), write ? Value(std::to_string(number)) : Value(number));
                  ++answered;
                });
  }
  EXPECT_TRUE(run_until(loop_, [&] { return answered == kOperations; }));
  EXPECT_FALSE(link.has_unanswered());
  EXPECT_EQ(server_->query("SELECT count(*) FROM relational.secret"), "1000");

  // Requests and answers of 64 KiB each fill both directions' buffers many times over.
  const std::string large(64 * 1024, 'x');
  answered = 0;
  for (int count = 0; count < 300; ++count)
    link.submit({.kind = OperationKind::eval, .tuple = {large}, .text = "return ..."}, [&](const Outcome& outcome) {
      EXPECT_EQ(outcome.value(), (Rows{{large}}));
      ++answered;
    });
  EXPECT_TRUE(run_until(loop_, [&] { return answered == 300; }));
}

TEST_F(PostgresLinkTest, AFailingOperationFailsNobodyElse) {
  AsyncLink link(loop_, options_);
  ASSERT_TRUE(answer(link, new_secret("taken")));
  for (int round = 0; round < 2; ++round) {  // statements being prepared, and prepared
    const auto users = std::get<std::int64_t>(answer(link, kUsers).value().at(0).at(1));
    std::vector<Operation> turn;
    for (const char* fresh : {"a", "b", "c"}) {
      turn.push_back(one_more_user());
      turn.push_back(new_secret("taken"));
      turn.push_back(echo(1));
      turn.push_back(failing_read());
      turn.push_back(echo(2));
      turn.push_back(failing_read());
      turn.push_back(echo(3));
      turn.push_back(new_secret(fresh + std::to_string(round)));
    }
    std::vector<std::optional<Outcome>> outcomes(turn.size());
    for (std::size_t number = 0; number < turn.size(); ++number)
      link.submit(turn[number], [&outcomes, number](Outcome outcome) {
        EXPECT_FALSE(outcomes[number].has_value());
        outcomes[number] = std::move(outcome);
      });
    EXPECT_TRUE(run_until(loop_, [&] { return !link.has_unanswered(); }));
    for (std::size_t number = 0; number < turn.size(); ++number) {
      ASSERT_TRUE(outcomes[number].has_value()) << number;
      const auto& outcome = *outcomes[number];
      if (number % 8 == 1) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, 3);
        EXPECT_TRUE(outcome.error().message.contains("duplicate key")) << outcome.error().message;
      } else if (number % 8 == 3 || number % 8 == 5) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, 95);
      } else {
        EXPECT_TRUE(outcome) << number << ": " << outcome.error().message;
      }
    }
    EXPECT_EQ(std::get<std::int64_t>(answer(link, kUsers).value().at(0).at(1)), users + 3);
    EXPECT_EQ(outcomes[2]->value(), (Rows{{std::int64_t{1}}}));
    EXPECT_EQ(outcomes[4]->value(), (Rows{{std::int64_t{2}}}));
  }
  EXPECT_EQ(server_->query("SELECT count(*) FROM relational.secret"), "7");
}

TEST_F(PostgresLinkTest, AStatementThatCannotBePreparedFailsWithItsReasonAndAlone) {
  auto elsewhere = options_;
  elsewhere.database = "postgres";  // has no tables of ours
  AsyncLink link(loop_, elsewhere);
  for (int round = 0; round < 2; ++round) {
    std::vector<int> codes;
    for (int count = 0; count < 2; ++count) {
      link.submit(kUsers, [&](const Outcome& outcome) {
        codes.push_back(outcome.error().code);
        EXPECT_TRUE(outcome.error().message.contains("does not exist")) << outcome.error().message;
        EXPECT_TRUE(outcome.error().message.contains("server")) << outcome.error().message;
      });
      link.submit(echo(count), [&](const Outcome& outcome) { codes.push_back(outcome ? -1 : outcome.error().code); });
    }
    EXPECT_TRUE(run_until(loop_, [&] { return codes.size() == 4; }));
    EXPECT_EQ(codes, (std::vector<int>{36, -1, 36, -1}));
  }
}

TEST_F(PostgresLinkTest, ACompletionMaySubmitAgainAndClose) {
  AsyncLink link(loop_, options_);
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
  EXPECT_EQ(answer(link, echo(4)).value(), (Rows{{std::int64_t{4}}}));  // on a new connection
  EXPECT_FALSE(never);
}

TEST_F(PostgresLinkTest, AKilledServerFailsAllThatIsPendingAndServesAgainWhenItIsBack) {
  AsyncLink link(loop_, options_);
  BlockingLink blocking(options_);
  ASSERT_TRUE(answer(link, echo(0)));
  blocking.submit(echo(1), [](const Outcome& outcome) { EXPECT_TRUE(outcome); });

  // Once the backends only, which the server replaces by itself; then all of it, and another one on its port.
  for (const bool whole_server : {false, true}) {
    server_->signal(SIGSTOP);  // so that the operations are surely pending when it dies
    int failed = 0;
    for (std::int64_t number = 0; number < 600; ++number)
      link.submit(number % 2 == 0 ? echo(number) : one_more_user(), [&](const Outcome& outcome) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, 0);
        EXPECT_TRUE(outcome.error().message.contains(options_.address.text())) << outcome.error().message;
        ++failed;
      });
    const auto port = options_.address.port();
    if (whole_server) {
      server_->kill_server();
    } else {
      server_->kill_backends();
      server_->signal(SIGCONT);
    }
    EXPECT_TRUE(run_until(loop_, [&] { return failed == 600; }));
    EXPECT_FALSE(link.has_unanswered());
    if (whole_server) {
      EXPECT_EQ(answer(link, echo(1)).error().code, 0);
      server_.reset();
      auto again = RunningPostgres::start(port);
      ASSERT_TRUE(again) << again.error().message;
      server_ = std::move(*again);
    }
    EXPECT_TRUE(comes_back(link));
    bool answered = false;
    const Instant deadline = monotonic_now() + std::chrono::seconds(10);
    while (!answered && monotonic_now() < deadline)
      blocking.submit(echo(1), [&](const Outcome& outcome) { answered = outcome.has_value(); });
    EXPECT_TRUE(answered);
  }
}

TEST_F(PostgresLinkTest, AServerThatDoesNotAnswerIsGivenUp) {
  const auto listener = listen_tcp(resolve("127.0.0.1", 0).value(), {});
  auto silent = options_;
  silent.address = local_address(*listener).value();
  silent.timeout = std::chrono::milliseconds(5);
  AsyncLink link(loop_, silent);
  const auto refused = answer(link, echo(1));
  EXPECT_EQ(refused.error().code, 0);
  EXPECT_TRUE(refused.error().message.contains("within 5")) << refused.error().message;
  BlockingLink(silent).submit(echo(1), [](const Outcome& outcome) { EXPECT_EQ(outcome.error().code, 0); });

  auto stopped = options_;
  stopped.timeout = std::chrono::milliseconds(200);
  BlockingLink blocking(stopped);
  blocking.submit(echo(1), [](const Outcome&) {});  // connects, if it does so in time
  server_->signal(SIGSTOP);
  blocking.submit(echo(2), [](const Outcome& outcome) { EXPECT_EQ(outcome.error().code, 0); });
  AsyncLink async(loop_, stopped);
  EXPECT_EQ(answer(async, echo(3)).error().code, 0);
  server_->signal(SIGCONT);
}

}  // namespace
}  // namespace hotlap::targets::postgres
