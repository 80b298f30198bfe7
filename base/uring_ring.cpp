#include "base/uring_ring.h"

#include <liburing.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "base/system_calls.h"

namespace hotlap {
namespace {

constexpr int kGroup = 0;
// Buffers do not start at the same offset of a page: their first lines would share a few cache sets.
constexpr std::size_t kSkew = 128;

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

int disabled_by_sysctl() {
  int value = -1;
  std::ifstream("/proc/sys/kernel/io_uring_disabled") >> value;
  return value;
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

struct UringRing::State {
  io_uring ring{};
  bool open = false;
  std::unique_ptr<io_uring_buf_ring, Free> free_buffers;  // shared with the kernel
  std::unique_ptr<char[]> memory;
  std::size_t stride = 0;
  std::size_t buffer_bytes = 0;
  unsigned buffers = 0;
  int given_back = 0;
};

UringRing::UringRing(std::unique_ptr<State> state) : state_(std::move(state)) {}

UringRing::~UringRing() {
  if (state_->open) io_uring_queue_exit(&state_->ring);
}

Result<std::unique_ptr<UringRing>> UringRing::create(const Sizes& sizes) {
  std::unique_ptr<UringRing> made(new UringRing(std::make_unique<State>()));
  auto& state = *made->state_;
  // Disabled at first: the thread that enables it becomes its single issuer.
  constexpr unsigned kAlways = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL |
                               IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  io_uring_params params{};
  int error = EINVAL;
  for (const unsigned taskrun : {IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG}) {
    params = {};
    params.flags = kAlways | taskrun;
    params.cq_entries = sizes.completions;
    error = -io_uring_queue_init_params(sizes.requests, &state.ring, &params);
    if (error != EINVAL) break;  // Linux 6.0 does not know the first
  }
  if (error != 0) return fail(uring_refusal(error, disabled_by_sysctl()));
  state.open = true;
  constexpr unsigned kFeatures = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
  if ((params.features & kFeatures) != kFeatures) return fail("io_uring of this kernel lacks features of Linux 5.17");

  constexpr std::size_t kPage = 4096;
  const std::size_t ring_bytes = (sizes.buffers * sizeof(io_uring_buf) + kPage - 1) / kPage * kPage;
  state.free_buffers.reset(static_cast<io_uring_buf_ring*>(std::aligned_alloc(kPage, ring_bytes)));
  check(state.free_buffers != nullptr, "there is memory for a ring of buffers");
  io_uring_buf_reg group{};
  group.ring_addr = reinterpret_cast<std::uint64_t>(state.free_buffers.get());
  group.ring_entries = sizes.buffers;
  group.bgid = kGroup;
  if (const int refused = -io_uring_register_buf_ring(&state.ring, &group, 0))
    return fail(system_message("io_uring of this kernel takes no ring of provided buffers (Linux 5.19)", refused));
  io_uring_buf_ring_init(state.free_buffers.get());
  state.buffers = sizes.buffers;
  state.buffer_bytes = sizes.buffer_bytes;
  state.stride = sizes.buffer_bytes + kSkew;
  state.memory = std::make_unique_for_overwrite<char[]>(state.stride * sizes.buffers);
  for (unsigned buffer = 0; buffer < sizes.buffers; ++buffer) made->give_back(static_cast<int>(buffer));
  made->give_back_all();
  return made;
}

void UringRing::start() noexcept {
  // io_uring_enable_rings() is declared by liburing 2.3, but its shared library does not export it.
  const long outcome = ::syscall(SYS_io_uring_register, state_->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  check(outcome == 0, "a ring that was set up can be enabled");
}

void UringRing::add(const UringRequest& request) noexcept {
  auto& ring = state_->ring;
  io_uring_sqe* entry = io_uring_get_sqe(&ring);
  while (entry == nullptr) {
    const int taken = io_uring_submit(&ring);
    count_system_call();
    check(taken >= 0 || taken == -EAGAIN || taken == -EBUSY || taken == -EINTR, "io_uring takes requests");
    entry = io_uring_get_sqe(&ring);
  }
  constexpr int kWhole = MSG_NOSIGNAL | MSG_WAITALL;
  switch (request.kind) {
    case UringRequest::Kind::await_connected:
      io_uring_prep_poll_add(entry, request.socket, POLLOUT);
      break;
    case UringRequest::Kind::receive:
      io_uring_prep_recv_multishot(entry, request.socket, nullptr, 0, 0);
      entry->flags |= IOSQE_BUFFER_SELECT;
      entry->buf_group = kGroup;
      break;
    case UringRequest::Kind::receive_once:
      io_uring_prep_recv(entry, request.socket, nullptr, 0, 0);
      entry->flags |= IOSQE_BUFFER_SELECT;
      entry->buf_group = kGroup;
      break;
    case UringRequest::Kind::discard:
      // With MSG_TRUNC, TCP drops the bytes instead of copying them (tcp(7)).
      io_uring_prep_recv(entry, request.socket, nullptr, request.most, MSG_TRUNC);
      break;
    case UringRequest::Kind::send:
      // With MSG_WAITALL a short write counts as failed, and failures complete in spite of CQE_SKIP_SUCCESS.
      io_uring_prep_send(entry, request.socket, request.bytes.data(), request.bytes.size(), kWhole | MSG_DONTWAIT);
      entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
      break;
    case UringRequest::Kind::send_all:
      io_uring_prep_send(entry, request.socket, request.bytes.data(), request.bytes.size(), kWhole);
      break;
    case UringRequest::Kind::accept:
      io_uring_prep_multishot_accept(entry, request.socket, nullptr, nullptr, SOCK_CLOEXEC);
      break;
    case UringRequest::Kind::await_readable:
      io_uring_prep_poll_add(entry, request.socket, POLLIN);
      break;
    case UringRequest::Kind::stop_receiving:
      io_uring_prep_cancel64(entry, request.other, 0);
      entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
      break;
  }
  io_uring_sqe_set_data64(entry, request.name);
}

void UringRing::submit_and_wait(Instant until) noexcept {
  submit_and_wait_for(until - monotonic_now());
}

void UringRing::submit_and_wait_for(Nanos most) noexcept {
  auto& ring = state_->ring;
  const std::int64_t left_ns = most.count();
  int outcome = 0;
  if (left_ns > 0) {
    __kernel_timespec left{.tv_sec = left_ns / 1'000'000'000, .tv_nsec = left_ns % 1'000'000'000};
    io_uring_cqe* first = nullptr;
    outcome = io_uring_submit_and_wait_timeout(&ring, &first, 1, &left, nullptr);
  } else {
    outcome = io_uring_submit_and_get_events(&ring);
  }
  // A send that was handed over and does not complete was taken whole: so nothing may be left behind here.
  while (true) {
    count_system_call();
    check(outcome >= 0 || outcome == -ETIME || outcome == -EINTR || outcome == -EAGAIN || outcome == -EBUSY,
          "io_uring takes requests");
    if (io_uring_sq_ready(&ring) == 0) return;
    outcome = io_uring_submit(&ring);
  }
}

unsigned UringRing::ready() const noexcept {
  return io_uring_cq_ready(&state_->ring);
}

UringCompletion UringRing::completion(unsigned index) const noexcept {
  const auto& queue = state_->ring.cq;
  const io_uring_cqe& entry = queue.cqes[(*queue.khead + index) & queue.ring_mask];
  return {.name = entry.user_data,
          .result = entry.res,
          .buffer = entry.flags & IORING_CQE_F_BUFFER ? static_cast<int>(entry.flags >> IORING_CQE_BUFFER_SHIFT) : -1,
          .last = (entry.flags & IORING_CQE_F_MORE) == 0};
}

void UringRing::forget(unsigned completions) noexcept {
  io_uring_cq_advance(&state_->ring, completions);
}

std::string_view UringRing::bytes_of(const UringCompletion& completion) const noexcept {
  if (completion.buffer < 0 || completion.result <= 0) return {};
  return {state_->memory.get() + static_cast<std::size_t>(completion.buffer) * state_->stride,
          static_cast<std::size_t>(completion.result)};
}

void UringRing::give_back(int buffer) noexcept {
  auto& state = *state_;
  io_uring_buf_ring_add(state.free_buffers.get(), state.memory.get() + static_cast<std::size_t>(buffer) * state.stride,
                        static_cast<unsigned>(state.buffer_bytes), static_cast<unsigned short>(buffer),
                        io_uring_buf_ring_mask(state.buffers), state.given_back++);
}

void UringRing::give_back_all() noexcept {
  io_uring_buf_ring_advance(state_->free_buffers.get(), std::exchange(state_->given_back, 0));
}

}  // namespace hotlap
