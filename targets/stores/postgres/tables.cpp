#include "targets/stores/postgres/tables.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hotlap::targets::postgres {
namespace {

constexpr auto kText = ColumnType::text;
constexpr auto kInteger = ColumnType::integer;
constexpr auto kBigint = ColumnType::bigint;

}  // namespace

std::string_view name_of(Schema schema) noexcept {
  switch (schema) {
    case Schema::relational:
      return "relational";
    case Schema::jsonb:
      return "jsonb";
    case Schema::jsonb_unindexed:
      break;
  }
  return "jsonb_unindexed";
}

std::string_view name_of(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::text:
      return "text";
    case ColumnType::integer:
      return "int";
    case ColumnType::bigint:
      break;
  }
  return "bigint";
}

std::span<const Table> tables() {
  static const std::vector<Table> all = {
      {Space::stickers,
       "stickers",
       {{"id", kText},
        {"rating", kInteger},
        {"url", kText},
        {"pack_url", kText},
        {"votes_up", kInteger},
        {"votes_down", kInteger}},
       {{"p_name", {0}}, {"s_rating", {1}}, {"s_pack_url", {3}}}},
      {Space::packs,
       "packs",
       {{"name", kText}, {"rating", kInteger}, {"url", kText}},
       {{"p_name", {0}}, {"s_rating", {1}}}},
      {Space::secret,
       "secret",
       {{"token", kText}, {"time", kBigint}, {"sticker_id", kText}, {"url", kText}},
       {{"p_md5", {0}}, {"s_time", {1}}}},
      {Space::sessions,
       "sessions",
       {{"uuid", kText}, {"time", kBigint}, {"visits", kInteger}, {"remote_addr", kText}, {"user_agent", kText}},
       {{"p_uuid", {0}}, {"s_time", {1}}}},
      {Space::server,
       "server",
       {{"id", kInteger}, {"users", kBigint}, {"clicks", kBigint}, {"votes", kBigint}},
       {{"p_id", {0}}}},
      {Space::world, "world", {{"id", kInteger}, {"random_number", kInteger}}, {{"p_id", {0}}}},
      {Space::fortunes, "fortunes", {{"id", kInteger}, {"message", kText}}, {{"p_id", {0}}}},
      {Space::agents,
       "agents",
       {{"id", kInteger},
        {"numgroup", kInteger},
        {"firstname", kText},
        {"lastname", kText},
        {"number", kText},
        {"passwd", kText},
        {"context", kText},
        {"language", kText},
        {"autologoff", kInteger},
        {"\"group\"", kText},
        {"description", kText},
        {"preprocess_subroutine", kText}},
       {{"p_id", {0}}}},
      {Space::agent_logins,
       "agent_logins",
       {{"agent_id", kInteger},
        {"agent_number", kText},
        {"extension", kText},
        {"context", kText},
        {"interface", kText},
        {"state_interface", kText},
        {"login_at", kBigint}},
       {{"p_agent_id", {0}}}},
      {Space::events, "events", {{"channel", kText}, {"seq", kBigint}, {"body", kText}}, {{"p_channel_seq", {0, 1}}}},
  };
  return all;
}

const Table* table_of(std::uint32_t space) {
  const auto all = tables();
  const auto found = std::ranges::find(all, space, [](const Table& table) { return std::to_underlying(table.space); });
  return found == all.end() ? nullptr : &*found;
}

const Table* table_named(std::string_view name) {
  const auto all = tables();
  const auto found = std::ranges::find(all, name, &Table::name);
  return found == all.end() ? nullptr : &*found;
}

std::string field_expression(Schema schema, const Table& table, std::uint32_t field, std::string_view of) {
  const auto& column = table.columns[field];
  const auto* const dot = of.empty() ? "" : ".";
  if (schema == Schema::relational) return fmt::format("{}{}{}", of, dot, column.name);
  if (column.type == kText) return fmt::format("({}{}data->>{})", of, dot, field);
  return fmt::format("(({}{}data->>{})::{})", of, dot, field, name_of(column.type));
}

std::vector<std::uint32_t> order_of(const Table& table, std::uint32_t index) {
  auto fields = table.indexes[index].fields;
  for (const auto field : table.indexes.front().fields)
    if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
  return fields;
}

}  // namespace hotlap::targets::postgres
