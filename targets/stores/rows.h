// Values, tuples of them, and the rows of an answer. A tuple owns what it holds; the rows of an answer stand together:
// all fields in one run of memory, all texts in another, so that an answer costs a few allocations however many rows it
// has. A RowView and a Field end with their Rows, or when a field is added to them. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace hotlap::targets {

using Value = std::variant<std::monostate, bool, std::int64_t, std::string>;       // nil, bool, integer, text
using Field = std::variant<std::monostate, bool, std::int64_t, std::string_view>;  // the same, its text another's
using Tuple = std::vector<Value>;

[[nodiscard]] inline Field field_of(const Value& value) {
  return std::visit([](const auto& held) { return Field(held); }, value);
}
[[nodiscard]] inline Value owned(const Field& field) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string_view>)
          return Value(std::string(held));
        else
          return Value(held);
      },
      field);
}

class RowView {
 public:
  RowView() = default;
  explicit RowView(std::span<const Field> fields) noexcept : fields_(fields) {}

  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }
  [[nodiscard]] const Field& operator[](std::size_t field) const noexcept { return fields_[field]; }
  [[nodiscard]] const Field& at(std::size_t field) const {
    if (field >= size()) throw std::out_of_range("a row has no such field");
    return fields_[field];
  }
  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }
  friend bool operator==(RowView a, RowView b) noexcept { return std::ranges::equal(a, b); }
  friend bool operator==(RowView row, const Tuple& tuple) {
    return std::ranges::equal(row, tuple, {}, {}, [](const Value& value) { return field_of(value); });
  }

 private:
  std::span<const Field> fields_;
};

[[nodiscard]] inline Tuple owned(RowView row) {
  Tuple tuple;
  tuple.reserve(row.size());
  for (const auto& field : row) tuple.push_back(owned(field));
  return tuple;
}

class Rows {
 public:
  class const_iterator {
   public:
    using value_type = RowView;
    using reference = RowView;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    const_iterator() = default;
    const_iterator(const Rows& rows, std::size_t row) noexcept : rows_(&rows), row_(row) {}
    [[nodiscard]] RowView operator*() const noexcept { return (*rows_)[row_]; }
    const_iterator& operator++() noexcept {
      ++row_;
      return *this;
    }
    const_iterator operator++(int) noexcept { return std::exchange(*this, const_iterator(*rows_, row_ + 1)); }
    bool operator==(const const_iterator&) const = default;

   private:
    const Rows* rows_ = nullptr;
    std::size_t row_ = 0;
  };
  using iterator = const_iterator;
  using value_type = RowView;

  Rows() = default;
  // To be filled, with texts of at most so many bytes in all.
  explicit Rows(std::size_t text_bytes)
      : texts_(std::make_unique_for_overwrite<char[]>(text_bytes)), room_(text_bytes) {}
  Rows(std::initializer_list<Tuple> tuples) : Rows(text_bytes_in(tuples)) {
    for (const auto& tuple : tuples) {
      for (const auto& value : tuple) add_copy(field_of(value));
      end_row();
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
  [[nodiscard]] RowView operator[](std::size_t row) const noexcept {
    const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
    return RowView(std::span(fields_).subspan(begin, ends_[row] - begin));
  }
  [[nodiscard]] RowView at(std::size_t row) const {
    if (row >= size()) throw std::out_of_range("an answer has no such row");
    return (*this)[row];
  }
  [[nodiscard]] RowView front() const noexcept { return (*this)[0]; }
  [[nodiscard]] const_iterator begin() const noexcept { return {*this, 0}; }
  [[nodiscard]] const_iterator end() const noexcept { return {*this, size()}; }
  friend bool operator==(const Rows& a, const Rows& b) { return std::ranges::equal(a, b); }

  // Filling: the fields of a row one by one, then its end.
  void reserve(std::size_t rows, std::size_t fields) {
    ends_.reserve(rows);
    fields_.reserve(fields);
  }
  [[nodiscard]] std::string_view keep(std::string_view text) {
    check(text.size() <= room_ - used_, "the texts of an answer are no longer than was said");
    char* const at = texts_.get() + used_;
    text.copy(at, text.size());
    used_ += text.size();
    return {at, text.size()};
  }
  // A nil, to be filled in place; its text is one that `keep` gave back, or a part of it.
  [[nodiscard]] Field& add() { return fields_.emplace_back(); }
  void add_copy(const Field& field) {
    const auto* text = std::get_if<std::string_view>(&field);
    fields_.push_back(text ? Field(keep(*text)) : field);
  }
  void end_row() { ends_.push_back(static_cast<std::uint32_t>(fields_.size())); }

 private:
  static std::size_t text_bytes_in(std::initializer_list<Tuple> tuples) {
    std::size_t bytes = 0;
    for (const auto& tuple : tuples)
      for (const auto& value : tuple)
        if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    return bytes;
  }

  std::unique_ptr<char[]> texts_;
  std::size_t room_ = 0;
  std::size_t used_ = 0;
  std::vector<Field> fields_;
  std::vector<std::uint32_t> ends_;  // of each row, in fields
};

}  // namespace hotlap::targets
