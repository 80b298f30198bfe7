// Which page stands at which path, and what it asks for. A constant table.
#pragma once

#include <cstdint>
#include <string_view>

namespace hotlap::targets {

enum class PageName : std::uint8_t {
  hello,
  ugly,
  plaintext,
  json,
  db,
  queries,
  updates,
  cached_worlds,
  fortunes,
  about,
  index,
  good,
  bad,
  index_one_call,
  good_one_call,
  bad_one_call,
  packs,
  pack_or_sticker,
  agents_hello,
  agents,
  events,
  sleep,
  select_sync,
  select_async,
  select_lite,
  eval_upsert,
  upsert,
  insert,
  replace,
};

struct Route {
  std::string_view path;
  PageName page;
  bool needs_store = true;
  bool takes_post = false;
  bool stamped = false;  // with Server and Date, as TechEmpower's rules ask
};

// nullptr: there is no such page. `path` is without the query.
[[nodiscard]] const Route* find_route(std::string_view path) noexcept;

}  // namespace hotlap::targets
