#include "targets/tuplestore/tuple_space.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;
using msgpack::Kind;

constexpr std::size_t kSecondary = 1;                         // the first index after the primary
constexpr std::size_t kMaxTupleBytes = std::size_t{1} << 20;  // memtx_max_tuple_size

bool fits(const char* at, FieldType type) noexcept {
  const auto kind = msgpack::kind_of(at);
  switch (type) {
    case FieldType::string:
      return kind == Kind::text;
    case FieldType::integer:
      return kind == Kind::natural || kind == Kind::integer;
    case FieldType::unsigned_integer:
      break;
  }
  return kind == Kind::natural;
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

KeyView opened(std::string_view array) noexcept {
  KeyView key{.at = array.data()};
  key.parts = msgpack::take_count(key.at);
  return key;
}

Checked<void> check_key_types(const IndexDefinition& index, KeyView key) {
  for (std::uint32_t part = 0; part < key.parts; ++part) {
    if (!fits(key.at, index.parts[part].type))
      return refuse(code::kKeyPartType,
                    fmt::format("Supplied key type of part {} does not match index part type: expected {}", part,
                                name_of(index.parts[part].type)));
    key.at = msgpack::skip(key.at);
  }
  return {};
}

// What key and iterator a select may have on this index.
Checked<void> check_selection(const TupleSpace& space, const IndexDefinition& index, std::uint32_t iterator,
                              KeyView key) {
  const auto is = [&](Iterator one) { return iterator == std::to_underlying(one); };
  const bool tree = index.kind == IndexKind::tree;
  if (key.parts > 0 || !(tree || is(Iterator::all) || is(Iterator::gt))) {
    const auto parts = index.parts.size();
    if (key.parts > parts)
      return refuse(code::kKeyPartCount,
                    fmt::format("Invalid key part count (expected [0..{}], got {})", parts, key.parts));
    if (!tree && key.parts < parts)
      return refuse(code::kPartialKey,
                    fmt::format("HASH index  does not support selects via a partial key (expected {} parts, got {}). "
                                "Please Consider changing index type to TREE.",
                                parts, key.parts));
    if (auto typed = check_key_types(index, key); !typed) return typed;
  }
  const bool served =
      tree ? iterator <= std::to_underlying(Iterator::gt) : is(Iterator::eq) || is(Iterator::all) || is(Iterator::gt);
  if (!served)
    return refuse(code::kUnsupportedIterator,
                  fmt::format("Index '{}' ({}) of space '{}' (memtx) does not support requested iterator type",
                              index.name, tree ? "TREE" : "HASH", space.name()));
  return {};
}

}  // namespace

TupleSpace::TupleSpace(SpaceDefinition definition, Memory& memory, Changer& changer)
    : id_(definition.id), name_(std::move(definition.name)), memory_(memory), changer_(changer) {
  auto& indexes = definition.indexes;
  check(!indexes.empty() && indexes[0].unique, "a space's first index is its unique primary key");
  for (const auto& index : indexes) {
    check(!index.parts.empty() && (index.unique || index.kind == IndexKind::tree), "a HASH is unique, and has parts");
    indexed_.insert(indexed_.end(), index.parts.begin(), index.parts.end());
  }
  std::ranges::sort(indexed_, {}, &IndexPart::field);
  const auto same = std::ranges::unique(indexed_);
  indexed_.erase(same.begin(), same.end());
  check(std::ranges::adjacent_find(indexed_, {}, &IndexPart::field) == indexed_.end(),
        "an indexed field has one type in all indexes");
  check(indexed_.size() <= kMaxIndexedFields, "a row has room for the offsets of its indexed fields");
  const auto primary = indexes[0].parts;
  for (auto& index : indexes) {
    std::vector<Index::Part> parts;
    const auto append = [&](const std::vector<IndexPart>& fields) {
      for (const auto& part : fields) {
        const auto slot = std::ranges::find(indexed_, part.field, &IndexPart::field) - indexed_.begin();
        parts.push_back({.type = part.type, .slot = static_cast<std::uint32_t>(slot)});
      }
    };
    append(index.parts);
    if (!index.unique) append(primary);
    bytes_for_each_row_ += indexes_.emplace_back(std::move(index), std::move(parts)).node_bytes();
  }
  constexpr std::size_t kInTheList = sizeof(std::unique_ptr<Row>);
  bytes_for_each_row_ += sizeof(Row) + kInTheList;
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

Checked<CheckedTuple> TupleSpace::check_tuple(std::string_view bytes) const {
  CheckedTuple tuple{.bytes = bytes};
  const char* at = bytes.data();
  const auto fields = msgpack::take_count(at);
  std::uint32_t field = 0;
  for (std::size_t slot = 0; slot < indexed_.size(); ++slot) {
    const auto& part = indexed_[slot];
    if (part.field >= fields)
      return refuse(code::kFieldMissing,
                    fmt::format("Tuple field {} required by space format is missing", part.field + 1));
    for (; field < part.field; ++field) at = msgpack::skip(at);
    if (!fits(at, part.type))
      return refuse(code::kFieldType, fmt::format("Tuple field {} type does not match one required by operation: "
                                                  "expected {}",
                                                  part.field + 1, name_of(part.type)));
    tuple.offsets[slot] = static_cast<std::uint32_t>(at - bytes.data());
  }
  if (bytes.size() > kMaxTupleBytes)
    return refuse(code::kTupleTooLarge, fmt::format("Failed to allocate {} bytes for tuple: tuple is too large. Check "
                                                    "'memtx_max_tuple_size' configuration option.",
                                                    bytes.size()));
  return tuple;
}

Checked<void> TupleSpace::check_unique(const CheckedTuple& tuple, std::size_t first, const Row* but) const {
  for (std::size_t number = first; number < indexes_.size(); ++number) {
    const auto& index = indexes_[number];
    if (!index.definition().unique) continue;
    const auto* other = index.find_like(tuple);
    if (other && other != but) return Refusal(duplicate(index));
  }
  return {};
}

Checked<void> TupleSpace::select(const Selection& selection, RowSink& sink) const {
  const auto found = index(selection.index);
  if (!found) return Refusal(found.error());
  const auto key = opened(selection.key);
  if (auto allowed = check_selection(*this, (*found)->definition(), selection.iterator, key); !allowed) return allowed;
  (*found)->collect(static_cast<Iterator>(selection.iterator), key, selection.offset, selection.limit, sink);
  return {};
}

std::size_t TupleSpace::cost(std::size_t tuple_bytes) const noexcept {
  constexpr std::size_t kOfAnAllocation = 16;
  return bytes_for_each_row_ + tuple_bytes + 2 * kOfAnAllocation;
}

Checked<const Row*> TupleSpace::add(const CheckedTuple& tuple) {
  if (!memory_.take(cost(tuple.bytes.size())))
    return refuse(code::kMemory, fmt::format("Failed to allocate {} bytes in slab allocator for memtx_tuple",
                                             cost(tuple.bytes.size())));
  auto& row = rows_.emplace_back(std::make_unique<Row>(
      Row{.bytes = std::string(tuple.bytes), .offsets = tuple.offsets, .position = rows_.size()}));
  for (auto& each : indexes_) each.insert(row.get());
  return row.get();
}

// The primary key is the same before and after.
Checked<void> TupleSpace::assign(Row& row, const CheckedTuple& tuple) {
  const auto before = row.bytes.size();
  const auto after = tuple.bytes.size();
  if (after > before && !memory_.take(after - before))
    return refuse(code::kMemory,
                  fmt::format("Failed to allocate {} bytes in slab allocator for memtx_tuple", cost(after)));
  if (after < before) memory_.give_back(before - after);
  // The first index is the primary key's, which stays.
  std::array<bool, kMaxIndexedFields + 1> moves{};
  for (std::size_t each = 1; each < indexes_.size(); ++each) {
    moves[each] = !indexes_[each].same_key(row, tuple);
    if (moves[each]) indexes_[each].erase(&row);
  }
  row.bytes.assign(tuple.bytes);
  row.offsets = tuple.offsets;
  for (std::size_t each = 1; each < indexes_.size(); ++each)
    if (moves[each]) indexes_[each].insert(&row);
  return {};
}

Checked<void> TupleSpace::insert(const Tuple& tuple) {
  std::string bytes;
  msgpack::write_tuple(bytes, tuple);
  if (auto inserted = insert(bytes); !inserted) return Refusal(inserted.error());
  return {};
}

Checked<const Row*> TupleSpace::insert(std::string_view bytes) {
  const auto tuple = check_tuple(bytes);
  if (!tuple) return Refusal(tuple.error());
  if (auto unique = check_unique(*tuple, 0, nullptr); !unique) return Refusal(unique.error());
  return add(*tuple);
}

Checked<const Row*> TupleSpace::replace(std::string_view bytes) {
  const auto tuple = check_tuple(bytes);
  if (!tuple) return Refusal(tuple.error());
  auto* row = indexes_.front().find_like(*tuple);
  if (auto unique = check_unique(*tuple, kSecondary, row); !unique) return Refusal(unique.error());
  if (!row) return add(*tuple);
  if (auto assigned = assign(*row, *tuple); !assigned) return Refusal(assigned.error());
  return row;
}

Checked<Row*> TupleSpace::find_exactly(std::uint32_t number, std::string_view array) const {
  const auto found = index(number);
  if (!found) return Refusal(found.error());
  const auto& definition = (*found)->definition();
  if (!definition.unique)
    return refuse(code::kMoreThanOneTuple, "Get() doesn't support partial keys and non-unique indexes");
  const auto key = opened(array);
  if (key.parts != definition.parts.size())
    return refuse(code::kExactMatch, fmt::format("Invalid key part count in an exact match (expected {}, got {})",
                                                 definition.parts.size(), key.parts));
  if (auto typed = check_key_types(definition, key); !typed) return Refusal(typed.error());
  return (*found)->find(key);
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

Checked<const Row*> TupleSpace::update(std::uint32_t number, std::string_view key, std::string_view operations,
                                       std::uint32_t index_base) {
  const auto row = find_exactly(number, key);
  if (!row) return Refusal(row.error());
  if (!*row) return nullptr;
  if (auto valid = changer_.read(operations, index_base); !valid) return Refusal(valid.error());
  const auto bytes = changer_.changed((*row)->bytes);
  if (!bytes) return Refusal(bytes.error());
  const auto tuple = check_tuple(*bytes);
  if (!tuple) return Refusal(tuple.error());
  const auto& primary = indexes_.front();
  if (!primary.same_key(**row, *tuple))  // a row in the way is what Tarantool notices first
    return Refusal(primary.find_like(*tuple) ? duplicate(primary) : primary_key_changed());
  if (auto unique = check_unique(*tuple, kSecondary, *row); !unique) return Refusal(unique.error());
  if (auto assigned = assign(**row, *tuple); !assigned) return Refusal(assigned.error());
  return *row;
}

Checked<std::unique_ptr<Row>> TupleSpace::erase(std::uint32_t number, std::string_view key) {
  const auto found = find_exactly(number, key);
  if (!found) return Refusal(found.error());
  auto* row = *found;
  if (!row) return nullptr;
  for (auto& each : indexes_) each.erase(row);
  const auto position = row->position;
  std::swap(rows_[position], rows_.back());
  rows_[position]->position = position;
  auto erased = std::move(rows_.back());
  rows_.pop_back();
  memory_.give_back(cost(erased->bytes.size()));
  return erased;
}

Checked<void> TupleSpace::upsert(std::string_view bytes, std::string_view operations, std::uint32_t index_base) {
  const auto tuple = check_tuple(bytes);
  if (!tuple) return Refusal(tuple.error());
  if (auto valid = changer_.read(operations, index_base); !valid) return valid;
  auto* row = indexes_.front().find_like(*tuple);
  if (!row) {
    if (auto unique = check_unique(*tuple, kSecondary, nullptr); !unique) return unique;
    if (auto added = add(*tuple); !added) return Refusal(added.error());
    return {};
  }
  const auto changed = check_tuple(changer_.changed_where_possible(row->bytes));
  if (!changed) return Refusal(changed.error());
  if (!indexes_.front().same_key(*row, *changed)) return {};  // passed over, as Tarantool does
  if (auto unique = check_unique(*changed, kSecondary, row); !unique) return unique;
  return assign(*row, *changed);
}

}  // namespace hotlap::targets::tuplestore
