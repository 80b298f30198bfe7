// One answer cut off a stream of bytes: its status, its framing and its body. Interim answers (1xx) before it are
// passed over and counted into its bytes. Pure. Source: RFC 9112 §6.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http1.h"

namespace hotlap::harness {

struct ReceivedAnswer {
  int status = 0;
  int minor_version = 1;
  bool keep_alive = true;
  http1::Framing framing = http1::Framing::none;
  std::string content_length;  // as it stands in the head, also of an answer to HEAD; empty: not given
  std::string date;            // likewise
  std::string body;
  std::size_t bytes = 0;  // of the stream that it took
};

// nullopt: more is needed. `ended`: the peer has closed, nothing more will come. Error (invalid_run) says what is
// broken.
[[nodiscard]] Result<std::optional<ReceivedAnswer>> next_answer(std::string_view bytes, bool ended,
                                                                bool to_head_request);

}  // namespace hotlap::harness
