// One space of tuples and its indexes, with Tarantool 2.6's rules: which fields an index demands, in which order it
// hands rows out, which keys it takes. Refusals carry Tarantool's codes. Not thread-safe.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "targets/stores/store.h"

namespace hotlap::targets::tuplestore {

enum class FieldType : std::uint8_t { string, integer, unsigned_integer };
enum class IndexKind : std::uint8_t { tree, hash };

struct IndexDefinition {  // always one field; the first index of a space is its unique primary key
  std::string name;
  IndexKind kind;
  bool unique;
  std::uint32_t field;  // from 0
  FieldType type;
};

using Refusal = std::unexpected<StoreError>;
template <class T>
using Checked = std::expected<T, StoreError>;

struct Row {
  Tuple fields;
  std::size_t position = 0;  // in the space's list of rows
};

// Rows by the value of one field. TREE orders rows that share a value by their primary key. HASH hands rows out in no
// promised order (ours differs from Tarantool's).
class Index {
 public:
  explicit Index(IndexDefinition definition);

  [[nodiscard]] const IndexDefinition& definition() const noexcept { return definition_; }
  void insert(Row* row);
  void erase(Row* row);
  // The row stays in the index while `change` alters its field: no allocation.
  void rekey(Row* row, const std::function<void()>& change);
  [[nodiscard]] Row* find(const Value& key) const;  // of a unique index
  // Appends the rows that iterator and key choose, after `offset`, at most `limit`.
  void collect(Iterator iterator, const Value* key, std::uint32_t offset, std::uint32_t limit,
               std::vector<const Tuple*>& into) const;

 private:
  struct Probe {
    const Value* value;
  };
  struct Order {
    using is_transparent = void;
    std::uint32_t field;
    bool by_primary_too;
    bool operator()(const Row* a, const Row* b) const noexcept;
    bool operator()(const Row* row, Probe probe) const noexcept;
    bool operator()(Probe probe, const Row* row) const noexcept;
  };
  struct Hash {
    using is_transparent = void;
    std::uint32_t field;
    std::size_t operator()(const Row* row) const noexcept;
    std::size_t operator()(Probe probe) const noexcept;
  };
  struct Same {
    using is_transparent = void;
    std::uint32_t field;
    bool operator()(const Row* a, const Row* b) const noexcept;
    bool operator()(const Row* row, Probe probe) const noexcept;
    bool operator()(Probe probe, const Row* row) const noexcept;
  };

  IndexDefinition definition_;
  std::set<Row*, Order> tree_;
  std::unordered_set<Row*, Hash, Same> hash_;
};

class TupleSpace {
 public:
  TupleSpace(std::uint32_t id, std::string name, std::vector<IndexDefinition> indexes);

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
  [[nodiscard]] StoreError duplicate() const;
  [[nodiscard]] StoreError primary_key_changed() const;
  const Tuple* add(const Tuple& tuple);
  void assign(Row& row, Tuple fields);

  std::uint32_t id_;
  std::string name_;
  std::vector<Index> indexes_;
  std::vector<std::unique_ptr<Row>> rows_;
};

}  // namespace hotlap::targets::tuplestore
