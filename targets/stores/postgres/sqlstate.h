// PostgreSQL's error codes as the codes that pages know (Tarantool's, iproto.h): 23505 is 3, a key that is there
// already. A connection that ends or cannot be used is code 0. What Tarantool has no code for is 32, "the program in
// the database failed"; the message names the SQLSTATE. Pure. Source: PostgreSQL 15, appendix A.
#pragma once

#include <string_view>

namespace hotlap::targets::postgres {

[[nodiscard]] int code_of_sqlstate(std::string_view sqlstate) noexcept;

}  // namespace hotlap::targets::postgres
