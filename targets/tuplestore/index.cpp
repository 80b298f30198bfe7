#include "targets/tuplestore/index.h"

#include <algorithm>
#include <compare>
#include <string_view>
#include <utility>

namespace hotlap::targets::tuplestore {
namespace {

// Values of one indexed field are all of one alternative: check_tuple() and the key's check have seen to it.
std::strong_ordering compare(const Value& a, const Value& b) noexcept {
  if (const auto* text = std::get_if<std::string>(&a)) return *text <=> *std::get_if<std::string>(&b);
  return *std::get_if<std::int64_t>(&a) <=> *std::get_if<std::int64_t>(&b);
}

std::strong_ordering compare(const Tuple& a, const Tuple& b, std::span<const IndexPart> parts) noexcept {
  for (const auto& part : parts)
    if (const auto order = compare(a[part.field], b[part.field]); order != 0) return order;
  return std::strong_ordering::equal;
}

// A partial key is equal to every row that begins with it.
std::strong_ordering compare(const Tuple& fields, KeyView key, std::span<const IndexPart> parts) noexcept {
  for (std::size_t part = 0; part < key.size(); ++part)
    if (const auto order = compare(fields[parts[part].field], key[part]); order != 0) return order;
  return std::strong_ordering::equal;
}

std::size_t hash_of(const Value& value) noexcept {
  if (const auto* text = std::get_if<std::string>(&value)) return std::hash<std::string_view>{}(*text);
  return std::hash<std::int64_t>{}(*std::get_if<std::int64_t>(&value));
}

constexpr std::size_t kHashStep = 0x9e3779b97f4a7c15;

std::size_t mixed(std::size_t hash, std::size_t more) noexcept {
  return (hash ^ (hash >> 32)) * kHashStep + more;
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
  return compare(a->fields, b->fields, parts) < 0;
}
bool Index::Order::operator()(const Row* row, Probe probe) const noexcept {
  return compare(row->fields, probe.key, parts) < 0;
}
bool Index::Order::operator()(Probe probe, const Row* row) const noexcept {
  return compare(row->fields, probe.key, parts) > 0;
}
bool Index::Order::operator()(const Row* row, Like like) const noexcept {
  return compare(row->fields, *like.fields, std::span(parts).first(key_parts)) < 0;
}
bool Index::Order::operator()(Like like, const Row* row) const noexcept {
  return compare(*like.fields, row->fields, std::span(parts).first(key_parts)) < 0;
}
std::size_t Index::Hash::operator()(const Row* row) const noexcept {
  return (*this)(Like{&row->fields});
}
std::size_t Index::Hash::operator()(Probe probe) const noexcept {
  std::size_t hash = 0;
  for (const auto& value : probe.key) hash = mixed(hash, hash_of(value));
  return hash;
}
std::size_t Index::Hash::operator()(Like like) const noexcept {
  std::size_t hash = 0;
  for (const auto& part : parts) hash = mixed(hash, hash_of((*like.fields)[part.field]));
  return hash;
}
bool Index::Same::operator()(const Row* a, const Row* b) const noexcept {
  return compare(a->fields, b->fields, parts) == 0;
}
bool Index::Same::operator()(const Row* row, Probe probe) const noexcept {
  return compare(row->fields, probe.key, parts) == 0;
}
bool Index::Same::operator()(Probe probe, const Row* row) const noexcept {
  return (*this)(row, probe);
}
bool Index::Same::operator()(const Row* row, Like like) const noexcept {
  return compare(row->fields, *like.fields, parts) == 0;
}
bool Index::Same::operator()(Like like, const Row* row) const noexcept {
  return (*this)(row, like);
}

Index::Index(IndexDefinition definition, const std::vector<IndexPart>& primary)
    : definition_(std::move(definition)),
      tree_(Order{.parts = definition_.parts, .key_parts = definition_.parts.size()}),
      hash_(0, Hash{definition_.parts}, Same{definition_.parts}) {
  if (definition_.unique) return;
  auto order = tree_.key_comp();
  order.parts.insert(order.parts.end(), primary.begin(), primary.end());
  tree_ = std::set<Row*, Order>(std::move(order));
}

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

Row* Index::find(KeyView key) const {
  if (definition_.kind == IndexKind::tree) {
    const auto found = tree_.find(Probe{key});
    return found == tree_.end() ? nullptr : *found;
  }
  const auto found = hash_.find(Probe{key});
  return found == hash_.end() ? nullptr : *found;
}

Row* Index::find_like(const Tuple& fields) const {
  if (definition_.kind == IndexKind::tree) {
    const auto found = tree_.find(Like{&fields});
    return found == tree_.end() ? nullptr : *found;
  }
  const auto found = hash_.find(Like{&fields});
  return found == hash_.end() ? nullptr : *found;
}

bool Index::same_key(const Tuple& a, const Tuple& b) const noexcept {
  return compare(a, b, definition_.parts) == 0;
}

void Index::collect(Iterator iterator, KeyView key, std::uint32_t offset, std::uint32_t limit,
                    std::vector<const Tuple*>& into) const {
  Window window(offset, limit, into);
  if (definition_.kind == IndexKind::hash) {
    if (iterator == Iterator::all || key.empty()) return window.take(hash_.begin(), hash_.end());
    const auto found = hash_.find(Probe{key});
    if (iterator == Iterator::eq) {
      if (found != hash_.end()) window.take(found, std::next(found));
    } else if (found != hash_.end()) {  // gt: whatever comes after it
      window.take(std::next(found), hash_.end());
    }
    return;
  }
  if (key.empty()) {
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
