// The spaces of store.h as PostgreSQL keeps them: a table each, in one of three schemas of the same database.
//   relational        a typed column for each field, the indexes of the spaces
//   jsonb             (id serial, data jsonb): the tuple as one JSON array, with indexes on expressions; as in the
//   article jsonb_unindexed   the same without the index on the stickers' rating, which is what the article had missed
//   at first
// Pure. Source: docs/method.md, "PostgreSQL".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "targets/stores/store.h"

namespace hotlap::targets::postgres {

enum class Schema : std::uint8_t { relational, jsonb, jsonb_unindexed };
[[nodiscard]] std::string_view name_of(Schema schema) noexcept;

enum class ColumnType : std::uint8_t { text, integer, bigint };
[[nodiscard]] std::string_view name_of(ColumnType type) noexcept;

struct Column {
  std::string_view name;  // as SQL takes it, quoted where SQL has taken the word
  ColumnType type;
};
struct TableIndex {
  std::string_view name;              // what the procedures of store.h call it
  std::vector<std::uint32_t> fields;  // with the primary key behind them rows have one order, Tarantool's
};
struct Table {
  Space space;
  std::string_view name;
  std::vector<Column> columns;      // in the order of the tuple's fields
  std::vector<TableIndex> indexes;  // the first is the primary key
};

[[nodiscard]] std::span<const Table> tables();
// nullptr: there is none.
[[nodiscard]] const Table* table_of(std::uint32_t space);
[[nodiscard]] const Table* table_named(std::string_view name);

// A field as an expression: "rating", or ((data->>1)::int) of the row `of` (empty: the only one).
[[nodiscard]] std::string field_expression(Schema schema, const Table& table, std::uint32_t field,
                                           std::string_view of = {});
// The fields by which an index orders: its own, then those of the primary key that it lacks.
[[nodiscard]] std::vector<std::uint32_t> order_of(const Table& table, std::uint32_t index);

}  // namespace hotlap::targets::postgres
