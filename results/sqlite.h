// SQLite as owned values: a database, a statement, a transaction. Nothing of SQLite's own header leaves sqlite.cpp.
// Bound parameters only; text and blobs are copied. Not thread-safe: one Database, one thread.
// Errors name the file, SQLite's reason and the remedy, with ExitCode::store_failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hotlap::results {

struct Blob {  // bytes that are no text
  std::string_view bytes;
};

struct DatabaseOptions {
  bool create = true;
  std::chrono::milliseconds busy_timeout{5000};
};

// A prepared statement. A failed bind is remembered and told by the next step().
class Statement {
 public:
  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, int value) { return bind(position, static_cast<std::int64_t>(value)); }
  Statement& bind(int position, std::uint64_t value);
  Statement& bind(int position, double value);
  Statement& bind(int position, std::string_view value);
  Statement& bind(int position, const std::string& value) { return bind(position, std::string_view(value)); }
  Statement& bind(int position, const char* value) { return bind(position, std::string_view(value)); }
  Statement& bind(int position, Blob value);
  Statement& bind(int position, const std::optional<std::int64_t>& value);  // nothing is NULL

  // True: a row is there to be read. False: done.
  [[nodiscard]] Result<bool> step();
  void reset();  // to run it again with other values

  // Of the current row, columns from 0; views live until the next step.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] int small(int column) const { return static_cast<int>(integer(column)); }
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, const std::string* path) : statement_(statement), path_(path) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* path_;  // the database's, which outlives its statements
  int bind_failure_ = 0;
};

class Database {
 public:
  [[nodiscard]] static Result<Database> open(const std::string& path, const DatabaseOptions& options = {});

  [[nodiscard]] const std::string& path() const noexcept { return *path_; }
  // One or more statements without parameters or rows.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);

  // One statement with its parameters, to its end; rows are passed over.
  template <class... Values>
  [[nodiscard]] Result<void> run(std::string_view sql, const Values&... values) {
    return query(sql, [](const Statement&) { return Result<void>{}; }, values...);
  }
  // `each_row` is called with the statement standing on a row; its first error ends the query.
  template <class... Values>
  [[nodiscard]] Result<void> query(std::string_view sql, const std::function<Result<void>(const Statement&)>& each_row,
                                   const Values&... values) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    int position = 0;  // NOLINT(misc-const-correctness): a call without values changes nothing
    (statement->bind(++position, values), ...);
    for (;;) {
      const auto row = statement->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) return {};
      if (auto taken = each_row(*statement); !taken) return taken;
    }
  }
  [[nodiscard]] Result<std::int64_t> integer(
      std::string_view sql);  // the first column of the first row; 0 without rows
  [[nodiscard]] std::int64_t last_insert_id() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(sqlite3* handle, std::string path)
      : path_(std::make_unique<std::string>(std::move(path))), handle_(handle) {}
  std::unique_ptr<std::string> path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// Begins at once as the only writer; what is not committed is rolled back.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

// Statements in a row: after the first failure the rest is passed over, and result() tells that failure.
class Steps {
 public:
  explicit Steps(Database& database) : database_(database) {}
  template <class... Values>
  Steps& run(std::string_view sql, const Values&... values) {
    if (result_) result_ = database_.run(sql, values...);
    return *this;
  }
  [[nodiscard]] bool ok() const noexcept { return result_.has_value(); }
  [[nodiscard]] Result<void> result() const { return result_; }

 private:
  Database& database_;
  Result<void> result_;
};

}  // namespace hotlap::results
