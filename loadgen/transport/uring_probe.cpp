// Whether this kernel, as configured and filtered, can do what the transport over io_uring relies on.
#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/fd.h"
#include "base/socket.h"
#include "base/uring_ring.h"
#include "loadgen/transport/uring.h"

namespace hotlap::loadgen {
namespace {

constexpr Nanos kPatience = std::chrono::seconds(1);  // the answers are there at once; a broken kernel must not hang us

Result<UringCompletion> answer_of(UringRing& ring, const UringRequest& request) {
  ring.add(request);
  ring.submit_and_wait(monotonic_now() + kPatience);
  if (ring.ready() == 0) return fail("does not answer");
  const auto answer = ring.completion(0);
  ring.forget(1);
  if (answer.result < 0) return fail(system_message("is refused", -answer.result));
  return answer;
}

}  // namespace

Result<void> probe_uring() {
  auto made = UringRing::create({});
  if (!made) return std::unexpected(made.error());
  auto& ring = **made;
  ring.start();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return fail_errno("a pair of sockets to try io_uring on");
  const Fd near(ends[0]);
  const Fd far(ends[1]);

  const auto writable = answer_of(ring, {.kind = UringRequest::Kind::await_connected, .socket = near.get()});
  if (!writable) return fail("io_uring: poll " + writable.error().message);
  if (auto written = write_all(far, "?"); !written) return written;
  const auto received = answer_of(ring, {.kind = UringRequest::Kind::receive, .socket = near.get()});
  if (!received) return fail(fmt::format("io_uring: multishot receive (Linux 6.0) {}", received.error().message));
  if (received->last || ring.bytes_of(*received) != "?")
    return fail("io_uring: multishot receive (Linux 6.0) ends after one");
  // More than the socket has room for: the part that was taken has to be told.
  const std::string much(1 << 20, 'x');
  const auto sent = answer_of(ring, {.kind = UringRequest::Kind::send, .socket = near.get(), .bytes = much});
  if (!sent) return fail("io_uring: send " + sent.error().message);
  if (sent->result <= 0 || sent->result >= 1 << 20) return fail("io_uring: a short send is not told");
  return {};
}

}  // namespace hotlap::loadgen
