#include "targets/stores/postgres/statement.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "targets/stores/postgres/document.h"
#include "targets/stores/postgres/page_procedures.h"
#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::postgres {
namespace {

namespace code = iproto::code;
using Made = std::expected<Statement, StoreError>;
using Checked = std::expected<void, StoreError>;

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

std::unexpected<StoreError> refuse(int error_code, std::string message) {
  return std::unexpected(StoreError{error_code, std::move(message)});
}

std::optional<std::string> parameter(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return utf8_of(*text);
  return std::nullopt;
}

bool fits(const Value& value, ColumnType type) noexcept {
  return type == ColumnType::text ? std::holds_alternative<std::string>(value)
                                  : std::holds_alternative<std::int64_t>(value);
}

// PostgreSQL's text holds no zero byte, and its protocol would cut a parameter there.
bool has_zero_byte(const Value& value) noexcept {
  const auto* text = std::get_if<std::string>(&value);
  return text && text->contains('\0');
}

class Writer {
 public:
  Writer(const Operation& operation, Schema schema, const Table& table)
      : operation_(operation), schema_(schema), table_(table) {
    made_.shape = schema == Schema::relational ? ResultShape::rows : ResultShape::documents;
  }

  Made select() {
    const auto where = where_key(operation_.iterator);
    if (!where) return std::unexpected(where.error());
    made_.text = fmt::format("SELECT {} FROM {}{}", result_columns(), table_.name, *where);
    const bool one_row = operation_.index == 0 && operation_.iterator == Iterator::eq &&
                         operation_.key.size() == table_.indexes.front().fields.size();
    if (!one_row) made_.text += order();
    if (operation_.limit != kNoLimit && !one_row) made_.text += fmt::format(" LIMIT {}", operation_.limit);
    if (one_row && operation_.limit == 0) made_.text += " LIMIT 0";
    if (operation_.offset > 0) made_.text += " OFFSET " + open(std::int64_t{operation_.offset}, "bigint");
    return std::move(made_);
  }

  Made insert() {
    if (auto put = insert_into(); !put) return std::unexpected(put.error());
    made_.text += " RETURNING " + result_columns();
    return std::move(made_);
  }

  Made replace() {
    if (auto put = insert_into(); !put) return std::unexpected(put.error());
    made_.text += fmt::format(" ON CONFLICT ({}) DO UPDATE SET ", primary_key());
    if (schema_ == Schema::relational) {
      std::string_view comma;
      for (const auto& column : table_.columns)
        made_.text += fmt::format("{}{} = excluded.{}", std::exchange(comma, ", "), column.name, column.name);
    } else {
      made_.text += "data = excluded.data";
    }
    made_.text += " RETURNING " + result_columns("t");
    return std::move(made_);
  }

  Made upsert() {
    if (auto put = insert_into(); !put) return std::unexpected(put.error());
    const auto changes = assignments("t");
    if (!changes) return std::unexpected(changes.error());
    made_.text += changes->empty() ? " ON CONFLICT DO NOTHING"
                                   : fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", primary_key(), *changes);
    made_.shape = ResultShape::rows;  // none
    return std::move(made_);
  }

  Made update() {
    const auto where = where_row();
    if (!where) return std::unexpected(where.error());
    const auto changes = assignments({});
    if (!changes) return std::unexpected(changes.error());
    made_.writes = true;
    made_.text = changes->empty()
                     ? fmt::format("SELECT {} FROM {}{}", result_columns(), table_.name, *where)
                     : fmt::format("UPDATE {} SET {}{} RETURNING {}", table_.name, *changes, *where, result_columns());
    return std::move(made_);
  }

  Made erase() {
    const auto where = where_row();
    if (!where) return std::unexpected(where.error());
    made_.writes = true;
    made_.text = fmt::format("DELETE FROM {}{} RETURNING {}", table_.name, *where, result_columns());
    return std::move(made_);
  }

  Made count() {
    const auto where = where_key(Iterator::eq);
    if (!where) return std::unexpected(where.error());
    made_.text = fmt::format("SELECT count(*) FROM {}{}", table_.name, *where);
    made_.shape = ResultShape::values;
    return std::move(made_);
  }

  // The first row of a block chosen at random: what the article's site settled on.
  Made random() {
    made_.text = fmt::format("SELECT {} FROM {} TABLESAMPLE system_rows(1)", result_columns(), table_.name);
    return std::move(made_);
  }

 private:
  std::string open(const Value& value, std::string_view type) {
    made_.parameters.push_back(parameter(value));
    return fmt::format("${}::{}", made_.parameters.size(), type);
  }

  [[nodiscard]] std::string result_columns(std::string_view of = {}) const {
    if (schema_ != Schema::relational) return of.empty() ? "data" : fmt::format("{}.data", of);
    std::string list;
    for (std::uint32_t field = 0; field < table_.columns.size(); ++field)
      list += (field > 0 ? ", " : "") + field_expression(schema_, table_, field, of);
    return list;
  }

  [[nodiscard]] std::string primary_key() const {
    std::string list;
    for (const auto field : table_.indexes.front().fields)
      list += (list.empty() ? "" : ", ") + field_expression(schema_, table_, field);
    return list;
  }

  [[nodiscard]] std::string order() const {
    const bool down = operation_.iterator == Iterator::req || operation_.iterator == Iterator::lt ||
                      operation_.iterator == Iterator::le;
    std::string list;
    for (const auto field : order_of(table_, operation_.index))
      list += fmt::format("{}{}{}", list.empty() ? " ORDER BY " : ", ", field_expression(schema_, table_, field),
                          down ? " DESC" : "");
    return list;
  }

  [[nodiscard]] Checked check_key() const {
    if (operation_.index >= table_.indexes.size())
      return refuse(code::kNoSuchIndex,
                    fmt::format("No index #{} is defined in space '{}'", operation_.index, table_.name));
    const auto& fields = table_.indexes[operation_.index].fields;
    if (operation_.key.size() > fields.size())
      return refuse(code::kKeyPartCount, fmt::format("Invalid key part count (expected [0..{}], got {})", fields.size(),
                                                     operation_.key.size()));
    for (std::size_t part = 0; part < operation_.key.size(); ++part)
      if (!fits(operation_.key[part], table_.columns[fields[part]].type) || has_zero_byte(operation_.key[part]))
        return refuse(code::kKeyPartType,
                      fmt::format("Supplied key type of part {} does not match index part type: expected {}", part,
                                  name_of(table_.columns[fields[part]].type)));
    return {};
  }

  // " WHERE (channel, seq) >= ($1::text, $2::bigint)"; nothing for an empty key.
  std::expected<std::string, StoreError> where_key(Iterator iterator) {
    if (auto valid = check_key(); !valid) return std::unexpected(valid.error());
    const auto& fields = table_.indexes[operation_.index].fields;
    const auto parts = operation_.key.size();
    if (parts == 0) return std::string();
    std::string_view comparison = "=";
    if (iterator == Iterator::lt) comparison = "<";
    if (iterator == Iterator::le) comparison = "<=";
    if (iterator == Iterator::ge || iterator == Iterator::all) comparison = ">=";
    if (iterator == Iterator::gt) comparison = ">";
    std::string left;
    std::string right;
    for (std::size_t part = 0; part < parts; ++part) {
      left += (part > 0 ? ", " : "") + field_expression(schema_, table_, fields[part]);
      right += (part > 0 ? ", " : "") + open(operation_.key[part], name_of(table_.columns[fields[part]].type));
    }
    const auto* const form = parts > 1 ? " WHERE ({}) {} ({})" : " WHERE {} {} {}";
    return fmt::format(fmt::runtime(form), left, comparison, right);
  }

  // Of update and delete, which take one row by a whole key of a unique index.
  std::expected<std::string, StoreError> where_row() {
    if (auto valid = check_key(); !valid) return std::unexpected(valid.error());
    if (operation_.index != 0)
      return refuse(code::kMoreThanOneTuple, "Get() doesn't support partial keys and non-unique indexes");
    const auto expected = table_.indexes.front().fields.size();
    if (operation_.key.size() != expected)
      return refuse(code::kExactMatch, fmt::format("Invalid key part count in an exact match (expected {}, got {})",
                                                   expected, operation_.key.size()));
    return where_key(Iterator::eq);
  }

  [[nodiscard]] Checked check_tuple() const {
    const auto& tuple = operation_.tuple;
    for (std::size_t field = 0; field < std::min(tuple.size(), table_.columns.size()); ++field) {
      const bool empty = std::holds_alternative<std::monostate>(tuple[field]) &&
                         std::ranges::find(table_.indexes.front().fields, field) == table_.indexes.front().fields.end();
      if ((!empty && !fits(tuple[field], table_.columns[field].type)) || has_zero_byte(tuple[field]))
        return refuse(code::kFieldType,
                      fmt::format("Tuple field {} type does not match one required by operation: expected {}",
                                  field + 1, name_of(table_.columns[field].type)));
    }
    if (tuple.size() != table_.columns.size())
      return refuse(code::kFieldMissing, fmt::format("A tuple of space '{}' has {} fields in PostgreSQL, not {}",
                                                     table_.name, table_.columns.size(), tuple.size()));
    return {};
  }

  Checked insert_into() {
    if (auto valid = check_tuple(); !valid) return valid;
    made_.writes = true;
    made_.text = fmt::format("INSERT INTO {} AS t (", table_.name);
    std::string values;
    if (schema_ == Schema::relational) {
      for (std::size_t field = 0; field < table_.columns.size(); ++field) {
        made_.text += fmt::format("{}{}", field > 0 ? ", " : "", table_.columns[field].name);
        values += (field > 0 ? ", " : "") + open(operation_.tuple[field], name_of(table_.columns[field].type));
      }
    } else {
      made_.text += "data";
      values = open(document_of(operation_.tuple), "jsonb");
    }
    made_.text += fmt::format(") VALUES ({})", values);
    return {};
  }

  [[nodiscard]] Checked check_change(const Change& change) const {
    if (change.operation != '+' && change.operation != '-' && change.operation != '=')
      return refuse(code::kUnknownUpdateOperation, fmt::format("Unknown UPDATE operation: \"{}\"", change.operation));
    if (change.field >= table_.columns.size())
      return refuse(code::kNoSuchField, fmt::format("Field {} was not found in the tuple", change.field + 1));
    if (std::ranges::find(table_.indexes.front().fields, change.field) != table_.indexes.front().fields.end())
      return refuse(code::kUpdatePrimaryKey,
                    fmt::format("Attempt to modify a tuple field which is part of index '{}' in space '{}'",
                                table_.indexes.front().name, table_.name));
    const auto type = table_.columns[change.field].type;
    if (change.operation != '=' && (type == ColumnType::text || !fits(change.value, type)))
      return refuse(code::kUpdateArgumentType,
                    fmt::format("Argument type in operation '{}' on field {} does not match field type: expected a "
                                "number",
                                change.operation, change.field + 1));
    const bool empty = std::holds_alternative<std::monostate>(change.value);
    if ((!empty && !fits(change.value, type)) || has_zero_byte(change.value))
      return refuse(code::kFieldType,
                    fmt::format("Tuple field {} type does not match one required by operation: expected {}",
                                change.field + 1, name_of(type)));
    return {};
  }

  // "users = users + $2::bigint", or the document with each change set into it. `of`: the row that is there already.
  std::expected<std::string, StoreError> assignments(std::string_view of) {
    std::string columns;
    std::string document = of.empty() ? "data" : fmt::format("{}.data", of);
    std::vector<bool> touched(table_.columns.size());
    for (const auto& change : operation_.changes) {
      if (auto valid = check_change(change); !valid) return std::unexpected(valid.error());
      if (touched[change.field])
        return refuse(code::kUpdateField,
                      fmt::format("Field {} UPDATE error: double update of the same field", change.field + 1));
      touched[change.field] = true;
      const auto type = table_.columns[change.field].type;
      const bool empty = std::holds_alternative<std::monostate>(change.value);
      auto value = open(change.value, type == ColumnType::text ? "text" : "bigint");
      if (change.operation != '=')
        value = fmt::format("{} {} {}", field_expression(schema_, table_, change.field, of), change.operation, value);
      columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", table_.columns[change.field].name, value);
      const auto json = fmt::format("to_jsonb({})", value);
      document = fmt::format("jsonb_set({}, '{{{}}}', {})", document, change.field,
                             empty ? fmt::format("coalesce({}, 'null')", json) : json);
    }
    if (schema_ == Schema::relational || columns.empty()) return columns;
    return "data = " + document;
  }

  const Operation& operation_;
  Schema schema_;
  const Table& table_;
  Statement made_;
};

Made no_such_procedure(const Operation& operation) {
  return refuse(code::kNoSuchProcedure, fmt::format("Procedure '{}' is not defined", operation.text));
}

std::string_view type_of(const Value& value) noexcept {
  if (std::holds_alternative<bool>(value)) return "boolean";
  return std::holds_alternative<std::int64_t>(value) ? "bigint" : "text";
}

Made call_page_procedure(const Operation& operation, const std::vector<std::string_view>& types) {
  const auto& arguments = operation.tuple;
  const auto right = [](const Value& value, std::string_view type) {
    return !std::holds_alternative<std::monostate>(value) && type_of(value) == type && !has_zero_byte(value);
  };
  if (!std::ranges::equal(arguments, types, right))
    return refuse(code::kLua, fmt::format("Usage of {}: see targets/stores/store.h", operation.text));
  Statement made{.text = fmt::format("SELECT {}(", operation.text),
                 .parameters = {},
                 .shape = ResultShape::documents,
                 .writes = true};
  for (std::size_t number = 0; number < types.size(); ++number) {
    made.parameters.push_back(parameter(arguments[number]));
    made.text += fmt::format("{}${}::{}", number > 0 ? ", " : "", number + 1, types[number]);
  }
  made.text += ')';
  return made;
}

Made call(const Operation& operation, Schema schema) {
  if (const auto types = page_procedure_arguments(operation.text); !types.empty())
    return call_page_procedure(operation, types);
  if (operation.text == "hotlap_ready")
    return Statement{.text = "SELECT ready FROM hotlap_ready", .parameters = {}, .shape = ResultShape::values};
  constexpr std::string_view kSpaces = "box.space.";
  constexpr std::string_view kIndexes = ".index.";
  std::string_view name = operation.text;
  const auto colon = name.find(':');
  if (!name.starts_with(kSpaces) || colon == std::string_view::npos) return no_such_procedure(operation);
  const auto method = name.substr(colon + 1);
  name = name.substr(kSpaces.size(), colon - kSpaces.size());
  const auto dot = name.find(kIndexes);
  const auto index = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + kIndexes.size());
  const auto* const table = table_named(name.substr(0, dot));
  if (!table) return no_such_procedure(operation);
  if (!index.empty()) {
    const bool known = std::ranges::find(table->indexes, index, &TableIndex::name) != table->indexes.end();
    return known && method == "random" ? Writer(operation, schema, *table).random() : no_such_procedure(operation);
  }
  if (method == "count") {
    const Operation counting{.key = operation.tuple};
    return Writer(counting, schema, *table).count();
  }
  if (method != "upsert") return no_such_procedure(operation);
  if (operation.tuple.empty()) return refuse(code::kLua, "Usage space:upsert(tuple_key, ops)");
  return Writer(operation, schema, *table).upsert();
}

Made eval(const Operation& operation) {
  const auto values = [](std::string text) {
    return Statement{.text = std::move(text), .parameters = {}, .shape = ResultShape::values};
  };
  if (operation.text == "return true") return values("SELECT true");
  if (operation.text == "return require('uuid').str()") return values("SELECT gen_random_uuid()::text");
  if (operation.text == "return require('digest').md5_hex(require('digest').urandom(32))")
    return values("SELECT md5(gen_random_uuid()::text)");
  if (operation.text != "return ...")
    return refuse(code::kLua, "PostgreSQL stands in only for the expressions that the site's pages use");
  auto echo = values("SELECT");
  for (const auto& argument : operation.tuple) {
    if (has_zero_byte(argument)) return refuse(code::kFieldType, "PostgreSQL's text holds no zero byte");
    echo.parameters.push_back(parameter(argument));
    echo.text +=
        fmt::format("{} ${}::{}", echo.parameters.size() > 1 ? "," : "", echo.parameters.size(), type_of(argument));
  }
  return echo;
}

}  // namespace

Made statement_for(const Operation& operation, Schema schema) {
  using enum OperationKind;
  if (operation.kind == ping) return Statement{.text = "SELECT WHERE false", .parameters = {}};
  if (operation.kind == call) return postgres::call(operation, schema);
  if (operation.kind == eval) return postgres::eval(operation);
  const auto* const table = table_of(operation.space);
  if (!table) return refuse(code::kNoSuchSpace, fmt::format("Space '{}' does not exist", operation.space));
  Writer writer(operation, schema, *table);
  switch (operation.kind) {
    case select:
      return writer.select();
    case insert:
      return writer.insert();
    case replace:
      return writer.replace();
    case update:
      return writer.update();
    case upsert:
      return writer.upsert();
    case erase:
      return writer.erase();
    case ping:
    case call:
    case eval:
      break;
  }
  std::unreachable();
}

}  // namespace hotlap::targets::postgres
