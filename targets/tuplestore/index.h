// Rows by the values of one or more fields. TREE orders rows that share a key by their primary key, and takes partial
// keys; HASH hands rows out in no promised order (ours differs from Tarantool's). Owns no row. Not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <unordered_set>
#include <vector>

#include "targets/stores/store.h"
#include "targets/tuplestore/schema.h"

namespace hotlap::targets::tuplestore {

struct Row {
  Tuple fields;
  std::size_t position = 0;  // in the space's list of rows
};

using KeyView = std::span<const Value>;

class Index {
 public:
  // `primary`: of the same space; what tells rows apart that share a key of an index that is not unique.
  Index(IndexDefinition definition, const std::vector<IndexPart>& primary);

  [[nodiscard]] const IndexDefinition& definition() const noexcept { return definition_; }
  void insert(Row* row);
  void erase(Row* row);
  // The row stays in the index while `change` alters its fields: no allocation.
  void rekey(Row* row, const std::function<void()>& change);
  // Of a unique index: the row with this whole key, and the row with the key that `fields` have.
  [[nodiscard]] Row* find(KeyView key) const;
  [[nodiscard]] Row* find_like(const Tuple& fields) const;
  [[nodiscard]] bool same_key(const Tuple& a, const Tuple& b) const noexcept;
  // Appends the rows that iterator and key choose, after `offset`, at most `limit`.
  void collect(Iterator iterator, KeyView key, std::uint32_t offset, std::uint32_t limit,
               std::vector<const Tuple*>& into) const;

 private:
  struct Probe {
    KeyView key;
  };
  struct Like {  // has the whole key that these fields have
    const Tuple* fields;
  };
  struct Order {
    using is_transparent = void;
    std::vector<IndexPart> parts;
    std::size_t key_parts;  // the first of them are the key, the others tell equal ones apart
    bool operator()(const Row* a, const Row* b) const noexcept;
    bool operator()(const Row* row, Probe probe) const noexcept;
    bool operator()(Probe probe, const Row* row) const noexcept;
    bool operator()(const Row* row, Like like) const noexcept;
    bool operator()(Like like, const Row* row) const noexcept;
  };
  struct Hash {
    using is_transparent = void;
    std::vector<IndexPart> parts;
    std::size_t operator()(const Row* row) const noexcept;
    std::size_t operator()(Probe probe) const noexcept;
    std::size_t operator()(Like like) const noexcept;
  };
  struct Same {
    using is_transparent = void;
    std::vector<IndexPart> parts;
    bool operator()(const Row* a, const Row* b) const noexcept;
    bool operator()(const Row* row, Probe probe) const noexcept;
    bool operator()(Probe probe, const Row* row) const noexcept;
    bool operator()(const Row* row, Like like) const noexcept;
    bool operator()(Like like, const Row* row) const noexcept;
  };

  IndexDefinition definition_;
  std::set<Row*, Order> tree_;
  std::unordered_set<Row*, Hash, Same> hash_;
};

}  // namespace hotlap::targets::tuplestore
