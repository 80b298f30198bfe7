// Rows by the values of one or more fields. TREE orders rows that share a key by their primary key, and takes partial
// keys; HASH hands rows out in no promised order (ours differs from Tarantool's). Owns no row. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_set>
#include <vector>

#include "targets/stores/store.h"
#include "targets/tuplestore/row.h"
#include "targets/tuplestore/schema.h"

namespace hotlap::targets::tuplestore {

// The parts of a key, one after the other in MessagePack, checked to be of the index's types; may be fewer than it has.
struct KeyView {
  const char* at = nullptr;
  std::uint32_t parts = 0;
};

// Takes the rows that a select finds.
class RowSink {
 public:
  virtual void take(const Row& row) = 0;

 protected:
  ~RowSink() = default;
};

class Index {
 public:
  struct Part {
    FieldType type;
    std::uint32_t slot;  // of a row's offsets
  };
  // Slots of `definition.parts`, then, when it is not unique, the primary key: it tells rows apart that share a key.
  Index(IndexDefinition definition, std::vector<Part> parts);

  [[nodiscard]] const IndexDefinition& definition() const noexcept { return definition_; }
  [[nodiscard]] std::size_t key_parts() const noexcept { return definition_.parts.size(); }
  [[nodiscard]] std::size_t node_bytes() const noexcept;  // of memory, for each row

  void insert(Row* row);
  void erase(Row* row);
  // Of a unique index: the row with this whole key, and the row with the key that this tuple has.
  [[nodiscard]] Row* find(KeyView key) const;
  [[nodiscard]] Row* find_like(const CheckedTuple& tuple) const;
  [[nodiscard]] bool same_key(const Row& row, const CheckedTuple& tuple) const noexcept;
  // Hands the rows that iterator and key choose to `sink`, after `offset`, at most `limit`.
  void collect(Iterator iterator, KeyView key, std::uint32_t offset, std::uint32_t limit, RowSink& sink) const;

 private:
  // `hint` orders most rows without looking at them: the first part, as far as 64 bits hold it.
  struct Entry {
    std::uint64_t hint;
    Row* row;
  };
  struct Probe {
    std::uint64_t hint;
    KeyView key;
  };
  struct Like {  // has the whole key that this tuple has
    std::uint64_t hint;
    const CheckedTuple* tuple;
  };
  struct Order {
    using is_transparent = void;
    std::vector<Part> parts;
    std::size_t key_parts;
    bool operator()(const Entry& a, const Entry& b) const noexcept;
    bool operator()(const Entry& entry, const Probe& probe) const noexcept;
    bool operator()(const Probe& probe, const Entry& entry) const noexcept;
    bool operator()(const Entry& entry, const Like& like) const noexcept;
    bool operator()(const Like& like, const Entry& entry) const noexcept;
  };
  // The hash stands in the entry's hint.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Entry& entry) const noexcept { return entry.hint; }
    std::size_t operator()(const Probe& probe) const noexcept { return probe.hint; }
    std::size_t operator()(const Like& like) const noexcept { return like.hint; }
  };
  struct Same {
    using is_transparent = void;
    std::vector<Part> parts;
    bool operator()(const Entry& a, const Entry& b) const noexcept { return a.row == b.row; }
    bool operator()(const Entry& entry, const Probe& probe) const noexcept;
    bool operator()(const Probe& probe, const Entry& entry) const noexcept { return (*this)(entry, probe); }
    bool operator()(const Entry& entry, const Like& like) const noexcept;
    bool operator()(const Like& like, const Entry& entry) const noexcept { return (*this)(entry, like); }
  };

  template <class Fields>
  [[nodiscard]] std::uint64_t hint_of(const Fields& fields) const noexcept;
  [[nodiscard]] std::uint64_t hint_of_key(KeyView key) const noexcept;

  IndexDefinition definition_;
  std::vector<Part> parts_;  // of the key alone
  std::set<Entry, Order> tree_;
  std::unordered_set<Entry, Hash, Same> hash_;
};

}  // namespace hotlap::targets::tuplestore
