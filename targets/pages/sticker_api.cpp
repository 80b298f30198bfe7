#include <algorithm>

#include "targets/pages/json_writer.h"
#include "targets/pages/rows.h"
#include "targets/pages/sticker_site.h"

namespace hotlap::targets {
namespace {

constexpr std::uint32_t kPacksByRating = 1;
constexpr std::uint32_t kStickersByPack = 2;
constexpr std::int64_t kMostPacks = 1000;

std::string url_of_pack(const std::string& pack) {
  return "https://tlgrm.eu/stickers/" + pack;
}

void append_sticker(JsonWriter& json, RowView row) {
  json.begin_object();
  json.key("id").text(text_at(row, 0)).key("rating").number(number_at(row, 1)).key("url").text(text_at(row, 2));
  json.key("pack_url").text(text_at(row, 3));
  json.key("votes_up").number(number_at(row, 4)).key("votes_down").number(number_at(row, 5));
  json.end_object();
}

Reply json_reply(JsonWriter& json) {
  return {.content_type = kJson, .body = json.take()};
}

}  // namespace

Page packs_page(Store& store, std::int64_t limit) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation best{.kind = OperationKind::select,
                       .space = id_of(Space::packs),
                       .index = kPacksByRating,
                       .iterator = Iterator::le,
                       .limit = static_cast<std::uint32_t>(std::clamp<std::int64_t>(limit, 1, kMostPacks))};
  const auto rows = co_await on(**link, best);
  if (!rows) co_return store_failure(rows.error());
  JsonWriter json;
  json.begin_array();
  for (const auto row : *rows) {
    json.begin_object().key("name").text(text_at(row, 0)).key("rating").number(number_at(row, 1));
    json.key("url").text(text_at(row, 2)).end_object();
  }
  json.end_array();
  co_return json_reply(json);
}

Page pack_page(Store& store, std::string pack) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation of_pack{.kind = OperationKind::select,
                          .space = id_of(Space::stickers),
                          .index = kStickersByPack,
                          .key = {url_of_pack(pack)}};
  const auto rows = co_await on(**link, of_pack);
  if (!rows) co_return store_failure(rows.error());
  if (rows->empty()) co_return not_found("There is no such pack.");
  JsonWriter json;
  json.begin_array();
  for (const auto row : *rows) append_sticker(json, row);
  json.end_array();
  co_return json_reply(json);
}

Page sticker_page(Store& store, std::string pack, std::string id) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation by_id{.kind = OperationKind::select, .space = id_of(Space::stickers), .limit = 1, .key = {id}};
  const auto rows = co_await on(**link, by_id);
  if (!rows) co_return store_failure(rows.error());
  if (rows->empty() || text_at(rows->front(), 3) != url_of_pack(pack))
    co_return not_found("There is no such sticker in this pack.");
  JsonWriter json;
  append_sticker(json, rows->front());
  co_return json_reply(json);
}

}  // namespace hotlap::targets
