// Where a frame begins and ends, before anything in it is decoded. Never reads beyond the given bytes; for the codec's
// own files.
#pragma once

#include <cstddef>
#include <string_view>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::iproto {

struct Frame {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;
  std::size_t bytes = 0;
  std::string_view content;
};

[[nodiscard]] Frame first_frame(std::string_view bytes) noexcept;

}  // namespace hotlap::targets::iproto
