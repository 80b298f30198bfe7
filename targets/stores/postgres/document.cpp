#include "targets/stores/postgres/document.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace hotlap::targets::postgres {
namespace {

// Fills the tuple while the parser reads, without a tree in between.
class TupleReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Tuple tuple;

  bool null() override { return add(std::monostate{}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return std::cmp_less_equal(value, std::numeric_limits<std::int64_t>::max()) &&
           add(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool key(string_t&) override { return false; }
  bool end_object() override { return false; }
  bool start_array(std::size_t) override { return !std::exchange(inside_, true); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  template <class T>
  bool add(T value) {
    if (inside_) tuple.emplace_back(std::move(value));
    return inside_;
  }
  bool inside_ = false;
};

}  // namespace

std::string document_of(const Tuple& tuple) {
  auto array = nlohmann::json::array();
  for (const auto& value : tuple)
    std::visit(
        [&](const auto& held) {
          if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
            array.push_back(nullptr);
          else
            array.push_back(held);
        },
        value);
  return array.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Tuple> tuple_of(std::string_view document) {
  TupleReader reader;
  if (!nlohmann::json::sax_parse(document, &reader)) return std::nullopt;
  return std::move(reader.tuple);
}

std::string utf8_of(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return std::string(text);
  const auto read_back = tuple_of(document_of({std::string(text)}));
  check(read_back.has_value(), "a document that was just written can be read");
  return std::get<std::string>(read_back->front());
}

}  // namespace hotlap::targets::postgres
