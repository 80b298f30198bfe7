#include "targets/pages/techempower.h"

#include <algorithm>
#include <set>

#include "targets/pages/form.h"
#include "targets/pages/json_writer.h"
#include "targets/pages/rows.h"
#include "targets/pages/task.h"
#include "targets/pages/templates.h"

namespace hotlap::targets {
namespace {

constexpr std::int64_t kMostRows = 500;

void append_world(JsonWriter& json, const World& world) {
  json.begin_object().key("id").number(world.id).key("randomNumber").number(world.random_number).end_object();
}

Reply worlds_reply(const std::vector<World>& worlds) {
  JsonWriter json;
  json.begin_array();
  for (const auto& world : worlds) append_world(json, world);
  json.end_array();
  return {.content_type = kJson, .body = json.take()};
}

Operation read_world(std::int64_t id) {
  return {.kind = OperationKind::select, .space = id_of(Space::world), .limit = 1, .key = {id}};
}

World world_of(RowView row) {
  return {.id = number_at(row, 0), .random_number = number_at(row, 1)};
}

// In the order of `operations`.
Task<std::expected<std::vector<World>, StoreError>> read_each(Link& link, const std::vector<Operation>& operations) {
  const auto outcomes = co_await all_on(link, operations);
  std::vector<World> worlds;
  worlds.reserve(outcomes.size());
  for (const auto& outcome : outcomes) {
    if (!outcome) co_return std::unexpected(outcome.error());
    if (outcome->empty()) co_return std::unexpected(StoreError{0, "a row of the world is missing"});
    worlds.push_back(world_of(outcome->front()));
  }
  co_return worlds;
}

}  // namespace

std::int64_t asked_rows(std::string_view query, std::string_view name) {
  return std::clamp<std::int64_t>(form_number(query, name).value_or(1), 1, kMostRows);
}

Reply json_reply() {
  JsonWriter json;
  json.begin_object().key("message").text("Hello, World!").end_object();
  return {.content_type = kJson, .body = json.take()};
}

Page db_page(Store& store, Chance& chance) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const auto one = read_world(chance.between(1, kWorlds));
  const auto rows = co_await on(**link, one);
  if (!rows) co_return store_failure(rows.error());
  if (rows->empty()) co_return store_failure({0, "a row of the world is missing"});
  JsonWriter json;
  append_world(json, world_of(rows->front()));
  co_return Reply{.content_type = kJson, .body = json.take()};
}

Page queries_page(Store& store, Chance& chance, std::int64_t count) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  std::vector<Operation> reads;
  reads.reserve(static_cast<std::size_t>(count));
  for (std::int64_t number = 0; number < count; ++number) reads.push_back(read_world(chance.between(1, kWorlds)));
  const auto worlds = co_await read_each(**link, reads);
  if (!worlds) co_return store_failure(worlds.error());
  co_return worlds_reply(*worlds);
}

Page updates_page(Store& store, Chance& chance, std::int64_t count) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  std::set<std::int64_t> ids;
  while (static_cast<std::int64_t>(ids.size()) < count) ids.insert(chance.between(1, kWorlds));
  std::vector<Operation> reads;
  reads.reserve(ids.size());
  for (const auto id : ids) reads.push_back(read_world(id));
  auto worlds = co_await read_each(**link, reads);
  if (!worlds) co_return store_failure(worlds.error());
  std::vector<Operation> writes;
  writes.reserve(worlds->size());
  for (auto& world : *worlds) {
    world.random_number = chance.between(1, kWorlds);
    writes.push_back({.kind = OperationKind::update,
                      .space = id_of(Space::world),
                      .key = {world.id},
                      .changes = {{'=', 1, world.random_number}}});
  }
  for (const auto& written : co_await all_on(**link, writes))
    if (!written) co_return store_failure(written.error());
  co_return worlds_reply(*worlds);
}

Page fortunes_page(Store& store) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation all{.kind = OperationKind::select, .space = id_of(Space::fortunes), .iterator = Iterator::all};
  const auto rows = co_await on(**link, all);
  if (!rows) co_return store_failure(rows.error());
  std::vector<Fortune> fortunes;
  fortunes.reserve(rows->size() + 1);
  for (const auto row : *rows) fortunes.push_back({number_at(row, 0), text_at(row, 1)});
  fortunes.push_back({0, "Additional fortune added at request time."});
  std::ranges::sort(fortunes, {}, &Fortune::message);
  co_return Reply{.body = render_fortunes(fortunes)};
}

std::expected<std::vector<World>, StoreError> read_worlds(Store& blocking_store) {
  const Operation all{.kind = OperationKind::select, .space = id_of(Space::world), .iterator = Iterator::all};
  std::expected<std::vector<World>, StoreError> worlds;
  blocking_store.lease([&](std::expected<LinkLease, StoreError> link) {
    if (!link) {
      worlds = std::unexpected(link.error());
      return;
    }
    (*link)->submit(all, [&](Outcome rows) {
      if (!rows) {
        worlds = std::unexpected(rows.error());
        return;
      }
      for (const auto row : *rows) worlds->push_back(world_of(row));
    });
  });
  return worlds;
}

Reply cached_worlds_reply(const std::vector<World>& worlds, Chance& chance, std::int64_t count) {
  const auto last = static_cast<std::int64_t>(worlds.size()) - 1;
  std::vector<World> chosen;
  chosen.reserve(static_cast<std::size_t>(count));
  for (std::int64_t number = 0; number < count; ++number)
    chosen.push_back(worlds[static_cast<std::size_t>(chance.between(0, last))]);
  return worlds_reply(chosen);
}

}  // namespace hotlap::targets
