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

Checked<void> check_key_types(const IndexDefinition& index, KeyView key) {
  for (std::size_t part = 0; part < key.size(); ++part)
    if (!fits(key[part], index.parts[part].type))
      return refuse(code::kKeyPartType,
                    fmt::format("Supplied key type of part {} does not match index part type: expected {}", part,
                                name_of(index.parts[part].type)));
  return {};
}

// What key and iterator a select may have on this index.
Checked<void> check_selection(const TupleSpace& space, const IndexDefinition& index, const Operation& operation) {
  const bool whole_index =
      operation.key.empty() &&
      (index.kind == IndexKind::tree || operation.iterator == Iterator::all || operation.iterator == Iterator::gt);
  if (whole_index) return {};
  const auto parts = index.parts.size();
  if (operation.key.size() > parts)
    return refuse(code::kKeyPartCount,
                  fmt::format("Invalid key part count (expected [0..{}], got {})", parts, operation.key.size()));
  if (index.kind == IndexKind::hash && operation.key.size() < parts)
    return refuse(code::kPartialKey,
                  fmt::format("HASH index  does not support selects via a partial key (expected {} parts, got {}). "
                              "Please Consider changing index type to TREE.",
                              parts, operation.key.size()));
  if (auto typed = check_key_types(index, operation.key); !typed) return typed;
  const bool served = index.kind == IndexKind::tree || operation.iterator == Iterator::eq ||
                      operation.iterator == Iterator::all || operation.iterator == Iterator::gt;
  if (!served)
    return refuse(code::kUnsupportedIterator,
                  fmt::format("Index '{}' (HASH) of space '{}' (memtx) does not support requested iterator type",
                              index.name, space.name()));
  return {};
}

}  // namespace

TupleSpace::TupleSpace(SpaceDefinition definition) : id_(definition.id), name_(std::move(definition.name)) {
  auto& indexes = definition.indexes;
  check(!indexes.empty() && indexes[0].unique, "a space's first index is its unique primary key");
  const auto primary = indexes[0].parts;
  for (auto& index : indexes) {
    check(!index.parts.empty() && (index.unique || index.kind == IndexKind::tree), "a HASH is unique, and has parts");
    indexed_.insert(indexed_.end(), index.parts.begin(), index.parts.end());
    indexes_.emplace_back(std::move(index), primary);
  }
  std::ranges::sort(indexed_, {}, &IndexPart::field);
  const auto same = std::ranges::unique(indexed_);
  indexed_.erase(same.begin(), same.end());
  check(std::ranges::adjacent_find(indexed_, {}, &IndexPart::field) == indexed_.end(),
        "an indexed field has one type in all indexes");
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
  for (const auto& [field, type] : indexed_)
    if (field < tuple.size() && !fits(tuple[field], type))
      return refuse(code::kFieldType,
                    fmt::format("Tuple field {} type does not match one required by operation: expected {}", field + 1,
                                name_of(type)));
  for (const auto& [field, type] : indexed_)
    if (field >= tuple.size())
      return refuse(code::kFieldMissing, fmt::format("Tuple field {} required by space format is missing", field + 1));
  return {};
}

Checked<void> TupleSpace::check_unique(const Tuple& tuple, const Row* but) const {
  for (const auto& index : indexes_) {
    if (!index.definition().unique) continue;
    const auto* other = index.find_like(tuple);
    if (other && other != but) return Refusal(duplicate(index));
  }
  return {};
}

Checked<void> TupleSpace::select(const Operation& operation, std::vector<const Tuple*>& into) const {
  const auto found = index(operation.index);
  if (!found) return Refusal(found.error());
  if (auto allowed = check_selection(*this, (*found)->definition(), operation); !allowed) return allowed;
  (*found)->collect(operation.iterator, operation.key, operation.offset, operation.limit, into);
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
  for (auto& each : indexes_)
    if (!each.same_key(row.fields, fields)) moved.push_back(&each);
  std::function<void()> change = [&] { row.fields = std::move(fields); };
  for (auto* each : moved) change = [each, &row, inner = std::move(change)] { each->rekey(&row, inner); };
  change();
}

Checked<const Tuple*> TupleSpace::insert(const Tuple& tuple) {
  if (auto valid = check_tuple(tuple); !valid) return Refusal(valid.error());
  if (auto unique = check_unique(tuple, nullptr); !unique) return Refusal(unique.error());
  return add(tuple);
}

Checked<const Tuple*> TupleSpace::replace(const Tuple& tuple) {
  if (auto valid = check_tuple(tuple); !valid) return Refusal(valid.error());
  auto* row = primary().find_like(tuple);
  if (auto unique = check_unique(tuple, row); !unique) return Refusal(unique.error());
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
  if (operation.key.size() != definition.parts.size())
    return refuse(code::kExactMatch, fmt::format("Invalid key part count in an exact match (expected {}, got {})",
                                                 definition.parts.size(), operation.key.size()));
  if (auto typed = check_key_types(definition, operation.key); !typed) return Refusal(typed.error());
  return (*found)->find(operation.key);
}

StoreError TupleSpace::duplicate(const Index& index) const {
  return {code::kTupleFound,
          fmt::format("Duplicate key exists in unique index '{}' in space '{}'", index.definition().name, name_)};
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
  if (!primary().same_key(*fields, (*row)->fields))  // a row in the way is what Tarantool notices first
    return Refusal(primary().find_like(*fields) ? duplicate(primary()) : primary_key_changed());
  if (auto unique = check_unique(*fields, *row); !unique) return Refusal(unique.error());
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
  auto* row = primary().find_like(tuple);
  if (!row) {
    if (auto unique = check_unique(tuple, nullptr); !unique) return unique;
    add(tuple);
    return {};
  }
  auto fields = changed_where_possible(row->fields, changes);
  if (auto valid = check_tuple(fields); !valid) return valid;
  if (!primary().same_key(fields, row->fields)) return {};  // passed over, as Tarantool does
  if (auto unique = check_unique(fields, row); !unique) return unique;
  assign(*row, std::move(fields));
  return {};
}

}  // namespace hotlap::targets::tuplestore
