// What an operation on the database comes to: a value, or a refusal with Tarantool's code and a sentence.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "targets/stores/store.h"

namespace hotlap::targets::tuplestore {

using Refusal = std::unexpected<StoreError>;
template <class T>
using Checked = std::expected<T, StoreError>;

[[nodiscard]] inline Refusal refuse(int error_code, std::string message) {
  return Refusal(StoreError{error_code, std::move(message)});
}

}  // namespace hotlap::targets::tuplestore
