// What update and upsert do to a tuple, one change after the other, with Tarantool 2.6's rules and codes.
// Pure functions. One difference: sums stop at 63 bits (Tarantool: 64 without sign).
#pragma once

#include <vector>

#include "targets/tuplestore/tuple_space.h"

namespace hotlap::targets::tuplestore {

// What is wrong with the changes whatever the tuple: an operation other than + - =, a sum with something not a number.
[[nodiscard]] Checked<void> check_changes(const std::vector<Change>& changes);

// The changed tuple, or the first refusal.
[[nodiscard]] Checked<Tuple> changed(const Tuple& tuple, const std::vector<Change>& changes);
// Changes that cannot be applied are passed over, as upsert does (Tarantool writes them to its log).
[[nodiscard]] Tuple changed_where_possible(const Tuple& tuple, const std::vector<Change>& changes);

}  // namespace hotlap::targets::tuplestore
