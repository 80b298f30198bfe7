// How many bytes the rows of a database may take, with their share of the indexes, and how many they do.
#pragma once

#include <cstddef>

namespace hotlap::targets::tuplestore {

class Memory {
 public:
  explicit Memory(std::size_t limit_bytes) noexcept : limit_bytes_(limit_bytes) {}

  [[nodiscard]] std::size_t limit_bytes() const noexcept { return limit_bytes_; }
  [[nodiscard]] std::size_t used_bytes() const noexcept { return used_bytes_; }
  // False, and nothing is taken: there is no room.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    if (bytes > limit_bytes_ - used_bytes_) return false;
    used_bytes_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) noexcept { used_bytes_ -= bytes; }

 private:
  std::size_t limit_bytes_;
  std::size_t used_bytes_ = 0;
};

}  // namespace hotlap::targets::tuplestore
