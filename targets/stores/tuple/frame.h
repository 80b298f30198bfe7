// Where a frame begins and ends, and whether MessagePack is whole, before anything is decoded. Pure functions that
// never read beyond the given bytes, never allocate and never recurse; for the codec's own files.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::iproto {

// Bytes of the first whole MessagePack item, or nothing when it is cut off or malformed. msgpack-c allocates whatever
// an array's count promises; after this walk every promised item is known to be there.
[[nodiscard]] std::optional<std::size_t> whole_item(std::string_view bytes) noexcept;

struct Frame {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;
  std::size_t bytes = 0;
  std::string_view content;
};

[[nodiscard]] Frame first_frame(std::string_view bytes) noexcept;

}  // namespace hotlap::targets::iproto
