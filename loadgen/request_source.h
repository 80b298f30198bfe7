// The bytes of the request, built once. `run(n)` is n of them back to back, `tail(bytes)` the end of such a run:
// because all requests are equal, what a partial write left over is always a tail of the same buffer. Immutable; may be
// shared.
#pragma once

#include <string>
#include <string_view>

#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

class RequestSource {
 public:
  explicit RequestSource(const load::LoadSpec& spec);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // of one request, bytes
  [[nodiscard]] std::string_view run(std::size_t requests) const noexcept {
    return std::string_view(copies_).substr(0, requests * size_);
  }
  [[nodiscard]] std::string_view tail(std::size_t bytes) const noexcept {
    return std::string_view(copies_).substr(copies_.size() - bytes);
  }

 private:
  std::size_t size_ = 0;
  std::string copies_;  // pipeline_depth of them
};

}  // namespace hotlap::loadgen
