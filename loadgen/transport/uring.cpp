#include "loadgen/transport/uring.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/system_calls.h"
#include "base/uring_ring.h"
#include "loadgen/transport/skipping.h"
#include "loadgen/transport/wake_margin.h"

namespace hotlap::loadgen {
namespace {

using Kind = UringRequest::Kind;

constexpr std::size_t kCopied = 16 * 1024;  // larger pieces are sent from where they lie
constexpr std::uint64_t kLarge = 128 * 1024;
constexpr int kKindBit = 60;
constexpr std::uint32_t kLives = (1U << (kKindBit - 32)) - 1;

// Slot, life and kind: an operation of an earlier life of the slot is known by it.
std::uint64_t name_of(std::uint32_t slot, std::uint32_t life, Kind kind) noexcept {
  return static_cast<std::uint64_t>(kind) << kKindBit | static_cast<std::uint64_t>(life & kLives) << 32 | slot;
}
std::uint32_t slot_of(std::uint64_t name) noexcept {
  return static_cast<std::uint32_t>(name);
}
Kind kind_of(std::uint64_t name) noexcept {
  return static_cast<Kind>(name >> kKindBit);
}

// Completions cannot outgrow their queue within a turn: as many as there are buffers, and four for each connection.
UringRing::Sizes sizes_for(std::uint32_t slots) {
  const unsigned buffers = std::bit_ceil(std::clamp(2 * slots, 256U, 4096U));
  return {.requests = std::bit_ceil(std::clamp(slots, 64U, 1024U)),
          .completions = std::bit_ceil(buffers + 4 * slots),
          .buffers = buffers,
          .buffer_bytes = std::clamp<std::size_t>((4U << 20) / buffers, 2048, 16384)};
}

class UringTransport final : public Transport {
 public:
  UringTransport(std::unique_ptr<UringRing> ring, std::uint32_t slots, Waiting waiting)
      : ring_(std::move(ring)), margin_(waiting), connections_(slots) {
    wishes_.reserve(std::size_t{4} * slots);
  }
  ~UringTransport() override {
    for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) end(slot);
  }
  UringTransport(const UringTransport&) = delete;
  UringTransport& operator=(const UringTransport&) = delete;

  std::string_view name() const noexcept override { return "uring"; }
  Instant now() const noexcept override { return monotonic_now(); }
  void connect(std::uint32_t slot, const Address& to, const Address* from) override;
  Sent send(std::uint32_t slot, std::string_view bytes) override;
  void skip(std::uint32_t slot, std::uint64_t bytes) noexcept override;
  void close(std::uint32_t slot) noexcept override { end(slot); }
  void wait(Instant until, Events& events) override;
  [[nodiscard]] Nanos polled() const noexcept override { return polled_; }

 private:
  enum class State : std::uint8_t { closed, connecting, open };
  // What the kernel has of it, or will get with this turn.
  enum class Receiving : std::uint8_t { nothing, endless, stopping, once };
  struct alignas(64) Connection {  // what every request touches lies on one line of the cache
    Fd socket;
    State state = State::closed;
    Receiving receiving = Receiving::nothing;
    bool blocked = false;    // `rest` waits for room
    bool owes_sent = false;  // the worker waits for on_sent()
    bool can_skip = false;
    bool large = false;      // bodies that were worth skipping have come, in this life of the slot or before
    int broken = 0;          // errno value that a write has met
    std::uint32_t life = 0;  // counts the sockets of this slot
    std::uint64_t turn = 0;  // in which `gathered` was begun
    std::string gathered;    // copies of what was sent in one turn
    std::string waiting;     // what was sent while blocked
    std::string_view rest;   // in `gathered`, or the worker's own
    Skipping skipping;
  };
  struct Wish {  // becomes a request when the turn ends, if its connection still lives
    std::uint32_t slot;
    std::uint32_t life;
    Kind kind;
  };
  struct Failure {
    std::uint32_t slot;
    std::uint32_t life;
    int error;
  };

  void wish(std::uint32_t slot, Kind kind) { wishes_.push_back({slot, connections_[slot].life, kind}); }
  void go_on_receiving(std::uint32_t slot) noexcept;
  void hand_over_wishes() noexcept;
  bool deliver_failures(Events& events);
  [[nodiscard]] bool alive(std::uint64_t name) const noexcept;
  void look_at_write(const UringCompletion& completion);
  void handle(const UringCompletion& completion, Instant now, Events& events);
  void take_connected(std::uint32_t slot, int result, Instant now, Events& events);
  void take_received(const UringCompletion& completion, Instant now, Events& events);
  void take_discarded(std::uint32_t slot, int result, Instant now, Events& events);
  void take_sent(std::uint32_t slot, int result, Instant now, Events& events);
  void tell_end(std::uint32_t slot, int error, Instant now, Events& events);
  void end(std::uint32_t slot) noexcept;

  std::unique_ptr<UringRing> ring_;
  WakeMargin margin_;
  Nanos polled_{};
  std::vector<Connection> connections_;
  std::vector<Wish> wishes_;
  std::vector<Failure> failures_;  // to connect; told in the next wait()
  std::uint64_t turn_ = 1;
  bool started_ = false;
};

void UringTransport::connect(std::uint32_t slot, const Address& to, const Address* from) {
  auto& connection = connections_[slot];
  ++connection.life;
  connection.state = State::connecting;
  auto socket = start_connect(to, from);
  if (!socket) {
    failures_.push_back({.slot = slot, .life = connection.life, .error = errno});
    return;
  }
  connection.socket = std::move(*socket);
  connection.can_skip = to.family() != AF_UNIX;
  wish(slot, Kind::await_connected);
}

Transport::Sent UringTransport::send(std::uint32_t slot, std::string_view bytes) {
  auto& connection = connections_[slot];
  if (connection.blocked) {
    connection.waiting.append(bytes);
    connection.owes_sent = true;
    return Sent::pending;
  }
  if (connection.turn != turn_) {
    if (bytes.size() > kCopied) {
      connection.rest = bytes;
      connection.blocked = connection.owes_sent = true;
      wish(slot, Kind::send_all);
      return Sent::pending;
    }
    connection.turn = turn_;
    connection.gathered.clear();
    wish(slot, Kind::send);
  }
  connection.gathered.append(bytes);
  return Sent::all;
}

// The endless receive is stopped, and delivers what comes until it is; then the kernel drops the bytes. A connection
// that has brought large bodies has none: it would have copied half a megabyte before it can be stopped.
void UringTransport::skip(std::uint32_t slot, std::uint64_t bytes) noexcept {
  auto& connection = connections_[slot];
  if (!connection.can_skip || (bytes < kLarge && !connection.large)) return;
  connection.skipping.start(bytes);
  connection.large = true;
  if (connection.receiving != Receiving::endless) return;
  connection.receiving = Receiving::stopping;
  wish(slot, Kind::stop_receiving);
}

// The kernel holds on to a socket as long as it has a request of it. A shutdown ends these, before it could read bytes
// that are the worker's again.
void UringTransport::end(std::uint32_t slot) noexcept {
  auto& connection = connections_[slot];
  if (connection.state == State::connecting || connection.receiving != Receiving::nothing || connection.blocked) {
    ::shutdown(connection.socket.get(), SHUT_RDWR);
    count_system_call();
  }
  connection.socket.reset();
  connection.state = State::closed;
  connection.receiving = Receiving::nothing;
  connection.blocked = connection.owes_sent = false;
  connection.broken = 0;
  connection.turn = 0;
  connection.skipping = {};
  connection.waiting.clear();
  connection.rest = {};
}

void UringTransport::wait(Instant until, Events& events) {
  if (!started_) {
    ring_->start();
    started_ = true;
  }
  const bool told = deliver_failures(events);
  bool works = !wishes_.empty();  // the first call carries them out: no empty poll
  hand_over_wishes();
  Instant now = monotonic_now();
  Nanos sleep = told ? Nanos::zero() : margin_.sleep(until - now);
  ring_->submit_and_wait(now + sleep);
  while (ring_->ready() == 0) {
    const Instant before = std::exchange(now, monotonic_now());
    if (sleep > Nanos::zero())
      margin_.learn(now - (before + std::exchange(sleep, Nanos::zero())));
    else if (!works)
      polled_ += now - before;
    works = false;
    if (told || !margin_.may_poll(until - now)) break;
    ring_->submit_and_wait(now);
  }
  now = monotonic_now();
  ++turn_;
  // Not more than are there now: what comes while they are handled would get a stamp from before it came.
  const unsigned ready = ring_->ready();
  for (unsigned i = 0; i < ready; ++i) look_at_write(ring_->completion(i));
  for (unsigned i = 0; i < ready; ++i) {
    if (i + 1 < ready) __builtin_prefetch(&connections_[slot_of(ring_->completion(i + 1).name)]);
    handle(ring_->completion(i), now, events);
  }
  ring_->forget(ready);
  ring_->give_back_all();
}

void UringTransport::hand_over_wishes() noexcept {
  for (const auto& wish : wishes_) {
    const auto& connection = connections_[wish.slot];
    if (connection.life != wish.life || connection.state == State::closed) continue;
    ring_->add({.kind = wish.kind,
                .socket = connection.socket.get(),
                .bytes = wish.kind == Kind::send ? std::string_view(connection.gathered) : connection.rest,
                .most = wish.kind == Kind::discard ? connection.skipping.most_at_once() : 0,
                .name = name_of(wish.slot, wish.life, wish.kind),
                .other = name_of(wish.slot, wish.life, Kind::receive)});
  }
  wishes_.clear();
}

bool UringTransport::deliver_failures(Events& events) {
  const bool any = !failures_.empty();
  while (!failures_.empty())  // a handler may add more: they are told too
    for (const auto& failure : std::exchange(failures_, {})) {
      const auto& connection = connections_[failure.slot];
      if (connection.life == failure.life && connection.state == State::connecting)
        events.on_connected(failure.slot, failure.error, monotonic_now());
    }
  return any;
}

bool UringTransport::alive(std::uint64_t name) const noexcept {
  const auto& connection = connections_[slot_of(name)];
  return connection.state != State::closed && name == name_of(slot_of(name), connection.life, kind_of(name));
}

// Before any handler runs, which may send again: of a write that was not taken whole, the rest waits for room.
void UringTransport::look_at_write(const UringCompletion& completion) {
  const auto kind = kind_of(completion.name);
  if ((kind != Kind::send && kind != Kind::send_all) || !alive(completion.name)) return;
  const auto slot = slot_of(completion.name);
  auto& connection = connections_[slot];
  if (completion.result < 0 && completion.result != -EAGAIN) {
    connection.broken = -completion.result;
  } else if (kind == Kind::send) {
    const auto taken = static_cast<std::size_t>(std::max(completion.result, 0));
    connection.rest = std::string_view(connection.gathered).substr(taken);
    connection.blocked = true;
    wish(slot, Kind::send_all);
  } else if (static_cast<std::size_t>(std::max(completion.result, 0)) < connection.rest.size()) {
    connection.broken = EPIPE;  // something ended it midway; the kernel tells the bytes and keeps the error to itself
  }
}

void UringTransport::handle(const UringCompletion& completion, Instant now, Events& events) {
  const auto slot = slot_of(completion.name);
  if (alive(completion.name)) {
    switch (kind_of(completion.name)) {
      case Kind::await_connected:
        take_connected(slot, completion.result, now, events);
        break;
      case Kind::receive:
      case Kind::receive_once:
        take_received(completion, now, events);
        break;
      case Kind::discard:
        take_discarded(slot, completion.result, now, events);
        break;
      case Kind::send:
        if (const int error = connections_[slot].broken) events.on_ended(slot, error, true, now);
        break;
      case Kind::send_all:
        take_sent(slot, completion.result, now, events);
        break;
      case Kind::stop_receiving:  // it could not be stopped, or had ended by itself
        if (auto& receiving = connections_[slot].receiving; receiving == Receiving::stopping)
          receiving = Receiving::endless;
        break;
      case Kind::accept:
      case Kind::await_readable:
        break;
    }
  }
  if (completion.buffer >= 0) ring_->give_back(completion.buffer);
}

void UringTransport::take_connected(std::uint32_t slot, int result, Instant now, Events& events) {
  auto& connection = connections_[slot];
  const int error = result < 0 ? -result : pending_error(connection.socket);
  if (error == 0) {
    connection.state = State::open;
    go_on_receiving(slot);
  }
  events.on_connected(slot, error, now);
}

void UringTransport::go_on_receiving(std::uint32_t slot) noexcept {
  auto& connection = connections_[slot];
  const bool endless = !connection.large;
  connection.receiving = endless ? Receiving::endless : Receiving::once;
  wish(slot, endless ? Kind::receive : connection.skipping.active() ? Kind::discard : Kind::receive_once);
}

void UringTransport::take_received(const UringCompletion& completion, Instant now, Events& events) {
  const auto slot = slot_of(completion.name);
  auto& connection = connections_[slot];
  if (completion.last) connection.receiving = Receiving::nothing;
  const auto bytes = ring_->bytes_of(completion);
  if (connection.large) connection.skipping.passed(bytes.size());
  // Out of buffers, which come back at the end of this turn; or stopped for the sake of skip().
  const bool more_to_come =
      !bytes.empty() || completion.result == -ENOBUFS || completion.result == -EINTR || completion.result == -ECANCELED;
  if (!bytes.empty())
    events.on_received(slot, bytes, now);
  else if (!more_to_come)
    return tell_end(slot, -completion.result, now, events);
  // After the handler: it may have wished to skip what follows, or ended this connection.
  if (completion.last && alive(completion.name)) go_on_receiving(slot);
}

void UringTransport::tell_end(std::uint32_t slot, int error, Instant now, Events& events) {
  // A reset whose error the write has taken looks like an end of stream.
  if (const int broken = connections_[slot].broken; broken != 0 && error == 0)
    events.on_ended(slot, broken, true, now);
  else
    events.on_ended(slot, error, false, now);
}

void UringTransport::take_discarded(std::uint32_t slot, int result, Instant now, Events& events) {
  auto& connection = connections_[slot];
  connection.receiving = Receiving::nothing;
  if (result <= 0 && result != -EINTR) return tell_end(slot, -result, now, events);
  const auto bytes = static_cast<std::uint64_t>(std::max(result, 0));
  connection.skipping.passed(bytes);
  go_on_receiving(slot);
  if (bytes > 0) events.on_skipped(slot, bytes, now);
}

void UringTransport::take_sent(std::uint32_t slot, int result, Instant now, Events& events) {
  auto& connection = connections_[slot];
  if (result < 0) {
    events.on_ended(slot, -result, true, now);
    return;
  }
  connection.rest.remove_prefix(static_cast<std::size_t>(result));
  if (connection.rest.empty() && !connection.waiting.empty()) {
    std::swap(connection.gathered, connection.waiting);
    connection.waiting.clear();
    connection.rest = connection.gathered;
  }
  if (!connection.rest.empty()) {  // short only when something ended it: trying again tells what
    wish(slot, Kind::send_all);
    return;
  }
  connection.blocked = false;
  if (std::exchange(connection.owes_sent, false)) events.on_sent(slot, now);
}

}  // namespace

Result<std::unique_ptr<Transport>> make_uring_transport(std::uint32_t slots, Waiting waiting) {
  static std::mutex one_at_a_time;  // ThreadSanitizer takes rings that follow each other at one address for a race
  const std::scoped_lock lock(one_at_a_time);
  if (auto can = probe_uring(); !can) return std::unexpected(can.error());
  auto ring = UringRing::create(sizes_for(slots));
  if (!ring) return std::unexpected(ring.error());
  return std::make_unique<UringTransport>(std::move(*ring), slots, waiting);
}

}  // namespace hotlap::loadgen
