// The SQL script that makes the pages' tables in PostgreSQL and fills them with the rows that hotlap-tuplestore begins
// with (targets/tuplestore/provision.cpp): one source, so that all databases hold the same. For psql, in an empty
// database, as its owner; the last thing it writes is the row that says so, in public.hotlap_ready.
#pragma once

#include <string>

namespace hotlap::targets {

[[nodiscard]] std::string postgres_provision_sql();

}  // namespace hotlap::targets
