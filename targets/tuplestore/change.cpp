#include "targets/tuplestore/change.h"

#include <fmt/core.h>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;

Refusal not_a_number(const Change& change) {
  return Refusal(
      StoreError{code::kUpdateArgumentType,
                 fmt::format("Argument type in operation '{}' on field {} does not match field type: expected a number",
                             change.operation, change.field + 1)});
}

// `touched`: the fields that earlier changes wrote over; adding to one of them is refused, setting it again is not. A
// field that was appended counts as untouched, as in Tarantool.
Checked<void> apply(Tuple& tuple, std::vector<bool>& touched, const Change& change) {
  const bool sets = change.operation == '=';
  if (change.field > tuple.size() || (change.field == tuple.size() && !sets))
    return Refusal(
        StoreError{code::kNoSuchField, fmt::format("Field {} was not found in the tuple", change.field + 1)});
  if (change.field == tuple.size()) {
    tuple.push_back(change.value);
    touched.push_back(false);
    return {};
  }
  if (!sets) {
    if (touched[change.field])
      return Refusal(StoreError{
          code::kUpdateField, fmt::format("Field {} UPDATE error: double update of the same field", change.field + 1)});
    const auto* old = std::get_if<std::int64_t>(&tuple[change.field]);
    const auto* by = std::get_if<std::int64_t>(&change.value);
    if (!old || !by) return not_a_number(change);
    std::int64_t sum = 0;
    const bool overflows =
        change.operation == '+' ? __builtin_add_overflow(*old, *by, &sum) : __builtin_sub_overflow(*old, *by, &sum);
    if (overflows)
      return Refusal(
          StoreError{code::kIntegerOverflow, fmt::format("Integer overflow when performing '{}' operation on field {}",
                                                         change.operation, change.field + 1)});
    tuple[change.field] = sum;
  } else {
    tuple[change.field] = change.value;
  }
  touched[change.field] = true;
  return {};
}

}  // namespace

Checked<void> check_changes(const std::vector<Change>& changes) {
  for (std::size_t number = 0; number < changes.size(); ++number) {
    const auto& change = changes[number];
    if (change.operation != '+' && change.operation != '-' && change.operation != '=')
      return Refusal(StoreError{code::kUnknownUpdateOperation,
                                fmt::format("Unknown UPDATE operation #{}: \"{}\"", number + 1, change.operation)});
    if (change.operation != '=' && !std::holds_alternative<std::int64_t>(change.value)) return not_a_number(change);
  }
  return {};
}

Checked<Tuple> changed(const Tuple& tuple, const std::vector<Change>& changes) {
  auto result = tuple;
  std::vector<bool> touched(tuple.size());
  for (const auto& change : changes)
    if (auto applied = apply(result, touched, change); !applied) return Refusal(applied.error());
  return result;
}

Tuple changed_where_possible(const Tuple& tuple, const std::vector<Change>& changes) {
  auto result = tuple;
  std::vector<bool> touched(tuple.size());
  for (const auto& change : changes) (void)apply(result, touched, change);
  return result;
}

}  // namespace hotlap::targets::tuplestore
