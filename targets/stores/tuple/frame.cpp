#include "targets/stores/tuple/frame.h"

#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::iproto {

Frame first_frame(std::string_view bytes) noexcept {
  if (bytes.empty()) return {};
  const auto& shape = msgpack::kShapes[static_cast<unsigned char>(bytes[0])];
  if (shape.kind != msgpack::Kind::natural)
    return {.parsed = Parsed::bad, .why = "the length of a frame is not an unsigned number"};
  const std::size_t head = std::size_t{1} + shape.content_bytes;
  if (bytes.size() < head) return {};
  const char* at = bytes.data();
  const auto length = msgpack::take_whole(at).bits;
  if (length > kMaxFrameBytes) return {.parsed = Parsed::bad, .why = "a frame is longer than 16 MiB"};
  if (length == 0) return {.parsed = Parsed::bad, .why = "a frame is empty"};
  if (bytes.size() - head < length) return {};
  const auto size = static_cast<std::size_t>(length);
  return {.parsed = Parsed::done, .bytes = head + size, .content = bytes.substr(head, size)};
}

}  // namespace hotlap::targets::iproto
