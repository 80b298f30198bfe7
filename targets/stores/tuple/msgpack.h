// MessagePack as far as tuples need it: where an item ends, what it is, and writing one. Nothing here allocates but the
// string that is written to, nothing recurses. `skip` and the functions of `Item` take bytes that `whole_item` has
// checked; `Reader` checks as it goes and never leaves its bytes.
// Source: github.com/msgpack/msgpack/blob/master/spec.md; kinds as Tarantool's mp_typeof() tells them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "targets/stores/store.h"

namespace hotlap::targets::msgpack {

// An `integer` is what is written in a signed format, and may still be positive.
enum class Kind : std::uint8_t { nil, boolean, natural, integer, real, text, binary, array, map, extension, reserved };

// How an item goes on after its first byte.
struct Shape {
  Kind kind = Kind::reserved;
  std::uint8_t length_bytes = 0;   // of the length or count that follows
  std::uint8_t content_bytes = 0;  // besides it
  std::uint8_t items = 0;          // inside it, when the first byte tells
};
namespace detail {
consteval std::array<Shape, 256> all_shapes() {
  std::array<Shape, 256> shapes{};
  const auto byte = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
  for (std::size_t first = 0; first <= 0x7f; ++first) shapes[first] = {.kind = Kind::natural};
  for (std::size_t first = 0x80; first <= 0x8f; ++first)
    shapes[first] = {.kind = Kind::map, .items = byte(2 * (first & 0x0f))};
  for (std::size_t first = 0x90; first <= 0x9f; ++first)
    shapes[first] = {.kind = Kind::array, .items = byte(first & 0x0f)};
  for (std::size_t first = 0xa0; first <= 0xbf; ++first)
    shapes[first] = {.kind = Kind::text, .content_bytes = byte(first & 0x1f)};
  shapes[0xc0] = {.kind = Kind::nil};
  shapes[0xc2] = shapes[0xc3] = {.kind = Kind::boolean};
  for (std::size_t width = 0; width < 3; ++width) {
    const auto length = byte(std::size_t{1} << width);
    shapes[0xc4 + width] = {.kind = Kind::binary, .length_bytes = length};
    shapes[0xc7 + width] = {.kind = Kind::extension, .length_bytes = length, .content_bytes = 1};  // 1: its type
    shapes[0xd9 + width] = {.kind = Kind::text, .length_bytes = length};
  }
  shapes[0xca] = {.kind = Kind::real, .content_bytes = 4};
  shapes[0xcb] = {.kind = Kind::real, .content_bytes = 8};
  for (std::size_t width = 0; width < 4; ++width) {
    const auto bytes = byte(std::size_t{1} << width);
    shapes[0xcc + width] = {.kind = Kind::natural, .content_bytes = bytes};
    shapes[0xd0 + width] = {.kind = Kind::integer, .content_bytes = bytes};
  }
  for (std::size_t width = 0; width < 5; ++width)
    shapes[0xd4 + width] = {.kind = Kind::extension, .content_bytes = byte(1 + (std::size_t{1} << width))};
  for (std::size_t width = 0; width < 2; ++width) {
    shapes[0xdc + width] = {.kind = Kind::array, .length_bytes = byte(std::size_t{2} << width)};
    shapes[0xde + width] = {.kind = Kind::map, .length_bytes = byte(std::size_t{2} << width)};
  }
  for (std::size_t first = 0xe0; first <= 0xff; ++first) shapes[first] = {.kind = Kind::integer};
  return shapes;
}
}  // namespace detail
inline constexpr std::array<Shape, 256> kShapes = detail::all_shapes();

[[nodiscard]] inline Kind kind_of(const char* at) noexcept {
  return kShapes[static_cast<unsigned char>(*at)].kind;
}

[[nodiscard]] inline std::uint64_t big_endian(const char* at, std::size_t bytes) noexcept {
  switch (bytes) {
    case 1:
      return static_cast<unsigned char>(*at);
    case 2: {
      std::uint16_t value = 0;
      std::memcpy(&value, at, sizeof value);
      return __builtin_bswap16(value);
    }
    case 4: {
      std::uint32_t value = 0;
      std::memcpy(&value, at, sizeof value);
      return __builtin_bswap32(value);
    }
    case 8: {
      std::uint64_t value = 0;
      std::memcpy(&value, at, sizeof value);
      return __builtin_bswap64(value);
    }
    default:
      return 0;
  }
}

// Bytes of the first whole item, or nothing when it is cut off or malformed.
[[nodiscard]] std::optional<std::size_t> whole_item(std::string_view bytes) noexcept;

// The end of the item.
[[nodiscard]] inline const char* skip(const char* at) noexcept {
  for (std::uint64_t left = 1; left > 0; --left) {
    const auto& shape = kShapes[static_cast<unsigned char>(*at++)];
    left += shape.items;
    if (shape.length_bytes > 0) {
      const auto length = big_endian(at, shape.length_bytes);
      at += shape.length_bytes;
      if (shape.kind == Kind::array)
        left += length;
      else if (shape.kind == Kind::map)
        left += 2 * length;
      else
        at += length;
    }
    at += shape.content_bytes;
  }
  return at;
}

// Of an array, a map or a text: its count or length; `at` moves behind it, to the first item or byte.
[[nodiscard]] inline std::uint32_t take_count(const char*& at) noexcept {
  const auto first = static_cast<unsigned char>(*at++);
  const auto& shape = kShapes[first];
  if (shape.length_bytes > 0) {
    const auto count = static_cast<std::uint32_t>(big_endian(at, shape.length_bytes));
    at += shape.length_bytes;
    return count;
  }
  return shape.kind == Kind::map ? shape.items / 2U : shape.kind == Kind::array ? shape.items : shape.content_bytes;
}

// Of a text or binary item; `at` moves behind it.
[[nodiscard]] inline std::string_view take_text(const char*& at) noexcept {
  const auto size = take_count(at);
  const std::string_view text(at, size);
  at += size;
  return text;
}

// A natural or an integer: its value is `bits`, less 2^64 when negative.
struct Whole {
  std::uint64_t bits = 0;
  bool negative = false;
  bool operator==(const Whole&) const = default;
  [[nodiscard]] friend bool operator<(const Whole& a, const Whole& b) noexcept {
    return a.negative != b.negative ? a.negative : a.bits < b.bits;
  }
};
[[nodiscard]] Whole take_wide_whole(const char*& at) noexcept;
[[nodiscard]] inline Whole take_whole(const char*& at) noexcept {
  const auto first = static_cast<signed char>(*at);
  if (first < -32) return take_wide_whole(at);
  ++at;
  return {.bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(first)), .negative = first < 0};
}
[[nodiscard]] double take_real(const char*& at) noexcept;  // of a real

// Walks over bytes that nobody has checked.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool ended() const noexcept { return at_ == end_; }
  [[nodiscard]] const char* at() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  // False (and nothing moves): what comes next is no whole item of that kind.
  [[nodiscard]] bool map(std::uint32_t& entries) noexcept { return counted(Kind::map, entries); }
  [[nodiscard]] bool array(std::uint32_t& items) noexcept { return counted(Kind::array, items); }
  [[nodiscard]] bool natural(std::uint64_t& value) noexcept {
    if (at_ == end_ || static_cast<signed char>(*at_) < 0) return wide_natural(value);
    value = static_cast<unsigned char>(*at_++);
    return true;
  }
  [[nodiscard]] bool item(std::string_view& bytes) noexcept;
  [[nodiscard]] bool skip() noexcept {
    std::string_view ignored;
    return item(ignored);
  }
  // False: no whole value, or one that Value has no counterpart for (then the reader stands before it).
  [[nodiscard]] bool field(Field& into) noexcept;  // a text is a view into the bytes that are read
  [[nodiscard]] bool value(Value& into);

 private:
  [[nodiscard]] bool wide_natural(std::uint64_t& value) noexcept;
  [[nodiscard]] bool counted(Kind kind, std::uint32_t& count) noexcept;
  // The bytes of a first byte, its length and its content; nothing when they are not there.
  [[nodiscard]] bool scalar(std::size_t& bytes) const noexcept;

  const char* at_;
  const char* end_;
};

// Writing: the shortest form, as Tarantool does. Functions append.
void write_natural(std::string& out, std::uint64_t value);
void write_whole(std::string& out, Whole value);
void write_text(std::string& out, std::string_view text);
void write_array(std::string& out, std::size_t items);
void write_map(std::string& out, std::size_t entries);
void write_real(std::string& out, double value);
void write_single(std::string& out, float value);
void write_value(std::string& out, const Value& value);
void write_tuple(std::string& out, const Tuple& tuple);
inline void write_fixed32(std::string& out, std::uint32_t value) {
  const std::uint32_t swapped = __builtin_bswap32(value);
  char bytes[5] = {'\xce'};
  std::memcpy(bytes + 1, &swapped, sizeof swapped);
  out.append(bytes, sizeof bytes);
}

}  // namespace hotlap::targets::msgpack
