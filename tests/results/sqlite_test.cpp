#include "results/sqlite.h"

#include <gmock/gmock.h>

#include "tests/results/session_fixture.h"

namespace hotlap::results {
namespace {

TEST(Database, KeepsValuesOfEveryTypeExactly) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("CREATE TABLE v(i INTEGER, r REAL, t TEXT, b BLOB) STRICT"));
  const std::string bytes("\0\xff'", 3);
  ASSERT_TRUE(database->run("INSERT INTO v VALUES(?, ?, ?, ?)", std::int64_t{-5}, 0.1, bytes, Blob{bytes}));
  int rows = 0;
  ASSERT_TRUE(database->query("SELECT i, r, t, b FROM v", [&](const Statement& row) {
    ++rows;
    EXPECT_EQ(row.integer(0), -5);
    EXPECT_DOUBLE_EQ(row.real(1), 0.1);
    EXPECT_EQ(row.text(2), bytes);
    EXPECT_EQ(row.bytes(3), bytes);
    return Result<void>{};
  }));
  EXPECT_EQ(rows, 1);
}

TEST(Database, EmptyTextAndBlobsAreNotNull) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("CREATE TABLE v(t TEXT NOT NULL, b BLOB NOT NULL) STRICT"));
  EXPECT_TRUE(database->run("INSERT INTO v VALUES(?, ?)", std::string_view{}, Blob{}));
}

TEST(Statement, RunsAgainAfterReset) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  auto statement = database->prepare("SELECT ? + 1");
  ASSERT_TRUE(statement);
  for (const int value : {1, 41}) {
    statement->bind(1, value);
    ASSERT_TRUE(*statement->step());
    EXPECT_EQ(statement->integer(0), value + 1);
    EXPECT_FALSE(*statement->step());
    statement->reset();
  }
}

TEST(Statement, TellsABadBindAtTheNextStep) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  auto statement = database->prepare("SELECT 1");
  statement->bind(7, 1);
  EXPECT_FALSE(statement->step());
}

TEST(Transaction, RollsBackUnlessCommitted) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("CREATE TABLE v(i INTEGER) STRICT"));
  for (const bool commit : {false, true}) {
    auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database->execute("INSERT INTO v VALUES(1)"));
    if (commit) {
      ASSERT_TRUE(transaction->commit());
    }
  }
  EXPECT_EQ(*database->integer("SELECT count(*) FROM v"), 1);
}

TEST(Steps, StopAtTheFirstFailure) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("CREATE TABLE v(i INTEGER) STRICT"));
  Steps steps(*database);
  steps.run("INSERT INTO v VALUES(?)", 1).run("INSERT INTO w VALUES(?)", 2).run("INSERT INTO v VALUES(?)", 3);
  ASSERT_FALSE(steps.ok());
  EXPECT_THAT(steps.result().error().message, testing::HasSubstr("no such table: w"));
  EXPECT_EQ(*database->integer("SELECT count(*) FROM v"), 1);
}

}  // namespace
}  // namespace hotlap::results
