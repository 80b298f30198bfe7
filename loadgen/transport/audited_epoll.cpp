#include "loadgen/transport/audited_epoll.h"

#include <fmt/core.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "base/system_calls.h"

namespace hotlap::loadgen {
namespace {

constexpr int kStamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                        SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
constexpr std::int64_t kClockWasSetNs = 10'000;
constexpr int kProbes = 100;

std::int64_t wall_clock_ns() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// Only of an established socket: offsets count from its first byte then.
bool ask_for_stamps(int socket) noexcept {
  count_system_call();
  return ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &kStamps, sizeof kStamps) == 0;
}

// What a message says beside its bytes.
struct Ancillary {
  std::optional<timespec> stamp;
  std::optional<std::uint32_t> offset;  // of the last byte of the write that the stamp belongs to
};

// Like recvmsg().
ssize_t receive_stamped(int socket, std::span<char> into, int flags, Ancillary& ancillary) noexcept {
  alignas(cmsghdr) char control[512];
  iovec bytes{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const auto count = ::recvmsg(socket, &message, flags);
  count_system_call();
  if (count < 0) return count;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPING) {
      scm_timestamping stamps{};
      std::memcpy(&stamps, CMSG_DATA(part), sizeof stamps);
      if (stamps.ts[0].tv_sec != 0) ancillary.stamp = timespec{stamps.ts[0].tv_sec, stamps.ts[0].tv_nsec};
    } else if ((part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR) ||
               (part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR)) {
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(part), sizeof error);
      if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && error.ee_info == SCM_TSTAMP_SND)
        ancillary.offset = error.ee_data;
    }
  }
  return count;
}

void drop_send_stamps(int socket) noexcept {
  Ancillary ancillary;
  while (receive_stamped(socket, {}, MSG_ERRQUEUE | MSG_DONTWAIT, ancillary) >= 0) {
  }
}

std::unexpected<Error> no_stamps(std::string_view why) {
  return fail(fmt::format("audit: {}; run without --audit", why));
}

// Sends bytes to itself until the kernel has stamped both ends of one. The socket that receives comes back.
Result<Fd> probe() {
  const auto loopback = resolve("127.0.0.1", 0);
  if (!loopback) return no_stamps(loopback.error().message);
  const auto listener = listen_tcp(*loopback, {});
  if (!listener) return no_stamps(listener.error().message);
  const auto address = local_address(*listener);
  if (!address) return no_stamps(address.error().message);
  const auto sender = connect_tcp(*address, std::chrono::seconds(1));
  if (!sender) return no_stamps(sender.error().message);
  Fd receiver(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!receiver) return no_stamps(system_message("accept", errno));
  if (!ask_for_stamps(sender->get()) || !ask_for_stamps(receiver.get()))
    return no_stamps(system_message("the kernel refuses to stamp packets (SO_TIMESTAMPING)", errno));
  bool sent = false;
  for (int i = 0; i < kProbes; ++i) {
    char byte = 0;
    Ancillary received, queued;
    pollfd waiting{receiver.get(), POLLIN, 0};
    if (::send(sender->get(), &byte, 1, MSG_NOSIGNAL) != 1 || ::poll(&waiting, 1, 1000) != 1 ||
        receive_stamped(receiver.get(), {&byte, 1}, 0, received) != 1)
      return no_stamps("a connection to oneself does not carry bytes");
    sent |=
        receive_stamped(sender->get(), {}, MSG_ERRQUEUE | MSG_DONTWAIT, queued) >= 0 && queued.stamp && queued.offset;
    if (sent && received.stamp) return receiver;
    ::poll(nullptr, 0, 1);
  }
  return no_stamps("the kernel takes the wish to stamp packets (SO_TIMESTAMPING) but stamps none");
}

}  // namespace

void WallClockOffset::measure() noexcept {
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 32; ++i) {
    const std::int64_t before = monotonic_now().ns;
    const std::int64_t wall = wall_clock_ns();
    const std::int64_t width = monotonic_now().ns - before;
    if (width >= narrowest) continue;
    narrowest = width;
    offset_ns_ = wall - before - width / 2;
  }
}

void WallClockOffset::follow() noexcept {
  const std::int64_t off = wall_clock_ns() - monotonic_now().ns - offset_ns_;
  if (off > kClockWasSetNs || off < -kClockWasSetNs) measure();
}

Result<std::unique_ptr<Transport>> AuditedEpollTransport::create(std::uint32_t slots, Waiting waiting) {
  auto keeps_stamping = probe();
  if (!keeps_stamping) return std::unexpected(keeps_stamping.error());
  auto watch = Watch::open();
  if (!watch) return std::unexpected(watch.error());
  return std::unique_ptr<Transport>(
      new AuditedEpollTransport(std::move(*watch), slots, waiting, std::move(*keeps_stamping)));
}

AuditedEpollTransport::AuditedEpollTransport(Watch watch, std::uint32_t slots, Waiting waiting, Fd keeps_stamping)
    : EpollTransport(std::move(watch), slots, waiting), audited_(slots), keeps_stamping_(std::move(keeps_stamping)) {}

void AuditedEpollTransport::connect(std::uint32_t slot, const Address& to, const Address* from) {
  auto& connection = audited_[slot];
  connection.writes.reset();
  connection.next_requests = 0;
  connection.received.reset();
  EpollTransport::connect(slot, to, from);
}

// Refused here, after it was granted to the probe: its requests count as unpaired.
EpollTransport::Opening AuditedEpollTransport::open(std::uint32_t slot) noexcept {
  (void)ask_for_stamps(socket_of(slot));
  return Opening::done;
}

Transport::Sent AuditedEpollTransport::send(std::uint32_t slot, std::string_view bytes) {
  auto& connection = audited_[slot];
  connection.writes.handed_over(connection.next_requests, bytes.size());
  const Sent sent = EpollTransport::send(slot, bytes);
  // On loopback the stamp is there already. Taken now, it wakes nobody who waits for responses.
  if (sent == Sent::all) take_send_stamps(slot);
  return sent;
}

void AuditedEpollTransport::wait(Instant until, Events& events) {
  wall_clock_.follow();
  EpollTransport::wait(until, events);
}

ssize_t AuditedEpollTransport::read(std::uint32_t slot, std::span<char> into) noexcept {
  auto& connection = audited_[slot];
  take_send_stamps(slot);
  Ancillary ancillary;
  const auto count = receive_stamped(socket_of(slot), into, 0, ancillary);
  if (count < 0 && errno == EAGAIN) {  // woken for stamps alone, maybe of bytes that were sent a second time
    drop_send_stamps(socket_of(slot));
    errno = EAGAIN;
  }
  if (count > 0)
    connection.received = ancillary.stamp ? std::optional(wall_clock_.to_monotonic(*ancillary.stamp)) : std::nullopt;
  return count;
}

void AuditedEpollTransport::take_send_stamps(std::uint32_t slot) noexcept {
  auto& writes = audited_[slot].writes;
  while (!writes.all_stamped()) {
    Ancillary ancillary;
    if (receive_stamped(socket_of(slot), {}, MSG_ERRQUEUE | MSG_DONTWAIT, ancillary) < 0) return;
    if (ancillary.stamp && ancillary.offset)
      writes.stamped(*ancillary.offset, wall_clock_.to_monotonic(*ancillary.stamp));
  }
}

void AuditedEpollTransport::next_send_holds(std::uint32_t slot, std::uint32_t requests) noexcept {
  audited_[slot].next_requests = requests;
}

std::optional<KernelStamps::Times> AuditedEpollTransport::answered(std::uint32_t slot,
                                                                   std::uint32_t requests) noexcept {
  auto& connection = audited_[slot];
  const auto sent = connection.writes.answered(requests);
  if (!sent || !connection.received) return std::nullopt;
  return Times{.sent = *sent, .received = *connection.received};
}

}  // namespace hotlap::loadgen
