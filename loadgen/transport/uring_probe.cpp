// Whether this kernel, as configured and filtered, can do what the transport over io_uring relies on.
#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/fd.h"
#include "base/socket.h"
#include "loadgen/transport/uring.h"
#include "loadgen/transport/uring_ring.h"

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

std::string uring_refusal(int error, int disabled) {
  if (disabled == 2) return "io_uring is switched off for everybody (sysctl kernel.io_uring_disabled = 2)";
  if (disabled == 1 && error == EPERM)
    return "io_uring is switched off for unprivileged users (sysctl kernel.io_uring_disabled = 1)";
  switch (error) {
    case ENOSYS:
      return "io_uring does not exist here: the kernel was built without it, or a seccomp filter hides it";
    case EPERM:
    case EACCES:
      return "io_uring is not permitted, most likely by the seccomp filter of a container";
    case EINVAL:
      return "io_uring of this kernel is too old: Linux 6.0 or newer is needed";
    case ENOMEM:
      return "io_uring gets no memory within the limit of locked memory (ulimit -l)";
    default:
      return system_message("io_uring cannot be set up", error);
  }
}

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
