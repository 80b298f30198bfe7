// The procedures that do a whole page's work in one call: hotlap_good, hotlap_bad, hotlap_index. What they take and
// answer stands in targets/stores/store.h; scenarios/services/tarantool/init.lua has the same in Lua.
#pragma once

#include <string_view>

#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

// `arguments`: a whole MessagePack array, or empty for none. false: the name is none of theirs.
[[nodiscard]] bool call_page_procedure(Database& database, std::string_view name, std::string_view arguments,
                                       Answer& answer);

}  // namespace hotlap::targets::tuplestore
