// An operation as a prepared SQL statement: the text, which is the same for all operations of a kind, and the values
// that it leaves open. Pure: from value to value, no connection. What PostgreSQL would do otherwise than Tarantool is
// refused here with Tarantool's code (wrong types, unknown fields, missing keys).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "targets/stores/postgres/tables.h"
#include "targets/stores/store.h"

namespace hotlap::targets::postgres {

enum class ResultShape : std::uint8_t {
  rows,       // a column is a field
  documents,  // the only column is a tuple as a JSON array
  values,     // the only row's columns are rows of one value each, as call and eval answer
};

struct Statement {
  std::string text;
  std::vector<std::optional<std::string>> parameters;  // as PostgreSQL reads text; nullopt: NULL
  ResultShape shape = ResultShape::rows;
  bool writes = false;
  bool operator==(const Statement&) const = default;
};

// Procedures and expressions are those that pages use (store.h); any other is error 33 or 32, as in hotlap-tuplestore.
[[nodiscard]] std::expected<Statement, StoreError> statement_for(const Operation& operation, Schema schema);

}  // namespace hotlap::targets::postgres
