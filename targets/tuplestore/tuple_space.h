// One space of tuples and its indexes, with Tarantool 2.6's rules: which fields an index demands, in which order it
// hands rows out, which keys it takes. Refusals carry Tarantool's codes. Not thread-safe.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "targets/stores/store.h"
#include "targets/tuplestore/index.h"
#include "targets/tuplestore/schema.h"

namespace hotlap::targets::tuplestore {

using Refusal = std::unexpected<StoreError>;
template <class T>
using Checked = std::expected<T, StoreError>;

class TupleSpace {
 public:
  explicit TupleSpace(SpaceDefinition definition);

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] const Index* index_named(std::string_view name) const noexcept;
  [[nodiscard]] const Tuple* row_at(std::size_t position) const noexcept { return &rows_[position]->fields; }

  [[nodiscard]] Checked<void> select(const Operation& operation, std::vector<const Tuple*>& into) const;
  [[nodiscard]] Checked<const Tuple*> insert(const Tuple& tuple);
  [[nodiscard]] Checked<const Tuple*> replace(const Tuple& tuple);
  // nullptr: no row has this key.
  [[nodiscard]] Checked<const Tuple*> update(const Operation& operation);
  [[nodiscard]] Checked<std::optional<Tuple>> erase(const Operation& operation);
  [[nodiscard]] Checked<void> upsert(const Tuple& tuple, const std::vector<Change>& changes);

 private:
  [[nodiscard]] Index& primary() noexcept { return indexes_.front(); }
  [[nodiscard]] Checked<const Index*> index(std::uint32_t number) const;
  [[nodiscard]] Checked<Row*> find_exactly(const Operation& operation) const;
  [[nodiscard]] Checked<void> check_tuple(const Tuple& tuple) const;
  // The first unique index in which another row than `but` has the key of `tuple`.
  [[nodiscard]] Checked<void> check_unique(const Tuple& tuple, const Row* but) const;
  [[nodiscard]] StoreError duplicate(const Index& index) const;
  [[nodiscard]] StoreError primary_key_changed() const;
  const Tuple* add(const Tuple& tuple);
  void assign(Row& row, Tuple fields);

  std::uint32_t id_;
  std::string name_;
  std::vector<Index> indexes_;
  std::vector<IndexPart> indexed_;  // every field that an index names, from left to right
  std::vector<std::unique_ptr<Row>> rows_;
};

}  // namespace hotlap::targets::tuplestore
