// Bytes that came from a socket and were not decoded yet: a growing buffer that is filled at one end and taken from at
// the other, without clearing or moving more than it must. One owner.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace hotlap::targets {

class InputBuffer {
 public:
  static constexpr std::size_t kReadBytes = 64 * 1024;

  [[nodiscard]] std::string_view bytes() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  void take(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() noexcept { begin_ = end_ = 0; }
  // One recv() of at least kReadBytes of room; its answer as recv() gives it, errno included.
  [[nodiscard]] std::ptrdiff_t receive(const Fd& socket);

 private:
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace hotlap::targets
