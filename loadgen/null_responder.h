// The fastest server there can be for this load: it counts request heads and sends as many prebuilt responses, nothing
// else. What the generator reaches against it is the generator's own ceiling. Runs on threads of its own, on 127.0.0.1
// at a free port, from construction to destruction; requests must have no body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/fd.h"

namespace hotlap::loadgen {

class NullResponder {
 public:
  struct Options {
    int threads = 1;
    CpuSet cpus;                     // of its threads; empty: wherever the scheduler likes
    std::size_t response_bytes = 0;  // about so many, head included; at least the head's own
  };
  [[nodiscard]] static Result<std::unique_ptr<NullResponder>> start(const Options& options);
  NullResponder(const NullResponder&) = delete;
  NullResponder& operator=(const NullResponder&) = delete;
  ~NullResponder();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  struct Lane {
    Fd listener;
    Fd epoll;
  };
  NullResponder() = default;

  std::uint16_t port_ = 0;
  Fd stop_;  // an eventfd that all lanes watch
  std::vector<Lane> lanes_;
  std::vector<std::jthread> threads_;
};

// Blank lines in `bytes`. `line_length` is what the line so far has; keep it from read to read, 0 at first.
[[nodiscard]] std::uint64_t count_heads(std::string_view bytes, std::size_t& line_length) noexcept;

}  // namespace hotlap::loadgen
