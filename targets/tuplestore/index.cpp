#include "targets/tuplestore/index.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::tuplestore {
namespace {

using Parts = std::span<const Index::Part>;

// Both are of the part's type: check_tuple() and the key's check have seen to it. Moves behind both.
std::strong_ordering compare(const char*& a, const char*& b, FieldType type) noexcept {
  if (type == FieldType::string) return msgpack::take_text(a) <=> msgpack::take_text(b);
  const auto left = msgpack::take_whole(a);
  const auto right = msgpack::take_whole(b);
  return left == right  ? std::strong_ordering::equal
         : left < right ? std::strong_ordering::less
                        : std::strong_ordering::greater;
}

template <class A, class B>
std::strong_ordering compare_fields(const A& a, const B& b, Parts parts) noexcept {
  for (const auto& part : parts) {
    const char* left = a.field(part.slot);
    const char* right = b.field(part.slot);
    if (const auto order = compare(left, right, part.type); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

// A partial key is equal to every row that begins with it.
std::strong_ordering compare_key(const Row& row, KeyView key, Parts parts) noexcept {
  for (const auto& part : parts.first(key.parts)) {
    const char* left = row.field(part.slot);
    if (const auto order = compare(left, key.at, part.type); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

// As much of a value as 64 bits hold, in its order: a smaller hint is a smaller value, an equal one says nothing.
std::uint64_t order_hint(const char* at, FieldType type) noexcept {
  if (type == FieldType::string) {
    const auto text = msgpack::take_text(at);
    char first[8] = {};
    std::copy_n(text.data(), std::min(text.size(), sizeof first), first);
    return msgpack::big_endian(first, sizeof first);
  }
  constexpr auto kSign = 1ULL << 63;
  const auto whole = msgpack::take_whole(at);
  if (!whole.negative && whole.bits >= kSign) return std::numeric_limits<std::uint64_t>::max();
  return whole.bits ^ kSign;
}

constexpr std::uint64_t kHashStep = 0x9e3779b97f4a7c15;

void mix(std::uint64_t& hash, const char*& at, FieldType type) noexcept {
  hash = (hash ^ hash >> 32) * kHashStep;
  if (type == FieldType::string) {
    hash += std::hash<std::string_view>{}(msgpack::take_text(at));
  } else {
    const auto whole = msgpack::take_whole(at);
    hash += (whole.bits ^ whole.bits >> 32) * kHashStep;
  }
}

// Hands rows out until the limit.
class Window {
 public:
  Window(std::uint32_t offset, std::uint32_t limit, RowSink& sink) : offset_(offset), limit_(limit), sink_(sink) {}
  template <class Position>
  void take(Position begin, const Position& end) {
    for (; begin != end && limit_ > 0; ++begin) {
      if (offset_ > 0) {
        --offset_;
        continue;
      }
      --limit_;
      sink_.take(*begin->row);
    }
  }

 private:
  std::uint32_t offset_;
  std::uint32_t limit_;
  RowSink& sink_;
};

}  // namespace

bool Index::Order::operator()(const Entry& a, const Entry& b) const noexcept {
  return a.hint != b.hint ? a.hint < b.hint : compare_fields(*a.row, *b.row, parts) < 0;
}
bool Index::Order::operator()(const Entry& entry, const Probe& probe) const noexcept {
  return entry.hint != probe.hint ? entry.hint < probe.hint : compare_key(*entry.row, probe.key, parts) < 0;
}
bool Index::Order::operator()(const Probe& probe, const Entry& entry) const noexcept {
  return entry.hint != probe.hint ? probe.hint < entry.hint : compare_key(*entry.row, probe.key, parts) > 0;
}
bool Index::Order::operator()(const Entry& entry, const Like& like) const noexcept {
  return entry.hint != like.hint ? entry.hint < like.hint
                                 : compare_fields(*entry.row, *like.tuple, Parts(parts).first(key_parts)) < 0;
}
bool Index::Order::operator()(const Like& like, const Entry& entry) const noexcept {
  return entry.hint != like.hint ? like.hint < entry.hint
                                 : compare_fields(*like.tuple, *entry.row, Parts(parts).first(key_parts)) < 0;
}
bool Index::Same::operator()(const Entry& entry, const Probe& probe) const noexcept {
  return entry.hint == probe.hint && compare_key(*entry.row, probe.key, parts) == 0;
}
bool Index::Same::operator()(const Entry& entry, const Like& like) const noexcept {
  return entry.hint == like.hint && compare_fields(*entry.row, *like.tuple, parts) == 0;
}

Index::Index(IndexDefinition definition, std::vector<Part> parts)
    : definition_(std::move(definition)),
      parts_(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(definition_.parts.size())),
      tree_(Order{.parts = std::move(parts), .key_parts = parts_.size()}),
      hash_(0, Hash{}, Same{parts_}) {}

std::size_t Index::node_bytes() const noexcept {
  constexpr std::size_t kTreeNode = 32 + sizeof(Entry);     // colour and three pointers
  constexpr std::size_t kHashNode = 8 + sizeof(Entry) + 8;  // next, and its share of the buckets
  return definition_.kind == IndexKind::tree ? kTreeNode : kHashNode;
}

template <class Fields>
std::uint64_t Index::hint_of(const Fields& fields) const noexcept {
  if (definition_.kind == IndexKind::tree) return order_hint(fields.field(parts_.front().slot), parts_.front().type);
  std::uint64_t hash = 0;
  for (const auto& part : parts_) {
    const char* at = fields.field(part.slot);
    mix(hash, at, part.type);
  }
  return hash;
}

std::uint64_t Index::hint_of_key(KeyView key) const noexcept {
  if (definition_.kind == IndexKind::tree) return order_hint(key.at, parts_.front().type);
  std::uint64_t hash = 0;
  for (const auto& part : parts_) mix(hash, key.at, part.type);
  return hash;
}

void Index::insert(Row* row) {
  if (definition_.kind == IndexKind::tree)
    tree_.insert({hint_of(*row), row});
  else
    hash_.insert({hint_of(*row), row});
}

void Index::erase(Row* row) {
  if (definition_.kind == IndexKind::tree)
    tree_.erase(Entry{hint_of(*row), row});
  else
    hash_.erase(Entry{hint_of(*row), row});
}

Row* Index::find(KeyView key) const {
  const Probe probe{hint_of_key(key), key};
  if (definition_.kind == IndexKind::tree) {
    const auto found = tree_.find(probe);
    return found == tree_.end() ? nullptr : found->row;
  }
  const auto found = hash_.find(probe);
  return found == hash_.end() ? nullptr : found->row;
}

Row* Index::find_like(const CheckedTuple& tuple) const {
  const Like like{hint_of(tuple), &tuple};
  if (definition_.kind == IndexKind::tree) {
    const auto found = tree_.find(like);
    return found == tree_.end() ? nullptr : found->row;
  }
  const auto found = hash_.find(like);
  return found == hash_.end() ? nullptr : found->row;
}

bool Index::same_key(const Row& row, const CheckedTuple& tuple) const noexcept {
  return compare_fields(row, tuple, parts_) == 0;
}

void Index::collect(Iterator iterator, KeyView key, std::uint32_t offset, std::uint32_t limit, RowSink& sink) const {
  Window window(offset, limit, sink);
  if (definition_.kind == IndexKind::hash) {
    if (iterator == Iterator::all || key.parts == 0) return window.take(hash_.begin(), hash_.end());
    const auto found = hash_.find(Probe{hint_of_key(key), key});
    if (iterator == Iterator::eq) {
      if (found != hash_.end()) window.take(found, std::next(found));
    } else if (found != hash_.end()) {  // gt: whatever comes after it
      window.take(std::next(found), hash_.end());
    }
    return;
  }
  if (key.parts == 0) {
    const bool descends = iterator == Iterator::req || iterator == Iterator::lt || iterator == Iterator::le;
    return descends ? window.take(tree_.rbegin(), tree_.rend()) : window.take(tree_.begin(), tree_.end());
  }
  const Probe probe{hint_of_key(key), key};
  switch (iterator) {
    case Iterator::eq:
      return window.take(tree_.lower_bound(probe), tree_.upper_bound(probe));
    case Iterator::req:
      return window.take(std::make_reverse_iterator(tree_.upper_bound(probe)),
                         std::make_reverse_iterator(tree_.lower_bound(probe)));
    case Iterator::all:
    case Iterator::ge:
      return window.take(tree_.lower_bound(probe), tree_.end());
    case Iterator::gt:
      return window.take(tree_.upper_bound(probe), tree_.end());
    case Iterator::le:
      return window.take(std::make_reverse_iterator(tree_.upper_bound(probe)), tree_.rend());
    case Iterator::lt:
      return window.take(std::make_reverse_iterator(tree_.lower_bound(probe)), tree_.rend());
  }
}

}  // namespace hotlap::targets::tuplestore
