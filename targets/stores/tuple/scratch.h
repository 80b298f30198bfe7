// What both directions of decoding share: msgpack-c's objects and the memory they stand in. Only the codec's own files
// include this, so that msgpack-c stays out of every other header.
#pragma once

#include <msgpack.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::iproto {

inline std::optional<std::uint64_t> number_of(const msgpack_object& object) noexcept {
  if (object.type != MSGPACK_OBJECT_POSITIVE_INTEGER) return std::nullopt;
  return object.via.u64;
}

inline std::optional<std::string_view> text_of(const msgpack_object& object) noexcept {
  if (object.type == MSGPACK_OBJECT_STR) return std::string_view(object.via.str.ptr, object.via.str.size);
  if (object.type == MSGPACK_OBJECT_BIN) return std::string_view(object.via.bin.ptr, object.via.bin.size);
  return std::nullopt;
}

inline std::span<const msgpack_object_kv> entries_of(const msgpack_object& map) noexcept {
  return {map.via.map.ptr, map.via.map.size};
}
inline std::span<const msgpack_object> items_of(const msgpack_object& array) noexcept {
  return {array.via.array.ptr, array.via.array.size};
}
inline bool is_array(const msgpack_object& object) noexcept {
  return object.type == MSGPACK_OBJECT_ARRAY;
}

// False: the object has no counterpart in Value (a fraction, a map, a nested array, a number beyond 63 bits).
[[nodiscard]] bool read_value(const msgpack_object& object, Value& value);
[[nodiscard]] bool read_tuple(const msgpack_object& array, Tuple& tuple);

struct Decoder::Scratch {
  msgpack_zone zone{};
  msgpack_object header{};
  msgpack_object body{};
  bool has_body = false;

  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // Header and body of a frame's content, each a map; false when they are not.
  [[nodiscard]] bool read(std::string_view content);
  [[nodiscard]] std::optional<std::uint64_t> header_number(std::uint8_t id) const;

 private:
  [[nodiscard]] bool read_map(std::string_view bytes, msgpack_object& into);
};

}  // namespace hotlap::targets::iproto
