#include "results/sqlite.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace hotlap::results {
namespace {

std::unexpected<Error> refuse(std::string_view path, std::string_view what, std::string_view remedy) {
  return fail(fmt::format("database '{}' {}; {}", path, what, remedy), ExitCode::store_failed);
}

constexpr std::string_view kOtherFile = "choose another file with --db";

std::unexpected<Error> sqlite_failure(std::string_view path, int code, std::string_view detail) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return refuse(path, "cannot be written: disk full", "free space or choose another file with --db");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return refuse(path, "cannot be written: no permission", "allow writing to it or choose another file with --db");
    case SQLITE_CANTOPEN:
      return refuse(path, "cannot be opened or created",
                    "allow writing to its folder or choose another file with --db");
    case SQLITE_NOTADB:
      return refuse(path, "is not a database", kOtherFile);
    case SQLITE_CORRUPT:
      return refuse(path, fmt::format("is damaged ({})", detail), "restore a copy or choose another file with --db");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return refuse(path, "is locked by another hotlap", "wait until that ends or choose another file with --db");
    case SQLITE_IOERR:
      return refuse(path, fmt::format("cannot be read or written: {}", detail),
                    "check the disk or choose another file with --db");
    default:
      return refuse(path, fmt::format("failed: {}", detail), kOtherFile);
  }
}

Result<void> check_place(const std::string& path, bool create) {
  namespace fs = std::filesystem;
  if (path.empty()) return fail("the database's file name is empty; name a file with --db", ExitCode::store_failed);
  std::error_code ignored;
  const auto there = fs::status(path, ignored);
  if (fs::is_directory(there)) return refuse(path, "is a folder", "name a file with --db");
  if (fs::exists(there)) return {};
  const auto folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    return refuse(path, fmt::format("cannot be opened: folder '{}' does not exist", folder.string()),
                  "create it or choose another file with --db");
  if (!create) return refuse(path, "does not exist", "run a scenario first or name another file with --db");
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int position, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), position, value);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(int position, std::uint64_t value) {
  return bind(position, static_cast<std::int64_t>(value));
}

Statement& Statement::bind(int position, double value) {
  const int code = sqlite3_bind_double(statement_.get(), position, value);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(int position, std::string_view value) {
  const char* bytes = value.empty() ? "" : value.data();  // a null pointer would bind NULL
  const int code = sqlite3_bind_text64(statement_.get(), position, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(int position, Blob value) {
  const char* bytes = value.bytes.empty() ? "" : value.bytes.data();
  const int code = sqlite3_bind_blob64(statement_.get(), position, bytes, value.bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(int position, const std::optional<std::int64_t>& value) {
  if (value) return bind(position, *value);
  const int code = sqlite3_bind_null(statement_.get(), position);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Result<bool> Statement::step() {
  if (bind_failure_ != 0) return sqlite_failure(*path_, bind_failure_, sqlite3_errstr(bind_failure_));
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_failure(*path_, code, sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // repeats the code that step() has already told
  bind_failure_ = 0;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

std::string_view Statement::bytes(int column) const {
  const void* blob = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return blob == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(blob), size);
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Result<Database> Database::open(const std::string& path, const DatabaseOptions& options) {
  if (auto place = check_place(path, options.create); !place) return std::unexpected(place.error());
  const int flags = SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle, path);  // SQLite hands out a handle to close even when it fails
  if (code != SQLITE_OK)
    return sqlite_failure(path, code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  if (sqlite3_db_readonly(handle, "main") == 1) return sqlite_failure(path, SQLITE_READONLY, {});
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(*path_, code, sqlite3_errmsg(handle_.get()));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(*path_, code, sqlite3_errmsg(handle_.get()));
  return Statement(statement, path_.get());
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  // After some failures SQLite has rolled back by itself; then this one says so and nothing is lost.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace hotlap::results
