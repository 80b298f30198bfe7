// One space of tuples and its indexes, with Tarantool 2.6's rules: which fields an index demands, in which order it
// hands rows out, which keys it takes. Tuples, keys and operations are MessagePack arrays that are known to be whole.
// Refusals carry Tarantool's codes and change nothing. Not thread-safe.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "targets/stores/store.h"
#include "targets/tuplestore/change.h"
#include "targets/tuplestore/checked.h"
#include "targets/tuplestore/index.h"
#include "targets/tuplestore/memory.h"
#include "targets/tuplestore/row.h"
#include "targets/tuplestore/schema.h"

namespace hotlap::targets::tuplestore {

struct Selection {
  std::uint32_t index = 0;
  std::uint32_t iterator = 0;  // as asked: may be none of ours
  std::uint32_t offset = 0;
  std::uint32_t limit = 0xffff'ffff;
  std::string_view key;
};

class TupleSpace {
 public:
  // `memory` and `changer` are the database's, shared by its spaces.
  TupleSpace(SpaceDefinition definition, Memory& memory, Changer& changer);

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] const Index* index_named(std::string_view name) const noexcept;
  [[nodiscard]] const Row& row_at(std::size_t position) const noexcept { return *rows_[position]; }

  [[nodiscard]] Checked<void> select(const Selection& selection, RowSink& sink) const;
  [[nodiscard]] Checked<void> insert(const Tuple& tuple);  // for who provisions it
  [[nodiscard]] Checked<const Row*> insert(std::string_view tuple);
  [[nodiscard]] Checked<const Row*> replace(std::string_view tuple);
  // nullptr: no row has this key.
  [[nodiscard]] Checked<const Row*> update(std::uint32_t index, std::string_view key, std::string_view operations,
                                           std::uint32_t index_base);
  [[nodiscard]] Checked<void> upsert(std::string_view tuple, std::string_view operations, std::uint32_t index_base);
  // The row, out of the space; nullptr: no row has this key.
  [[nodiscard]] Checked<std::unique_ptr<Row>> erase(std::uint32_t index, std::string_view key);

 private:
  [[nodiscard]] Checked<const Index*> index(std::uint32_t number) const;
  [[nodiscard]] Checked<Row*> find_exactly(std::uint32_t index, std::string_view key) const;
  [[nodiscard]] Checked<CheckedTuple> check_tuple(std::string_view bytes) const;
  // Refused by the first unique index, from `first` on, in which another row than `but` has the key of `tuple`.
  [[nodiscard]] Checked<void> check_unique(const CheckedTuple& tuple, std::size_t first, const Row* but) const;
  [[nodiscard]] StoreError duplicate(const Index& index) const;
  [[nodiscard]] StoreError primary_key_changed() const;
  [[nodiscard]] std::size_t cost(std::size_t tuple_bytes) const noexcept;
  [[nodiscard]] Checked<const Row*> add(const CheckedTuple& tuple);
  [[nodiscard]] Checked<void> assign(Row& row, const CheckedTuple& tuple);

  std::uint32_t id_;
  std::string name_;
  std::vector<Index> indexes_;
  std::vector<IndexPart> indexed_;  // every field that an index names, from left to right: the slots of a row's offsets
  std::size_t bytes_for_each_row_ = 0;
  std::vector<std::unique_ptr<Row>> rows_;
  Memory& memory_;
  Changer& changer_;
};

}  // namespace hotlap::targets::tuplestore
