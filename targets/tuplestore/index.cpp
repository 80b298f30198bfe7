#include <functional>
#include <string_view>
#include <utility>

#include "targets/tuplestore/tuple_space.h"

namespace hotlap::targets::tuplestore {
namespace {

// Values of one indexed field are all of one alternative: check_tuple() and the key's check have seen to it.
std::strong_ordering compare(const Value& a, const Value& b) noexcept {
  if (const auto* text = std::get_if<std::string>(&a)) return *text <=> *std::get_if<std::string>(&b);
  return *std::get_if<std::int64_t>(&a) <=> *std::get_if<std::int64_t>(&b);
}

std::size_t hash_of(const Value& value) noexcept {
  if (const auto* text = std::get_if<std::string>(&value)) return std::hash<std::string_view>{}(*text);
  return std::hash<std::int64_t>{}(*std::get_if<std::int64_t>(&value));
}

// Hands rows out until the limit; false: no more.
class Window {
 public:
  Window(std::uint32_t offset, std::uint32_t limit, std::vector<const Tuple*>& into)
      : offset_(offset), limit_(limit), into_(into) {}
  template <class Position>
  void take(Position begin, const Position& end) {
    for (; begin != end && limit_ > 0; ++begin) {
      if (offset_ > 0) {
        --offset_;
        continue;
      }
      --limit_;
      into_.push_back(&(*begin)->fields);
    }
  }

 private:
  std::uint32_t offset_;
  std::uint32_t limit_;
  std::vector<const Tuple*>& into_;
};

}  // namespace

bool Index::Order::operator()(const Row* a, const Row* b) const noexcept {
  const auto order = compare(a->fields[field], b->fields[field]);
  if (order != 0 || !by_primary_too) return order < 0;
  return compare(a->fields[0], b->fields[0]) < 0;
}
bool Index::Order::operator()(const Row* row, Probe probe) const noexcept {
  return compare(row->fields[field], *probe.value) < 0;
}
bool Index::Order::operator()(Probe probe, const Row* row) const noexcept {
  return compare(*probe.value, row->fields[field]) < 0;
}
std::size_t Index::Hash::operator()(const Row* row) const noexcept {
  return hash_of(row->fields[field]);
}
std::size_t Index::Hash::operator()(Probe probe) const noexcept {
  return hash_of(*probe.value);
}
bool Index::Same::operator()(const Row* a, const Row* b) const noexcept {
  return compare(a->fields[field], b->fields[field]) == 0;
}
bool Index::Same::operator()(const Row* row, Probe probe) const noexcept {
  return compare(row->fields[field], *probe.value) == 0;
}
bool Index::Same::operator()(Probe probe, const Row* row) const noexcept {
  return (*this)(row, probe);
}

Index::Index(IndexDefinition definition)
    : definition_(std::move(definition)),
      tree_(Order{definition_.field, !definition_.unique}),
      hash_(0, Hash{definition_.field}, Same{definition_.field}) {}

void Index::insert(Row* row) {
  if (definition_.kind == IndexKind::tree)
    tree_.insert(row);
  else
    hash_.insert(row);
}

void Index::erase(Row* row) {
  if (definition_.kind == IndexKind::tree)
    tree_.erase(row);
  else
    hash_.erase(row);
}

void Index::rekey(Row* row, const std::function<void()>& change) {
  if (definition_.kind == IndexKind::tree) {
    auto node = tree_.extract(row);
    change();
    tree_.insert(std::move(node));
  } else {
    auto node = hash_.extract(row);
    change();
    hash_.insert(std::move(node));
  }
}

Row* Index::find(const Value& key) const {
  if (definition_.kind == IndexKind::tree) {
    const auto found = tree_.find(Probe{&key});
    return found == tree_.end() ? nullptr : *found;
  }
  const auto found = hash_.find(Probe{&key});
  return found == hash_.end() ? nullptr : *found;
}

void Index::collect(Iterator iterator, const Value* key, std::uint32_t offset, std::uint32_t limit,
                    std::vector<const Tuple*>& into) const {
  Window window(offset, limit, into);
  if (definition_.kind == IndexKind::hash) {
    if (iterator == Iterator::all || !key) return window.take(hash_.begin(), hash_.end());
    const auto found = hash_.find(Probe{key});
    if (iterator == Iterator::eq) {
      if (found != hash_.end()) window.take(found, std::next(found));
    } else if (found != hash_.end()) {  // gt: whatever comes after it
      window.take(std::next(found), hash_.end());
    }
    return;
  }
  if (!key) {
    const bool descends = iterator == Iterator::req || iterator == Iterator::lt || iterator == Iterator::le;
    return descends ? window.take(tree_.rbegin(), tree_.rend()) : window.take(tree_.begin(), tree_.end());
  }
  const Probe probe{key};
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
