#include "loadgen/worker.h"

#include <fmt/core.h>

#include <algorithm>

#include "loadgen/thread_use.h"

namespace hotlap::loadgen {
namespace {

constexpr Nanos kTurn = std::chrono::milliseconds(100);  // the loop looks at RunControl at least so often
constexpr std::uint64_t kWorthSkipping = 4096;           // bytes of a body
constexpr Nanos kGrace = std::chrono::milliseconds(50);
constexpr Nanos kStall = std::chrono::milliseconds(1);  // sent so late: our own stall, not the jitter of a wait
constexpr Nanos kInterruptedDrain = std::chrono::milliseconds(200);
constexpr std::uint32_t kLongestRun = 32;

std::string_view fault_kind(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::status:
      return "status";
    case Fault::length:
      return "length";
    case Fault::field:
      return "header";
    case Fault::body:
      return "body";
    case Fault::contains:
      return "contains";
    case Fault::hash:
      return "hash";
  }
  return "?";
}

}  // namespace

Worker::Worker(const load::LoadSpec& spec, Place place, const Address& address, const std::vector<Address>& sources,
               Transport& transport, RequestSource& source, RunControl& control)
    : spec_(spec),
      place_(place),
      address_(address),
      sources_(sources),
      transport_(transport),
      stamps_(transport.kernel_stamps()),
      source_(source),
      control_(control),
      judge_{.collect = source.wants_responses(),
             .collect_bodies = source.wants_bodies(),
             .kinds = std::vector<Judge::Kind>(source.kinds().size())},
      schedule_(spec, place.index, place.workers),
      wheel_(static_cast<std::uint32_t>(place.connections), transport.now()) {
  const auto constant = source.constant();
  request_bytes_ = constant.size();
  batch_ = source.batch();
  for (int i = 0; !constant.empty() && i < spec.pipeline_depth; ++i) copies_ += constant;
  connections_.reserve(static_cast<std::size_t>(place_.connections));
  for (int i = 0; i < place_.connections; ++i) connections_.emplace_back(judge_, spec.pipeline_depth);
  with_room_.reserve(2 * connections_.size());
  tally_.reserve(source.kinds().size(), std::chrono::ceil<std::chrono::seconds>(spec.duration).count(),
                 spec.open_loop());
  if (stamps_) tally_.reserve_audit();
}

void Worker::load() {
  window_start_ = {control_.window_start_ns.load()};
  window_end_ = {control_.window_end_ns.load()};
  schedule_.start(window_start_);
  transport_.wait(transport_.now(), *this);  // what comes before anything was asked answers nothing
  const Instant begin = transport_.now();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot)
    if (connections_[slot].state == State::open) ask_again(slot, begin);
  Instant next_show = begin;
  while (true) {
    const Instant now = transport_.now();
    window_start_ = {control_.window_start_ns.load(std::memory_order_relaxed)};
    window_end_ = {control_.window_end_ns.load(std::memory_order_relaxed)};
    enter_phases(now);
    const bool sending = now < window_end_ && !source_.wants_stop();
    if (!sending && in_flight_now_ == 0) break;
    const Nanos drain = control_.interrupted ? std::min(kInterruptedDrain, spec_.timeout) : spec_.timeout;
    if (now >= window_end_ + drain + kGrace) break;
    wheel_.turn(now, [&](std::uint32_t slot) { look(slot, now); });
    if (now >= next_show) {
      show(now);
      next_show = now + kTurn;
    }
    Instant until = wheel_.next(next_show);
    until = std::min(until, now < window_end_ ? window_end_ : window_end_ + drain + kGrace);
    if (now < window_start_) until = std::min(until, window_start_);
    if (sending && schedule_.open_loop()) {
      const Instant due = dispatch_due(now);
      // The next wait ends with the earlier of the two, the one after it with the later, or with another request.
      transport_.foresee(std::min(std::max(until, due), schedule_.following()));
      until = std::min(until, due);
    }
    transport_.wait(until, *this);
  }
  end_what_is_left(transport_.now());
}

// The use of the processor is taken at the two ends of the window.
void Worker::enter_phases(Instant now) {
  if (!use_started_ && now >= window_start_) {
    tally_.use = use_so_far();
    use_started_ = true;
  }
  if (!use_ended_ && now >= window_end_) {
    const auto end = use_so_far();
    tally_.use = {.cpu_user = end.cpu_user - tally_.use.cpu_user,
                  .cpu_system = end.cpu_system - tally_.use.cpu_system,
                  .waited = end.waited - tally_.use.waited,
                  .polled = end.polled - tally_.use.polled};
    use_ended_ = true;
  }
}

load::ThreadUse Worker::use_so_far() const noexcept {
  auto use = thread_use_now();
  use.polled = transport_.polled();
  return use;
}

void Worker::show(Instant now) {
  live_.sent.store(tally_.total.sent, std::memory_order_relaxed);
  live_.answered.store(tally_.total.answered, std::memory_order_relaxed);
  live_.good.store(tally_.total.good, std::memory_order_relaxed);
  live_.lost.store(tally_.total.failed + tally_.total.timed_out, std::memory_order_relaxed);
  live_.open_connections.store(open_now_, std::memory_order_relaxed);
  live_.in_flight.store(in_flight_now_, std::memory_order_relaxed);
  live_.service_time_p99_ns.store(tally_.last_p99().count(), std::memory_order_relaxed);
  live_.shown_at_ns.store(now.ns, std::memory_order_relaxed);
}

// Requests that nobody answered enter the times as "at least so long". The thread may have stood still for long: what
// is overdue by now has timed out.
void Worker::end_what_is_left(Instant now) {
  wheel_.turn(now, [&](std::uint32_t slot) { look(slot, now); });
  for (auto& connection : connections_) {
    tally_.answers.push_back(connection.answers);
    while (!connection.in_flight.empty()) {
      const auto batch = connection.in_flight.pop(std::numeric_limits<std::uint32_t>::max());
      tally_.total.in_flight_at_end += batch.requests;
      if (batch.counted) tally_.in_flight_at_end(batch.kind, batch.requests, now - batch.sent, now - batch.intended);
    }
  }
  if (schedule_.open_loop())
    for (Instant due = schedule_.due(); due < window_end_; schedule_.pass(), due = schedule_.due())
      if (due >= window_start_) tally_.never_sent(now - due);
  tally_.finish();
  show(now);
}

void Worker::on_received(std::uint32_t slot, std::string_view bytes, Instant now) {
  if (in_window(now)) tally_.received(second_of(now), bytes.size());
  take_responses(slot, bytes, now);
}

void Worker::on_skipped(std::uint32_t slot, std::uint64_t bytes, Instant now) {
  if (in_window(now)) tally_.received(second_of(now), bytes);
  connections_[slot].framer.skip(bytes);
}

// Responses that are alike are settled together.
void Worker::take_responses(std::uint32_t slot, std::string_view input, Instant now) {
  auto& connection = connections_[slot];
  const auto& kinds = source_.kinds();
  const bool one_kind = kinds.size() == 1;
  std::uint32_t alike = 0;  // responses seen but not yet settled, all like `like`
  ResponseFramer::Next like;
  std::string_view sample;  // the bytes from the first of them on
  bool begun_here = false;  // the response that is left under way
  bool answered = false;
  while (true) {
    if (!one_kind && alike == kLongestRun) {  // telling the kind of the next one costs time in proportion
      settle(connection, alike, like, now, sample);
      alike = 0;
      answered = true;
    }
    if (!input.empty() && connection.in_flight.requests() <= alike) {
      settle(connection, alike, like, now, sample);
      connection.speaks_unasked = true;
      break_off(slot, now, "unexpected_response", input);
      return;
    }
    const std::string_view seen = input;
    const std::uint16_t kind = one_kind ? 0 : connection.in_flight.kind_of(alike);
    const auto next = connection.framer.next(input, kinds[kind]);
    if (next.kind == ResponseFramer::Kind::need_more) {
      begun_here = next.begun_here;
      break;
    }
    if (next.kind == ResponseFramer::Kind::bad) {
      settle(connection, alike, like, now, sample);
      break_off(slot, now, "parse", fmt::format("{}: {}", next.why, seen));
      return;
    }
    if (alike > 0 && (next.status != like.status || next.fault != like.fault || !like.begun_here)) {
      settle(connection, alike, like, now, sample);
      alike = 0;
    }
    if (alike == 0) sample = seen;
    like = next;
    ++alike;
    if (judge_.collect)
      source_.on_response(slot, kind, next.status, connection.framer.head(), connection.framer.body());
    if (!next.keep_alive) {
      settle(connection, alike, like, now, sample);
      close_and_reopen(slot, now, "closed_after_response");
      return;
    }
  }
  settle(connection, alike, like, now, sample);
  if (connection.framer.in_response()) {
    if (begun_here) connection.first_byte_at = now;
    const auto kind = one_kind ? std::uint16_t{0} : connection.in_flight.kind_of(0);
    if (const auto bytes = connection.framer.skippable(kinds[kind]); bytes >= kWorthSkipping)
      transport_.skip(slot, bytes);
  }
  // The next response's first byte may be due sooner than the whole of the last was.
  if (spec_.first_byte_timeout > Nanos::zero()) {
    if (const Instant at = deadline(connection); at == Schedule::kNever)
      wheel_.remove(slot);
    else
      wheel_.set(slot, at);
  }
  if (alike > 0 || answered) ask_again(slot, now);
}

// Matches responses to the requests they answer, oldest first.
void Worker::settle(Connection& connection, std::uint32_t responses, const ResponseFramer::Next& like, Instant now,
                    std::string_view sample) {
  if (responses == 0) return;
  const bool good = like.fault == Fault::none;
  connection.failures_in_a_row = 0;
  in_flight_now_ -= responses;
  tally_.total.answered += responses;
  if (good) tally_.total.good += responses;
  if (in_window(now)) {
    connection.answers += responses;
    tally_.arrived(second_of(now), responses, good);
  }
  while (responses > 0) {
    const auto batch = connection.in_flight.pop(responses);
    responses -= batch.requests;
    if (stamps_) [[unlikely]]
      audit(connection, batch, now);
    if (!batch.counted) continue;
    const Nanos service_time = now - batch.sent;
    tally_.answered(batch.kind, batch.requests, like.status, good, like.begun_here, service_time, now - batch.intended);
    if (!like.begun_here) tally_.first_byte(connection.first_byte_at - batch.sent);
    if (!good)
      tally_.error(fault_kind(like.fault), batch.requests, since_window_start(now), [&] { return printable(sample); })
          .after.record(service_time, batch.requests);
  }
}

void Worker::audit(const Connection& connection, const InFlight::Batch& batch, Instant now) {
  const auto slot = static_cast<std::uint32_t>(&connection - connections_.data());
  const auto kernel = stamps_->answered(slot, batch.requests);
  if (!batch.counted) return;
  // Stamps out of order come of a wall clock that was set between them, or of an answer that did not wait to be asked.
  const bool in_order =
      kernel && batch.sent <= kernel->sent && kernel->sent <= kernel->received && kernel->received <= now;
  if (in_order)
    tally_.paired(batch.requests, kernel->received - kernel->sent, kernel->sent - batch.sent, now - kernel->received);
  else
    tally_.unpaired(batch.requests);
}

// The connection may take requests: the schedule's turn, or in a closed loop at once.
void Worker::ask_again(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  if (spec_.requests_per_connection > 0 && connection.sent_on_it >= spec_.requests_per_connection) {
    if (connection.in_flight.empty()) close_and_reopen(slot, now, {});
    return;
  }
  if (schedule_.open_loop())
    offer(slot);
  else
    refill(slot, now);
}

std::uint32_t Worker::room(const Connection& connection) const noexcept {
  std::uint64_t room = connection.in_flight.room();
  if (spec_.requests_per_connection > 0)
    room =
        std::min(room, spec_.requests_per_connection - std::min(connection.sent_on_it, spec_.requests_per_connection));
  return room < batch_ ? 0 : static_cast<std::uint32_t>(room);
}

void Worker::refill(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  if (connection.pending || connection.resting || now >= window_end_ || room(connection) == 0 || source_.wants_stop())
    return;
  if (request_bytes_ == 0) {
    if (const Nanos delay = source_.delay(slot); delay > Nanos::zero()) {
      connection.resting = true;
      wake(slot, now + delay);
      return;
    }
  }
  send(slot, room(connection), now, now);
}

// Open loop: sends everything that is due, each request on the next connection that has room; tells when to come back.
Instant Worker::dispatch_due(Instant now) {
  const auto& catch_up = spec_.catch_up;
  while (true) {
    const Instant due = schedule_.due();
    if (due > now) held_up_ = false;
    if (due > now || due >= window_end_) return due;
    if (catch_up.way == load::CatchUp::Way::drop && now - due > catch_up.patience) {
      if (in_window(due)) tally_.dropped(now - due);
      schedule_.pass();
      continue;
    }
    const Instant earliest = earliest_start(due);
    if (earliest > now) return earliest;
    if (with_room_first_ == with_room_.size()) {
      no_room_ = true;
      held_up_ = held_up_ || now - due <= kStall;  // else we were late before there was no room
      return Schedule::kNever;
    }
    const std::uint32_t slot = with_room_[with_room_first_++];
    if (with_room_first_ == with_room_.size() || with_room_first_ >= connections_.size()) {
      with_room_.erase(with_room_.begin(), with_room_.begin() + static_cast<std::ptrdiff_t>(with_room_first_));
      with_room_first_ = 0;
    }
    auto& connection = connections_[slot];
    connection.queued_for_work = false;
    if (connection.state != State::open || connection.pending || connection.resting) continue;
    if (no_room_ || now - earliest > kStall) {
      stalled_at_ = due;
      stall_ended_ = now;
      no_room_ = false;
    }
    schedule_.pass();
    now = transport_.now();
    for (auto sent = send(slot, 1, due, now); sent > 1; --sent) schedule_.pass();
    offer(slot);
  }
}

// Capped, what a stall has left over is sent at the schedule's own pace times `factor`, until the schedule is reached:
// the pattern of a ramp, of Poisson gaps or of a replay stays, and what is on time is never held back.
Instant Worker::earliest_start(Instant due) const noexcept {
  if (spec_.catch_up.way != load::CatchUp::Way::cap) return due;
  const double after_stall = static_cast<double>((due - stalled_at_).count()) / spec_.catch_up.factor;
  return std::max(due, stall_ended_ + Nanos(static_cast<std::int64_t>(after_stall)));
}

// Open loop: this connection may take requests, if it can.
void Worker::offer(std::uint32_t slot) {
  auto& connection = connections_[slot];
  if (connection.queued_for_work || connection.state != State::open || connection.pending || connection.resting ||
      room(connection) == 0)
    return;
  connection.queued_for_work = true;
  with_room_.push_back(slot);
}

// Hands over up to `most` requests in one write.
std::uint32_t Worker::send(std::uint32_t slot, std::uint32_t most, Instant intended, Instant now) {
  auto& connection = connections_[slot];
  std::string_view bytes;
  std::uint32_t requests = 0;
  if (request_bytes_ > 0) {
    requests = most;
    bytes = std::string_view(copies_).substr(0, most * request_bytes_);
    count_sent(connection, requests, 0, intended, now);
  } else {
    connection.outbox.clear();
    std::uint32_t alike = 0;
    std::uint16_t kind = 0;
    while (requests == 0 || requests + batch_ <= most) {
      const auto request = source_.next(slot);
      if (request.requests == 0) break;  // the source has come to its end
      connection.outbox.append(request.bytes);
      if (alike > 0 && request.kind != kind) {
        count_sent(connection, alike, kind, intended, now);
        alike = 0;
      }
      kind = request.kind;
      alike += request.requests;
      requests += request.requests;
    }
    if (requests == 0) return 0;
    count_sent(connection, alike, kind, intended, now);
    bytes = connection.outbox;
  }
  // An entry that is set may be later than this request's deadline.
  if (!wheel_.is_set(slot) || connection.resting || spec_.first_byte_timeout > Nanos::zero())
    wheel_.set(slot, deadline(connection));
  if (stamps_) [[unlikely]]
    stamps_->next_send_holds(slot, requests);
  connection.pending = transport_.send(slot, bytes) == Transport::Sent::pending;
  return requests;
}

void Worker::count_sent(Connection& connection, std::uint32_t requests, std::uint16_t kind, Instant intended,
                        Instant now) {
  const bool counted = in_window(intended);
  connection.in_flight.push(
      {.intended = intended, .sent = now, .requests = requests, .kind = kind, .counted = counted});
  connection.sent_on_it += requests;
  in_flight_now_ += requests;
  tally_.total.sent += requests;
  if (counted) tally_.sent(kind, requests, now - intended, held_up_);
}

void Worker::on_sent(std::uint32_t slot, Instant now) {
  connections_[slot].pending = false;
  ask_again(slot, now);
}

}  // namespace hotlap::loadgen
