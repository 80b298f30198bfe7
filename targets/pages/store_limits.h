// What a database allows, seen through HTTP: each page does one thing to the store, throws the result away and says
// "Hello world!". After the Tarantool limits of "Python and Tarantool Races in the Loop".
#pragma once

#include "targets/pages/chance.h"
#include "targets/pages/page.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

enum class StoreLimit : std::uint8_t {
  select,       // ten stickers from the end of the rating index
  select_lite,  // nine stickers without naming an iterator
  eval_upsert,  // a uuid from the database, then a session's upsert with it: two operations
  upsert,       // a session's upsert
  insert,       // a new secret
  replace,      // one of a thousand secrets: the space does not grow
};
[[nodiscard]] Page store_limit_page(Store& store, Chance& chance, StoreLimit limit);

}  // namespace hotlap::targets
