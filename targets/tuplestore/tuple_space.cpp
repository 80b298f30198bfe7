#include "targets/tuplestore/tuple_space.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "targets/stores/tuple/iproto.h"
#include "targets/tuplestore/change.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;

Refusal refuse(int error_code, std::string message) {
  return Refusal(StoreError{error_code, std::move(message)});
}

bool fits(const Value& value, FieldType type) noexcept {
  if (type == FieldType::string) return std::holds_alternative<std::string>(value);
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole && (type == FieldType::integer || *whole >= 0);
}

std::string_view name_of(FieldType type) noexcept {
  switch (type) {
    case FieldType::string:
      return "string";
    case FieldType::integer:
      return "integer";
    case FieldType::unsigned_integer:
      break;
  }
  return "unsigned";
}

Checked<void> check_key_type(const IndexDefinition& index, const Tuple& key) {
  if (key.empty() || fits(key[0], index.type)) return {};
  return refuse(
      code::kKeyPartType,
      fmt::format("Supplied key type of part 0 does not match index part type: expected {}", name_of(index.type)));
}

// What key and iterator a select may have on this index.
Checked<void> check_selection(const TupleSpace& space, const IndexDefinition& index, const Operation& operation) {
  const bool whole_index =
      operation.key.empty() &&
      (index.kind == IndexKind::tree || operation.iterator == Iterator::all || operation.iterator == Iterator::gt);
  if (whole_index) return {};
  if (operation.key.size() > 1)
    return refuse(code::kKeyPartCount,
                  fmt::format("Invalid key part count (expected [0..1], got {})", operation.key.size()));
  if (operation.key.empty())
    return refuse(code::kPartialKey,
                  "HASH index  does not support selects via a partial key (expected 1 parts, got 0). "
                  "Please Consider changing index type to TREE.");
  if (auto typed = check_key_type(index, operation.key); !typed) return typed;
  const bool served = index.kind == IndexKind::tree || operation.iterator == Iterator::eq ||
                      operation.iterator == Iterator::all || operation.iterator == Iterator::gt;
  if (!served)
    return refuse(code::kUnsupportedIterator,
                  fmt::format("Index '{}' (HASH) of space '{}' (memtx) does not support requested iterator type",
                              index.name, space.name()));
  return {};
}

}  // namespace

TupleSpace::TupleSpace(std::uint32_t id, std::string name, std::vector<IndexDefinition> indexes)
    : id_(id), name_(std::move(name)) {
  check(!indexes.empty() && indexes[0].unique && indexes[0].field == 0,
        "a space's first index is its unique primary key on the first field");
  for (auto& index : indexes) indexes_.emplace_back(std::move(index));
}

const Index* TupleSpace::index_named(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find_if(indexes_, [&](const Index& index) { return index.definition().name == name; });
  return found == indexes_.end() ? nullptr : &*found;
}

Checked<const Index*> TupleSpace::index(std::uint32_t number) const {
  if (number >= indexes_.size())
    return refuse(code::kNoSuchIndex, fmt::format("No index #{} is defined in space '{}'", number, name_));
  return &indexes_[number];
}

Checked<void> TupleSpace::check_tuple(const Tuple& tuple) const {
  std::uint32_t needed = 0;
  for (const auto& index : indexes_) needed = std::max(needed, index.definition().field + 1);
  const Index* wrong = nullptr;  // the leftmost one
  for (const auto& index : indexes_) {
    const auto& [name, kind, unique, field, type] = index.definition();
    if (field < tuple.size() && !fits(tuple[field], type) && (!wrong || field < wrong->definition().field))
      wrong = &index;
  }
  if (wrong)
    return refuse(code::kFieldType,
                  fmt::format("Tuple field {} type does not match one required by operation: expected {}",
                              wrong->definition().field + 1, name_of(wrong->definition().type)));
  if (tuple.size() < needed)
    for (auto field = static_cast<std::uint32_t>(tuple.size()); field < needed; ++field)
      if (std::ranges::any_of(indexes_, [&](const Index& index) { return index.definition().field == field; }))
        return refuse(code::kFieldMissing,
                      fmt::format("Tuple field {} required by space format is missing", field + 1));
  return {};
}

Checked<void> TupleSpace::select(const Operation& operation, std::vector<const Tuple*>& into) const {
  const auto found = index(operation.index);
  if (!found) return Refusal(found.error());
  if (auto allowed = check_selection(*this, (*found)->definition(), operation); !allowed) return allowed;
  (*found)->collect(operation.iterator, operation.key.empty() ? nullptr : operation.key.data(), operation.offset,
                    operation.limit, into);
  return {};
}

const Tuple* TupleSpace::add(const Tuple& tuple) {
  auto& row = rows_.emplace_back(std::make_unique<Row>(tuple, rows_.size()));
  for (auto& each : indexes_) each.insert(row.get());
  return &row->fields;
}

// The primary key is the same before and after.
void TupleSpace::assign(Row& row, Tuple fields) {
  std::vector<Index*> moved;
  for (auto& each : indexes_) {
    const auto field = each.definition().field;
    if (row.fields[field] != fields[field]) moved.push_back(&each);
  }
  std::function<void()> change = [&] { row.fields = std::move(fields); };
  for (auto* each : moved) change = [each, &row, inner = std::move(change)] { each->rekey(&row, inner); };
  change();
}

Checked<const Tuple*> TupleSpace::insert(const Tuple& tuple) {
  if (auto valid = check_tuple(tuple); !valid) return Refusal(valid.error());
  if (primary().find(tuple[0])) return Refusal(duplicate());
  return add(tuple);
}

Checked<const Tuple*> TupleSpace::replace(const Tuple& tuple) {
  if (auto valid = check_tuple(tuple); !valid) return Refusal(valid.error());
  auto* row = primary().find(tuple[0]);
  if (!row) return add(tuple);
  assign(*row, tuple);
  return &row->fields;
}

Checked<Row*> TupleSpace::find_exactly(const Operation& operation) const {
  const auto found = index(operation.index);
  if (!found) return Refusal(found.error());
  const auto& definition = (*found)->definition();
  if (!definition.unique)
    return refuse(code::kMoreThanOneTuple, "Get() doesn't support partial keys and non-unique indexes");
  if (operation.key.size() != 1)
    return refuse(code::kExactMatch,
                  fmt::format("Invalid key part count in an exact match (expected 1, got {})", operation.key.size()));
  if (auto typed = check_key_type(definition, operation.key); !typed) return Refusal(typed.error());
  return (*found)->find(operation.key[0]);
}

StoreError TupleSpace::duplicate() const {
  return {code::kTupleFound, fmt::format("Duplicate key exists in unique index '{}' in space '{}'",
                                         indexes_.front().definition().name, name_)};
}

StoreError TupleSpace::primary_key_changed() const {
  return {code::kUpdatePrimaryKey,
          fmt::format("Attempt to modify a tuple field which is part of index '{}' in space '{}'",
                      indexes_.front().definition().name, name_)};
}

Checked<const Tuple*> TupleSpace::update(const Operation& operation) {
  const auto row = find_exactly(operation);
  if (!row) return Refusal(row.error());
  if (!*row) return nullptr;
  if (auto valid = check_changes(operation.changes); !valid) return Refusal(valid.error());
  auto fields = changed((*row)->fields, operation.changes);
  if (!fields) return Refusal(fields.error());
  if (auto valid = check_tuple(*fields); !valid) return Refusal(valid.error());
  if (fields->front() != (*row)->fields.front())  // a row in the way is what Tarantool notices first
    return Refusal(primary().find(fields->front()) ? duplicate() : primary_key_changed());
  assign(**row, std::move(*fields));
  return &(*row)->fields;
}

Checked<std::optional<Tuple>> TupleSpace::erase(const Operation& operation) {
  const auto found = find_exactly(operation);
  if (!found) return Refusal(found.error());
  auto* row = *found;
  if (!row) return std::nullopt;
  for (auto& each : indexes_) each.erase(row);
  const auto position = row->position;
  std::swap(rows_[position], rows_.back());
  rows_[position]->position = position;
  auto fields = std::move(rows_.back()->fields);
  rows_.pop_back();
  return fields;
}

Checked<void> TupleSpace::upsert(const Tuple& tuple, const std::vector<Change>& changes) {
  if (auto valid = check_tuple(tuple); !valid) return valid;
  if (auto valid = check_changes(changes); !valid) return valid;
  auto* row = primary().find(tuple[0]);
  if (!row) {
    add(tuple);
    return {};
  }
  auto fields = changed_where_possible(row->fields, changes);
  if (auto valid = check_tuple(fields); !valid) return valid;
  if (fields.front() == row->fields.front()) assign(*row, std::move(fields));  // else passed over, as Tarantool does
  return {};
}

}  // namespace hotlap::targets::tuplestore
