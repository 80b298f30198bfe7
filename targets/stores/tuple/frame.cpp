#include "targets/stores/tuple/frame.h"

namespace hotlap::targets::iproto {
namespace {

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// How a MessagePack item goes on after its first byte: bytes of a length or count, bytes of content, items inside.
struct ItemShape {
  bool known = true;
  std::size_t length_bytes = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t items = 0;
  bool length_counts_pairs = false;
  bool length_counts_items = false;
};

ItemShape shape_of(unsigned char first) noexcept {
  if (first <= 0x7f || first >= 0xe0) return {};
  if (first <= 0x8f) return {.items = 2ULL * (first & 0x0f)};
  if (first <= 0x9f) return {.items = first & 0x0fULL};
  if (first <= 0xbf) return {.content_bytes = first & 0x1fULL};
  switch (first) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return {};
    case 0xc4:
    case 0xd9:
      return {.length_bytes = 1};
    case 0xc5:
    case 0xda:
      return {.length_bytes = 2};
    case 0xc6:
    case 0xdb:
      return {.length_bytes = 4};
    case 0xc7:
      return {.length_bytes = 1, .content_bytes = 1};  // ext: a type byte comes before the content
    case 0xc8:
      return {.length_bytes = 2, .content_bytes = 1};
    case 0xc9:
      return {.length_bytes = 4, .content_bytes = 1};
    case 0xcc:
    case 0xd0:
      return {.content_bytes = 1};
    case 0xcd:
    case 0xd1:
      return {.content_bytes = 2};
    case 0xca:
    case 0xce:
    case 0xd2:
      return {.content_bytes = 4};
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return {.content_bytes = 8};
    case 0xd4:
      return {.content_bytes = 2};
    case 0xd5:
      return {.content_bytes = 3};
    case 0xd6:
      return {.content_bytes = 5};
    case 0xd7:
      return {.content_bytes = 9};
    case 0xd8:
      return {.content_bytes = 17};
    case 0xdc:
      return {.length_bytes = 2, .length_counts_items = true};
    case 0xdd:
      return {.length_bytes = 4, .length_counts_items = true};
    case 0xde:
      return {.length_bytes = 2, .length_counts_pairs = true};
    case 0xdf:
      return {.length_bytes = 4, .length_counts_pairs = true};
    default:
      return {.known = false};  // 0xc1
  }
}

}  // namespace

std::optional<std::size_t> whole_item(std::string_view bytes) noexcept {
  std::size_t at = 0;
  for (std::uint64_t left = 1; left > 0; --left) {
    if (left > bytes.size() - at) return std::nullopt;
    const auto shape = shape_of(static_cast<unsigned char>(bytes[at++]));
    if (!shape.known || shape.length_bytes > bytes.size() - at) return std::nullopt;
    const auto length = big_endian(bytes.substr(at, shape.length_bytes));
    at += shape.length_bytes;
    const bool counts = shape.length_counts_items || shape.length_counts_pairs;
    const auto content = shape.content_bytes + (counts ? 0 : length);
    if (content > bytes.size() - at) return std::nullopt;
    at += static_cast<std::size_t>(content);
    left += shape.items + (shape.length_counts_pairs ? 2 * length : shape.length_counts_items ? length : 0);
  }
  return at;
}

Frame first_frame(std::string_view bytes) noexcept {
  if (bytes.empty()) return {};
  const auto first = static_cast<unsigned char>(bytes[0]);
  std::size_t length_bytes = 0;
  switch (first) {
    case 0xcc:
      length_bytes = 1;
      break;
    case 0xcd:
      length_bytes = 2;
      break;
    case 0xce:
      length_bytes = 4;
      break;
    case 0xcf:
      length_bytes = 8;
      break;
    default:
      if (first > 0x7f) return {.parsed = Parsed::bad, .why = "the length of a frame is not an unsigned number"};
  }
  if (bytes.size() < 1 + length_bytes) return {};
  const auto length = length_bytes == 0 ? first : big_endian(bytes.substr(1, length_bytes));
  if (length > kMaxFrameBytes) return {.parsed = Parsed::bad, .why = "a frame is longer than 16 MiB"};
  if (length == 0) return {.parsed = Parsed::bad, .why = "a frame is empty"};
  if (bytes.size() - 1 - length_bytes < length) return {};
  const auto size = static_cast<std::size_t>(length);
  return {.parsed = Parsed::done, .bytes = 1 + length_bytes + size, .content = bytes.substr(1 + length_bytes, size)};
}

}  // namespace hotlap::targets::iproto
