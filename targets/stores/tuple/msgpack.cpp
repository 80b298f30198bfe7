#include "targets/stores/tuple/msgpack.h"

#include <bit>
#include <limits>

namespace hotlap::targets::msgpack {
namespace {

template <class Number>
void append_big_endian(std::string& out, char first, Number value) {
  char bytes[1 + sizeof value] = {first};
  for (std::size_t byte = 0; byte < sizeof value; ++byte)
    bytes[1 + byte] = static_cast<char>(value >> (8 * (sizeof value - 1 - byte)) & 0xff);
  out.append(bytes, sizeof bytes);
}

// A count in the shortest of the forms: in the first byte, or in two or four bytes behind `wide` or `wide` + 1.
void append_count(std::string& out, std::size_t count, std::size_t most_in_first, unsigned char first,
                  unsigned char wide) {
  if (count <= most_in_first)
    out += static_cast<char>(first | count);
  else if (count <= 0xffff)
    append_big_endian(out, static_cast<char>(wide), static_cast<std::uint16_t>(count));
  else
    append_big_endian(out, static_cast<char>(wide + 1), static_cast<std::uint32_t>(count));
}

}  // namespace

std::optional<std::size_t> whole_item(std::string_view bytes) noexcept {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const auto left_bytes = [&] { return static_cast<std::size_t>(end - at); };
  std::uint64_t left = 1;
  do {
    if (at == end) return std::nullopt;
    const auto shape = kShapes[static_cast<unsigned char>(*at++)];
    std::uint64_t content = shape.content_bytes;
    left += shape.items;
    if (shape.length_bytes > 0) {
      if (shape.length_bytes > left_bytes()) return std::nullopt;
      const auto length = big_endian(at, shape.length_bytes);
      at += shape.length_bytes;
      if (shape.kind == Kind::array)
        left += length;
      else if (shape.kind == Kind::map)
        left += 2 * length;
      else
        content += length;
    } else if (shape.kind == Kind::reserved) {
      return std::nullopt;
    }
    if (content > left_bytes()) return std::nullopt;
    at += content;
  } while (--left > 0);
  return static_cast<std::size_t>(at - bytes.data());
}

Whole take_wide_whole(const char*& at) noexcept {
  const auto first = static_cast<unsigned char>(*at++);
  const auto& shape = kShapes[first];
  const std::size_t bytes = shape.content_bytes;
  auto bits = big_endian(at, bytes);
  at += bytes;
  if (shape.kind == Kind::natural) return {.bits = bits};
  const auto shift = 64 - 8 * bytes;
  const auto value = static_cast<std::int64_t>(bits << shift) >> shift;
  return {.bits = static_cast<std::uint64_t>(value), .negative = value < 0};
}

double take_real(const char*& at) noexcept {
  const bool single = static_cast<unsigned char>(*at++) == 0xca;
  const std::size_t bytes = single ? 4 : 8;
  const auto bits = big_endian(at, bytes);
  at += bytes;
  return single ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                : std::bit_cast<double>(bits);
}

bool Reader::scalar(std::size_t& bytes) const noexcept {
  if (at_ == end_) return false;
  const auto& shape = kShapes[static_cast<unsigned char>(*at_)];
  bytes = std::size_t{1} + shape.length_bytes + shape.content_bytes;
  if (bytes > left()) return false;
  if (shape.length_bytes > 0) bytes += big_endian(at_ + 1, shape.length_bytes);
  return bytes <= left();
}

bool Reader::counted(Kind kind, std::uint32_t& count) noexcept {
  if (at_ == end_ || kind_of(at_) != kind || kShapes[static_cast<unsigned char>(*at_)].length_bytes >= left())
    return false;
  count = take_count(at_);
  return true;
}

bool Reader::wide_natural(std::uint64_t& value) noexcept {
  std::size_t bytes = 0;
  if (!scalar(bytes) || kind_of(at_) != Kind::natural) return false;
  value = take_whole(at_).bits;
  return true;
}

bool Reader::item(std::string_view& bytes) noexcept {
  const auto size = whole_item({at_, left()});
  if (!size) return false;
  bytes = {at_, *size};
  at_ += *size;
  return true;
}

// What rows are made of comes first, told by its first byte: the next field is then on its way before this one's shape
// has been looked up.
bool Reader::field(Field& into) noexcept {
  if (at_ == end_) return false;
  const auto first = static_cast<unsigned char>(*at_);
  const auto text = [&](std::size_t head, std::size_t size) {
    if (head + size > left()) return false;
    into = std::string_view(at_ + head, size);
    at_ += head + size;
    return true;
  };
  if (first <= 0x7f) {
    into = std::int64_t{first};
    ++at_;
    return true;
  }
  if (first >= 0xa0 && first <= 0xbf) return text(1, first & 0x1fU);
  if (first == 0xd9) return left() >= 2 && text(2, static_cast<unsigned char>(at_[1]));
  const auto kind = kShapes[first].kind;
  std::size_t bytes = 0;
  if (kind == Kind::array || kind == Kind::map || !scalar(bytes)) return false;
  const char* at = at_;
  switch (kind) {
    case Kind::nil:
      into.emplace<std::monostate>();
      break;
    case Kind::boolean:
      into = first == 0xc3;
      break;
    case Kind::natural:
    case Kind::integer: {
      const auto whole = take_whole(at);
      if (!whole.negative && whole.bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return false;
      into = static_cast<std::int64_t>(whole.bits);
      break;
    }
    case Kind::text:
    case Kind::binary:
      into = take_text(at);
      break;
    default:
      return false;
  }
  at_ += bytes;
  return true;
}

bool Reader::value(Value& into) {
  Field read;
  if (!field(read)) return false;
  into = owned(read);
  return true;
}

void write_natural(std::string& out, std::uint64_t value) {
  if (value <= 0x7f)
    out += static_cast<char>(value);
  else if (value <= 0xff)
    append_big_endian(out, '\xcc', static_cast<std::uint8_t>(value));
  else if (value <= 0xffff)
    append_big_endian(out, '\xcd', static_cast<std::uint16_t>(value));
  else if (value <= 0xffff'ffff)
    append_big_endian(out, '\xce', static_cast<std::uint32_t>(value));
  else
    append_big_endian(out, '\xcf', value);
}

void write_whole(std::string& out, Whole value) {
  if (!value.negative) return write_natural(out, value.bits);
  const auto number = static_cast<std::int64_t>(value.bits);
  if (number >= -32)
    out += static_cast<char>(number);
  else if (number >= std::numeric_limits<std::int8_t>::min())
    append_big_endian(out, '\xd0', static_cast<std::uint8_t>(number));
  else if (number >= std::numeric_limits<std::int16_t>::min())
    append_big_endian(out, '\xd1', static_cast<std::uint16_t>(number));
  else if (number >= std::numeric_limits<std::int32_t>::min())
    append_big_endian(out, '\xd2', static_cast<std::uint32_t>(number));
  else
    append_big_endian(out, '\xd3', value.bits);
}

void write_text(std::string& out, std::string_view text) {
  if (text.size() <= 0x1f)
    out += static_cast<char>(0xa0 | text.size());
  else if (text.size() <= 0xff)
    append_big_endian(out, '\xd9', static_cast<std::uint8_t>(text.size()));
  else if (text.size() <= 0xffff)
    append_big_endian(out, '\xda', static_cast<std::uint16_t>(text.size()));
  else
    append_big_endian(out, '\xdb', static_cast<std::uint32_t>(text.size()));
  out += text;
}

void write_array(std::string& out, std::size_t items) {
  append_count(out, items, 0x0f, 0x90, 0xdc);
}

void write_map(std::string& out, std::size_t entries) {
  append_count(out, entries, 0x0f, 0x80, 0xde);
}

void write_real(std::string& out, double value) {
  append_big_endian(out, '\xcb', std::bit_cast<std::uint64_t>(value));
}

void write_single(std::string& out, float value) {
  append_big_endian(out, '\xca', std::bit_cast<std::uint32_t>(value));
}

void write_value(std::string& out, const Value& value) {
  struct Write {
    std::string& out;
    void operator()(std::monostate) const { out += '\xc0'; }
    void operator()(bool flag) const { out += flag ? '\xc3' : '\xc2'; }
    void operator()(std::int64_t number) const {
      write_whole(out, {.bits = static_cast<std::uint64_t>(number), .negative = number < 0});
    }
    void operator()(const std::string& text) const { write_text(out, text); }
  };
  std::visit(Write{out}, value);
}

void write_tuple(std::string& out, const Tuple& tuple) {
  write_array(out, tuple.size());
  for (const auto& field : tuple) write_value(out, field);
}

}  // namespace hotlap::targets::msgpack
