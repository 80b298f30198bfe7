#include "targets/stores/postgres/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <libpq-fe.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "targets/stores/postgres/document.h"
#include "targets/stores/postgres/sqlstate.h"
#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::postgres {
namespace {

struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultOwner = std::unique_ptr<PGresult, Clear>;

// Type ids of PostgreSQL's own catalogue (pg_type.dat); they never change.
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;

std::string numeric_host(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* host = address.family() == AF_INET6
                         ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr)
                         : &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr;
  return ::inet_ntop(address.family(), host, text.data(), text.size()) ? text.data() : "";
}

std::string one_line(std::string_view message) {
  while (message.ends_with('\n') || message.ends_with(' ')) message.remove_suffix(1);
  std::string line(message);
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\t', ' ');
  return line;
}

std::string_view text_of(const PGresult* result, int row, int column) {
  return {PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column))};
}

Field field_of(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return {};
  const auto text = text_of(result, row, column);
  switch (PQftype(result, column)) {
    case kBool:
      return text == "t";
    case kInt2:
    case kInt4:
    case kInt8: {
      std::int64_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    default:
      return text;
  }
}

Outcome rows_of(const PGresult* result, ResultShape shape) {
  const int count = PQntuples(result);
  const int columns = PQnfields(result);
  std::size_t text_bytes = 0;  // at most: a text in a document is no longer than how it is written there
  for (int row = 0; row < count; ++row)
    for (int column = 0; column < columns; ++column) text_bytes += text_of(result, row, column).size();
  Rows rows(text_bytes);
  rows.reserve(static_cast<std::size_t>(shape == ResultShape::values ? columns : count),
               static_cast<std::size_t>(count) * static_cast<std::size_t>(columns));
  for (int row = 0; row < count; ++row) {
    if (shape == ResultShape::documents) {
      const auto tuple = tuple_of(text_of(result, row, 0));
      if (!tuple)
        return std::unexpected(StoreError{iproto::code::kFieldType, "a document is no array of plain values"});
      for (const auto& value : *tuple) rows.add_copy(targets::field_of(value));
    } else {
      for (int column = 0; column < columns; ++column) {
        rows.add_copy(field_of(result, row, column));
        if (shape == ResultShape::values && column + 1 < columns) rows.end_row();
      }
    }
    rows.end_row();
  }
  return rows;
}

std::string_view field_of(const PGresult* result, int field) {
  const auto* text = PQresultErrorField(result, field);
  return text ? text : "";
}

Connection::Answer refusal_of(const PGresult* result) {
  Connection::Answer answer;
  answer.sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  const auto severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  answer.fatal = severity == "FATAL" || severity == "PANIC";
  auto message = one_line(field_of(result, PG_DIAG_MESSAGE_PRIMARY));
  if (message.empty()) message = one_line(PQresultErrorMessage(result));
  if (const auto detail = field_of(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty()) message += ": " + one_line(detail);
  if (!answer.sqlstate.empty()) message += fmt::format(" (SQLSTATE {})", answer.sqlstate);
  answer.outcome = std::unexpected(StoreError{code_of_sqlstate(answer.sqlstate), std::move(message)});
  return answer;
}

}  // namespace

struct Connection::Handle {
  PGconn* connection = nullptr;
  Fd descriptor;
  std::vector<const char*> values;  // of one execute(); kept so that it allocates once

  void duplicate() noexcept {
    const int socket = PQsocket(connection);
    if (socket >= 0) descriptor = Fd(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  }
};

void Connection::Close::operator()(Handle* handle) const noexcept {
  PQfinish(handle->connection);
  delete handle;
}

Connection::Connection(const PostgresStoreOptions& options) : handle_(new Handle) {
  const auto host = numeric_host(options.address);
  const auto port = std::to_string(options.address.port());
  const auto settings = fmt::format("-c search_path={},public", name_of(options.schema));
  const std::array keywords = {"hostaddr",
                               "port",
                               "user",
                               "password",
                               "dbname",
                               "options",
                               "sslmode",
                               "gssencmode",
                               "client_encoding",
                               "application_name",
                               static_cast<const char*>(nullptr)};
  const std::array values = {host.c_str(),
                             port.c_str(),
                             options.user.c_str(),
                             options.password.c_str(),
                             options.database.c_str(),
                             settings.c_str(),
                             "disable",
                             "disable",
                             "UTF8",
                             "hotlap-target",
                             static_cast<const char*>(nullptr)};
  handle_->connection = PQconnectStartParams(keywords.data(), values.data(), 0);
  check(handle_->connection, "libpq has memory for a connection");
  PQsetNoticeProcessor(handle_->connection, [](void*, const char*) {}, nullptr);
  handle_->duplicate();
}

int Connection::descriptor() const noexcept {
  return handle_->descriptor.get();
}

Connection::Progress Connection::advance() {
  if (PQstatus(handle_->connection) == CONNECTION_BAD || !handle_->descriptor) return Progress::failed;
  switch (PQconnectPoll(handle_->connection)) {
    case PGRES_POLLING_READING:
      return Progress::wants_to_read;
    case PGRES_POLLING_WRITING:
      return Progress::wants_to_write;
    case PGRES_POLLING_OK:
      return PQsetnonblocking(handle_->connection, 1) == 0 && PQenterPipelineMode(handle_->connection) == 1
                 ? Progress::ready
                 : Progress::failed;
    default:
      return Progress::failed;
  }
}

bool Connection::prepare(const std::string& name, const std::string& text) {
  return PQsendPrepare(handle_->connection, name.c_str(), text.c_str(), 0, nullptr) == 1;
}

bool Connection::execute(const std::string& name, const Statement& statement) {
  auto& values = handle_->values;
  values.clear();
  for (const auto& parameter : statement.parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  return PQsendQueryPrepared(handle_->connection, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr,
                             nullptr, 0) == 1;
}

bool Connection::sync() {
  return PQpipelineSync(handle_->connection) == 1;
}

Connection::Flushed Connection::flush() {
  const int left = PQflush(handle_->connection);
  return left == 0 ? Flushed::all : left == 1 ? Flushed::some : Flushed::failed;
}

bool Connection::read() {
  return PQconsumeInput(handle_->connection) == 1;
}

// A null result ends a command's results, and also stands where there is no command: the second in a row means that.
std::optional<Connection::Answer> Connection::next(ResultShape shape) {
  for (int nulls = 0; nulls < 2 && !PQisBusy(handle_->connection);) {
    const ResultOwner result(PQgetResult(handle_->connection));
    if (!result) {
      ++nulls;
      continue;
    }
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_SYNC:
        return Answer{.kind = Answer::Kind::synced, .outcome = {}, .sqlstate = {}};
      case PGRES_PIPELINE_ABORTED:
        return Answer{.kind = Answer::Kind::passed_over, .outcome = {}, .sqlstate = {}};
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        return Answer{.outcome = rows_of(result.get(), shape), .sqlstate = {}};
      default:
        return refusal_of(result.get());
    }
  }
  return std::nullopt;
}

std::string Connection::error() const {
  auto message = one_line(PQerrorMessage(handle_->connection));
  return message.empty() ? "the connection is lost" : message;
}

}  // namespace hotlap::targets::postgres
