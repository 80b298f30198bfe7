// The pages' one-call procedures (store.h: hotlap_good, hotlap_bad, hotlap_index) as functions in PL/pgSQL: each does
// all that its page's operations do, in one transaction. They answer tuples as JSON arrays in every schema, because a
// session and a sticker have different fields. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "targets/stores/postgres/tables.h"

namespace hotlap::targets::postgres {

// For psql, once the schema's tables are there; the search path has to begin with the schema.
[[nodiscard]] std::string page_procedures_sql(Schema schema);

// The types of such a procedure's arguments; empty: there is none of this name.
[[nodiscard]] std::vector<std::string_view> page_procedure_arguments(std::string_view name);

}  // namespace hotlap::targets::postgres
