#include "targets/stores/postgres/provision_sql.h"

#include <fmt/core.h>

#include <utility>

#include "base/error.h"
#include "targets/stores/postgres/page_procedures.h"
#include "targets/stores/postgres/tables.h"
#include "targets/tuplestore/database.h"
#include "targets/tuplestore/provision.h"

namespace hotlap::targets {
namespace {

using postgres::Schema;
using postgres::Table;

// In COPY's text format: a backslash before what would end the field, the row or the data.
void append_field(std::string& sql, const Field& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    sql += std::to_string(*number);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    for (const char c : *text) {
      if (c == '\\')
        sql += "\\\\";
      else if (c == '\t')
        sql += "\\t";
      else if (c == '\n')
        sql += "\\n";
      else if (c == '\r')
        sql += "\\r";
      else
        sql += c;
    }
  } else {
    sql += "\\N";
  }
}

std::string list(const Table& table, Schema schema, const std::vector<std::uint32_t>& fields) {
  std::string text;
  for (const auto field : fields) {
    if (!text.empty()) text += ", ";
    text += postgres::field_expression(schema, table, field);
  }
  return text;
}

void append_relational(std::string& sql, const Table& table, const Rows& rows) {
  std::string columns;
  for (const auto& column : table.columns)
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", column.name, name_of(column.type));
  const auto& primary = table.indexes.front().fields;
  sql += fmt::format("CREATE TABLE relational.{} ({}, PRIMARY KEY ({}));\n", table.name, columns,
                     list(table, Schema::relational, primary));
  if (!rows.empty()) {
    sql += fmt::format("COPY relational.{} FROM stdin;\n", table.name);
    for (const auto row : rows) {
      for (std::size_t field = 0; field < row.size(); ++field) {
        if (field > 0) sql += '\t';
        append_field(sql, row[field]);
      }
      sql += '\n';
    }
    sql += "\\.\n";
  }
  for (std::uint32_t index = 1; index < table.indexes.size(); ++index)
    sql += fmt::format("CREATE INDEX ON relational.{} ({});\n", table.name,
                       list(table, Schema::relational, order_of(table, index)));
}

// The key is unique as the article's sessions were; of the other indexes only those that the article came to have.
void append_jsonb(std::string& sql, const Table& table, Schema schema) {
  const auto name = fmt::format("{}.{}", name_of(schema), table.name);
  std::string columns;
  for (const auto& column : table.columns) columns += fmt::format("{}{}", columns.empty() ? "" : ", ", column.name);
  sql += fmt::format("CREATE TABLE {} (id serial PRIMARY KEY, data jsonb NOT NULL);\n", name);
  sql += fmt::format("INSERT INTO {} (data) SELECT jsonb_build_array({}) FROM relational.{};\n", name, columns,
                     table.name);
  sql += fmt::format("CREATE UNIQUE INDEX ON {} ({});\n", name, list(table, schema, table.indexes.front().fields));
  if (table.space != Space::stickers) return;
  sql += fmt::format("CREATE INDEX ON {} USING gin ((data->1));\n", name);  // what did not help
  if (schema == Schema::jsonb)
    sql += fmt::format("CREATE INDEX ON {} ({});\n", name, list(table, schema, order_of(table, 1)));
  sql += fmt::format("CREATE INDEX ON {} ({});\n", name, list(table, schema, order_of(table, 2)));
}

}  // namespace

std::string postgres_provision_sql() {
  tuplestore::Database database;
  tuplestore::provision(database);
  std::string sql =
      "\\set ON_ERROR_STOP on\n"
      "SET client_min_messages = warning;\n"
      "CREATE EXTENSION tsm_system_rows;\n"
      "CREATE SCHEMA relational;\nCREATE SCHEMA jsonb;\nCREATE SCHEMA jsonb_unindexed;\n";
  // In one transaction, so that what is copied needs no second visit to be seen as committed by all.
  sql += "BEGIN;\n";
  std::string tidy;
  for (const auto& table : postgres::tables()) {
    const auto rows = database.execute(
        {.kind = OperationKind::select, .space = std::to_underlying(table.space), .iterator = Iterator::all});
    check(rows.has_value(), "every table is a space of the tuple store");
    append_relational(sql, table, *rows);
    append_jsonb(sql, table, Schema::jsonb);
    append_jsonb(sql, table, Schema::jsonb_unindexed);
    // Not the empty ones: known to be empty they would be read from end to end by plans that outlive their emptiness.
    if (rows->size() > 1)
      for (const auto schema : {Schema::relational, Schema::jsonb, Schema::jsonb_unindexed})
        tidy += fmt::format("VACUUM ANALYZE {}.{};\n", name_of(schema), table.name);
  }
  sql += "COMMIT;\n" + tidy;
  for (const auto schema : {Schema::relational, Schema::jsonb, Schema::jsonb_unindexed})
    sql += fmt::format("SET search_path = {}, public;\n{}", name_of(schema), page_procedures_sql(schema));
  sql +=
      "CREATE TABLE public.hotlap_ready (ready boolean NOT NULL);\n"
      "INSERT INTO public.hotlap_ready VALUES (true);\n";
  return sql;
}

}  // namespace hotlap::targets
