#include "targets/stores/tuple/scratch.h"

#include <limits>

#include "base/error.h"
#include "targets/stores/tuple/frame.h"

namespace hotlap::targets::iproto {
namespace {

constexpr std::size_t kZoneChunkBytes = 8192;

}  // namespace

bool read_value(const msgpack_object& object, Value& value) {
  switch (object.type) {
    case MSGPACK_OBJECT_NIL:
      value = std::monostate{};
      return true;
    case MSGPACK_OBJECT_BOOLEAN:
      value = object.via.boolean;
      return true;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
      if (object.via.u64 > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
      value = static_cast<std::int64_t>(object.via.u64);
      return true;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
      value = object.via.i64;
      return true;
    case MSGPACK_OBJECT_STR:
    case MSGPACK_OBJECT_BIN:
      value.emplace<std::string>(*text_of(object));
      return true;
    default:
      return false;
  }
}

bool read_tuple(const msgpack_object& array, Tuple& tuple) {
  tuple.resize(array.via.array.size);
  for (std::size_t field = 0; field < tuple.size(); ++field)
    if (!read_value(items_of(array)[field], tuple[field])) return false;
  return true;
}

Decoder::Scratch::Scratch() {
  check(msgpack_zone_init(&zone, kZoneChunkBytes), "there is memory for a decoder");
}
Decoder::Scratch::~Scratch() {
  msgpack_zone_destroy(&zone);
}

bool Decoder::Scratch::read(std::string_view content) {
  msgpack_zone_clear(&zone);
  const auto header_bytes = whole_item(content);
  if (!header_bytes || !read_map(content.substr(0, *header_bytes), header)) return false;
  content.remove_prefix(*header_bytes);
  has_body = !content.empty();
  if (!has_body) return true;
  return whole_item(content) == content.size() && read_map(content, body);
}

bool Decoder::Scratch::read_map(std::string_view bytes, msgpack_object& into) {
  std::size_t offset = 0;
  // Refuses nesting beyond 32 levels.
  const auto status = msgpack_unpack(bytes.data(), bytes.size(), &offset, &zone, &into);
  return (status == MSGPACK_UNPACK_SUCCESS || status == MSGPACK_UNPACK_EXTRA_BYTES) && into.type == MSGPACK_OBJECT_MAP;
}

std::optional<std::uint64_t> Decoder::Scratch::header_number(std::uint8_t id) const {
  for (const auto& [name, object] : entries_of(header))
    if (number_of(name) == id) return number_of(object);
  return std::nullopt;
}

Decoder::Decoder() : scratch_(std::make_unique<Scratch>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

}  // namespace hotlap::targets::iproto
