// One open file descriptor and its owner. Move-only; closes on destruction; close errors are ignored, so whoever needs
// to know that data reached a disk calls fsync first.
#pragma once

#include <unistd.h>

#include <utility>

#include "base/system_calls.h"

namespace hotlap {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept {
    if (fd_ < 0) return;
    ::close(std::exchange(fd_, -1));
    count_system_call();
  }

 private:
  int fd_ = -1;
};

}  // namespace hotlap
