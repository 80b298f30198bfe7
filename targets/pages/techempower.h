// The TechEmpower tests that read the database: single query, multiple queries, updates, cached queries, fortunes.
// Rules: docs/method.md, "The pages". Whatever a page is given by reference outlives it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "targets/pages/chance.h"
#include "targets/pages/page.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

struct World {
  std::int64_t id = 0;
  std::int64_t random_number = 0;
};

inline constexpr std::int64_t kWorlds = 10'000;

// How many rows a query asks for: missing or no whole number → 1, below 1 → 1, above 500 → 500.
[[nodiscard]] std::int64_t asked_rows(std::string_view query, std::string_view name);

// {"message":"Hello, World!"}, made anew for each request.
[[nodiscard]] Reply json_reply();

// One random row, by one operation.
[[nodiscard]] Page db_page(Store& store, Chance& chance);

// `count` random rows, each read by an operation of its own; the operations travel together.
[[nodiscard]] Page queries_page(Store& store, Chance& chance, std::int64_t count);

// `count` rows, all different: read as above, given new numbers, written back by an operation each, in the order of
// their ids (so that two of these pages never wait for each other in a database with locks).
[[nodiscard]] Page updates_page(Store& store, Chance& chance, std::int64_t count);

// All messages and one more, sorted by message, as HTML.
[[nodiscard]] Page fortunes_page(Store& store);

// All rows, read once; their position is the id - 1.
[[nodiscard]] std::expected<std::vector<World>, StoreError> read_worlds(Store& blocking_store);

// `count` random rows out of `worlds`, which is not empty; no operation.
[[nodiscard]] Reply cached_worlds_reply(const std::vector<World>& worlds, Chance& chance, std::int64_t count);

}  // namespace hotlap::targets
