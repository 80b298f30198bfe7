#include "targets/stores/tuple/input_buffer.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/system_calls.h"

namespace hotlap::targets {

std::ptrdiff_t InputBuffer::receive(const Fd& socket) {
  if (begin_ > 0 && buffer_.size() - end_ < kReadBytes) {
    const auto first = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    std::copy(first, buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(begin_, 0);
  }
  if (buffer_.size() - end_ < kReadBytes) buffer_.resize(std::max(end_ + kReadBytes, 2 * end_));
  const auto count = ::recv(socket.get(), buffer_.data() + end_, buffer_.size() - end_, 0);
  count_system_call();
  if (count > 0) end_ += static_cast<std::size_t>(count);
  return count;
}

}  // namespace hotlap::targets
