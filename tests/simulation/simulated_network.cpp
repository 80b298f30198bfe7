#include "tests/simulation/simulated_network.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace hotlap::loadgen::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMostWaits = 2'000'000;

}  // namespace

SimulatedNetwork::SimulatedNetwork(const World& world, Truth& truth, RunControl& control, Plant plant)
    : world_(world),
      truth_(truth),
      control_(control),
      plant_(plant),
      dice_(world.seed * 2),
      server_(world, dice_),
      slots_(static_cast<std::size_t>(world.spec.connections)) {}

bool SimulatedNetwork::happens(Trouble trouble) {
  return world_.has(trouble) && dice_.chance(world_.trouble_share);
}

void SimulatedNetwork::note(std::uint64_t what, std::uint64_t a, std::uint64_t b) noexcept {
  for (const std::uint64_t word : {what, static_cast<std::uint64_t>(now_.ns), a, b}) {
    trace_ ^= word;
    trace_ *= 0x100000001b3U;
    trace_ ^= trace_ >> 29;
  }
}

void SimulatedNetwork::load_begins() {
  loading_ = true;
  server_.load_begins(now_);
  if (world_.interrupt_at) {
    interrupts_ = true;
    interrupt_at_ = now_ + *world_.interrupt_at;
  }
}

void SimulatedNetwork::plan(Event event) {
  event.number = ++planned_;
  event.life = slots_[event.slot].life;
  events_.push(event);
}

void SimulatedNetwork::plan_actions(std::uint32_t slot) {
  auto& actions = slots_[slot].with->actions;
  for (const auto& action : actions)
    plan({.at = action.at,
          .slot = slot,
          .what = action.ends ? What::ended : What::bytes,
          .upto = action.upto,
          .error = action.error});
  actions.clear();
}

bool SimulatedNetwork::stale(const Event& event) const noexcept {
  return slots_[event.slot].life != event.life;
}

void SimulatedNetwork::connect(std::uint32_t slot, const Address& /*to*/, const Address* /*from*/) {
  auto& it = slots_[slot];
  truth_.connecting(slot, now_);
  if (it.busy) truth_.violation("connect() of a slot that is not closed");
  note(1, slot, 0);
  ++it.life;
  it = {.life = it.life, .busy = true, .with = std::make_unique<Server::Conversation>()};
  Event event{.at = now_ + 2 * world_.one_way, .slot = slot, .what = What::connected};
  if (happens(Trouble::unanswered_connect)) return;
  if (happens(Trouble::slow_connect)) event.at = event.at + dice_.between(0ns, 2 * world_.spec.timeout);
  static constexpr std::array<int, 4> kErrors = {ECONNREFUSED, ETIMEDOUT, EADDRNOTAVAIL, ENETUNREACH};
  if (happens(Trouble::refused_connect)) event.error = kErrors[dice_.below(kErrors.size())];
  plan(event);
}

Transport::Sent SimulatedNetwork::send(std::uint32_t slot, std::string_view bytes) {
  auto& it = slots_[slot];
  if (!it.open || it.taken < it.copy.size()) truth_.violation("send() on a connection that is not ready for it");
  const auto kinds = Server::kinds_in(bytes);
  if (kinds.empty()) truth_.violation("send() of something that is no whole request");
  note(2, slot, bytes.size());
  const bool fails = happens(Trouble::failing_write);
  const bool partly = !fails && happens(Trouble::partial_write);
  truth_.sent(slot, kinds, !fails && !partly, now_);
  if (fails) {
    static constexpr std::array<int, 3> kErrors = {EPIPE, ECONNRESET, EIO};
    it.with->mute = true;
    plan({.at = now_,
          .slot = slot,
          .what = What::ended,
          .error = kErrors[dice_.below(kErrors.size())],
          .writing = true});
    return Sent::pending;
  }
  if (!partly) {
    server_.receives(*it.with, bytes, now_);
    plan_actions(slot);
    return Sent::all;
  }
  it.pending = bytes;
  it.copy = bytes;
  it.taken = 0;
  Instant at = now_;
  for (std::size_t upto = 0; upto < bytes.size();) {
    upto += 1 + dice_.below(bytes.size() - upto);
    plan({.at = at, .slot = slot, .what = What::takes, .upto = upto});
    at = at + dice_.between(0ns, 2ms);
  }
  return Sent::pending;
}

void SimulatedNetwork::skip(std::uint32_t slot, std::uint64_t bytes) noexcept {
  auto& it = slots_[slot];
  if (!it.open) truth_.violation("skip() on a connection that is not open");
  truth_.skips(slot, it.with->stream, bytes);
  note(9, slot, bytes);
  if (dice_.chance(0.8)) it.skip = bytes;  // no transport has to
}

void SimulatedNetwork::close(std::uint32_t slot) noexcept {
  auto& it = slots_[slot];
  truth_.closed(slot, now_);
  note(3, slot, 0);
  it = {.life = it.life + 1};
}

void SimulatedNetwork::wait(Instant until, Events& events) {
  if (++waits_ > kMostWaits || (loading_ && now_ > truth_.last_moment() + 1h))
    throw std::runtime_error("the load does not end");
  truth_.waits(now_, until, wants_stop());
  note(4, static_cast<std::uint64_t>(until.ns), 0);
  while (!events_.empty() && stale(events_.top())) events_.pop();
  Instant to = events_.empty() ? until : std::min(until, events_.top().at);
  if (happens(Trouble::late_wake)) to = to + dice_.between(0ns, dice_.chance(0.2) ? Nanos(100ms) : Nanos(2ms));
  now_ = std::max(now_, to);
  if (interrupts_ && begun_ && now_ >= interrupt_at_) {  // as run.cpp does it, on another thread and so a little before
    interrupts_ = false;
    if (interrupt_at_.ns < control_.window_end_ns) {
      control_.interrupted = true;
      if (interrupt_at_.ns < control_.window_start_ns) control_.window_start_ns = interrupt_at_.ns;
      control_.window_end_ns = interrupt_at_.ns + 1;
    }
  }
  std::vector<std::vector<Event>> ready;  // by slot: each in its order, the slots in any
  std::size_t taken = 0;
  while (!events_.empty() && events_.top().at <= now_ && taken < world_.most_events_per_wait) {
    const Event event = events_.top();
    events_.pop();
    if (stale(event)) continue;
    ++taken;
    const auto found = std::ranges::find_if(ready, [&](const auto& of) { return of.front().slot == event.slot; });
    if (found != ready.end())
      found->push_back(event);
    else
      ready.insert(ready.begin() + static_cast<std::ptrdiff_t>(dice_.below(ready.size() + 1)), {event});
  }
  for (const auto& of_slot : ready) {
    for (std::size_t i = 0; i < of_slot.size(); ++i) {
      const Event& event = of_slot[i];
      // Reads that have come by now are one read, or several.
      if (event.what == What::bytes && i + 1 < of_slot.size() && of_slot[i + 1].what == What::bytes &&
          dice_.chance(0.7))
        continue;
      if (stale(event)) continue;
      if (world_.clock_creeps) now_ = now_ + dice_.between(0ns, 3us);
      deliver(event, events);
    }
  }
  begun_ = loading_;
  truth_.woke(wants_stop());
}

bool SimulatedNetwork::wants_stop() const {
  return source_ != nullptr && source_->wants_stop();
}

void SimulatedNetwork::deliver(const Event& event, Events& events) {
  auto& it = slots_[event.slot];
  note(5 + static_cast<std::uint64_t>(event.what), event.slot, event.upto);
  switch (event.what) {
    case What::connected:
      truth_.connected(event.slot, event.error, now_);
      it.open = event.error == 0;
      if (it.open) {
        server_.accepts(*it.with, now_);
        plan_actions(event.slot);
      }
      events.on_connected(event.slot, event.error, now_);
      break;
    case What::bytes:
      if (event.upto <= it.delivered) return;
      deliver_bytes(event.slot, event.upto, events);
      break;
    case What::ended:
      truth_.ended(event.slot, it.with->stream, event.error, event.writing, now_);
      events.on_ended(event.slot, plant_ == Plant::reset_hidden ? 0 : event.error, event.writing, now_);
      break;
    case What::takes:
      take(event, events);
      break;
  }
  truth_.told(event.slot);
}

void SimulatedNetwork::deliver_bytes(std::uint32_t slot, std::size_t upto, Events& events) {
  auto& it = slots_[slot];
  if (it.skip > 0) {
    const std::size_t dropped = std::min(it.skip, upto - it.delivered);
    it.skip -= dropped;
    it.delivered += dropped;
    truth_.received(slot, it.with->stream, it.delivered, now_);
    events.on_skipped(slot, dropped, now_);
    if (it.delivered == upto) return;
  }
  const Stream& stream = it.with->stream;
  const std::size_t from = it.delivered;
  const std::size_t bytes = upto - from;
  const auto piece = std::make_unique_for_overwrite<char[]>(bytes);
  std::copy_n(stream.bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes, piece.get());
  if (plant_ == Plant::interim_counted)
    for (const auto& item : stream.items)
      for (std::size_t at = item.begin + 9; item.kind == StreamItem::Kind::interim && at < item.begin + 12; ++at)
        if (at >= from && at < upto) piece[at - from] = at == item.begin + 9 ? '2' : '0';
  it.delivered = upto;
  truth_.received(slot, stream, upto, now_);
  if (plant_ == Plant::read_lost && dice_.chance(0.01)) return;
  events.on_received(slot, {piece.get(), bytes}, now_);
}

void SimulatedNetwork::take(const Event& event, Events& events) {
  auto& it = slots_[event.slot];
  if (it.pending != it.copy) truth_.violation("bytes that are still being sent were changed");
  server_.receives(*it.with, it.pending.substr(it.taken, event.upto - it.taken), now_);
  plan_actions(event.slot);
  it.taken = event.upto;
  if (it.taken < it.copy.size()) return;
  truth_.taken(event.slot, now_);
  events.on_sent(event.slot, now_);
}

}  // namespace hotlap::loadgen::simulation
