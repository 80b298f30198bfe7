// One io_uring and the buffers that its receives land in; liburing stays out of sight. For the load generator's
// transport and for the target's engine over io_uring.
// A buffer that was handed out belongs to its reader until give_back(). Made on any thread, used by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace hotlap {

// What the kernel is asked to do with a socket; told by a Completion when done.
struct UringRequest {
  enum class Kind : std::uint8_t {
    await_connected,
    receive,  // again and again, until a completion says that it was the last
    receive_once,
    discard,   // when the socket is readable, up to `most` bytes that nobody wants to see are dropped (TCP only);
               // completes with their number
    send,      // whole and at once: no completion. Otherwise completes with the bytes taken, or -EAGAIN.
    send_all,  // waits for room; completes when all is taken
    accept,    // again and again, like receive; completes with the new descriptor
    await_readable,
    stop_receiving,  // ends the receive whose name is `other`, which then completes; itself it completes only if there
                     // is none
  };
  Kind kind = Kind::receive;
  int socket = -1;
  std::string_view bytes;  // of sends
  std::size_t most = 0;    // of discard
  std::uint64_t name = 0;  // comes back in the completions
  std::uint64_t other = 0;
};

struct UringCompletion {
  std::uint64_t name = 0;
  int result = 0;  // bytes, or a negative errno value
  int buffer = -1;
  bool last = true;  // of its request
};

// Why the kernel refuses a ring. `disabled` is the sysctl kernel.io_uring_disabled, -1 where there is none.
[[nodiscard]] std::string uring_refusal(int error, int disabled);

class UringRing {
 public:
  struct Sizes {
    unsigned requests = 8;  // that fit beside each other before they have to be handed over
    unsigned completions = 64;
    unsigned buffers = 8;  // a power of two
    std::size_t buffer_bytes = 4096;
  };

  // Error: the kernel refuses; a sentence without a remedy.
  [[nodiscard]] static Result<std::unique_ptr<UringRing>> create(const Sizes& sizes);
  ~UringRing();
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;

  // The thread that calls it is the only one that may use the ring from then on.
  void start() noexcept;
  void add(const UringRequest& request) noexcept;
  // Hands over what was added and waits for a completion, until `until`: one system call.
  void submit_and_wait(Instant until) noexcept;
  void submit_and_wait_for(Nanos most) noexcept;  // the same without a look at the clock
  // What has come by now. Then completion(0) … completion(ready() - 1) can be read until forget() of so many.
  [[nodiscard]] unsigned ready() const noexcept;
  [[nodiscard]] UringCompletion completion(unsigned index) const noexcept;
  void forget(unsigned completions) noexcept;
  [[nodiscard]] std::string_view bytes_of(const UringCompletion& completion) const noexcept;
  void give_back(int buffer) noexcept;
  void give_back_all() noexcept;  // those given back since the last call: the kernel may use them again

 private:
  struct State;
  explicit UringRing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hotlap
