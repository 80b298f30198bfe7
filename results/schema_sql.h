// schema.sql as text inside the binary; the definition is made by CMake from schema_sql.cpp.in.
#pragma once

#include <string_view>

namespace hotlap::results {

extern const std::string_view kSchemaSql;

}  // namespace hotlap::results
