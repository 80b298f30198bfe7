#include "tests/simulation/truth.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace hotlap::loadgen::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kWheel = 1ms;  // deadlines come at most so much late
constexpr Nanos kMomentToSpeak = 5ms;
constexpr Nanos kStall = 1ms;  // so late, and the worker itself stood still
constexpr Nanos kLongestBackoff = 256ms;
constexpr Nanos kGrace = 50ms;
constexpr Nanos kInterruptedDrain = 200ms;
constexpr std::size_t kMostFindings = 8;

std::string connect_kind(int error) {
  return error == ECONNREFUSED    ? "connect_refused"
         : error == ETIMEDOUT     ? "connect_timeout"
         : error == EADDRNOTAVAIL ? "no_free_port"
                                  : "connect_failed";
}

class Comparison {
 public:
  template <class A, class B>
  void equal(std::string_view what, const A& truth, const B& measured) {
    if (truth != measured) add(fmt::format("{}: {} in truth, {} measured", what, truth, measured));
  }

  // Every sample, within the histogram's resolution; their number, extremes and sum exactly.
  void equal_times(std::string_view what, const std::vector<Nanos>& truth, const Histogram& measured) {
    thread_local Histogram histogram;
    histogram.clear();
    for (const Nanos time : truth) histogram.record(time);
    if (histogram.count() == measured.count() && histogram.min() == measured.min() &&
        histogram.max() == measured.max() && histogram.mean() == measured.mean() && histogram == measured)
      return;
    const auto text = [](const Histogram& times) {
      return fmt::format("{} times of {}..{} ns, mean {} ns", times.count(), times.min().count(), times.max().count(),
                         times.mean().count());
    };
    add(fmt::format("{}: {} in truth, {} measured", what, text(histogram), text(measured)));
  }

  void equal_counts(const std::string& what, const load::RequestCounts& truth, const load::RequestCounts& measured) {
    equal(what + " sent", truth.sent, measured.sent);
    equal(what + " answered", truth.answered, measured.answered);
    equal(what + " good", truth.good, measured.good);
    equal(what + " failed", truth.failed, measured.failed);
    equal(what + " timed out", truth.timed_out, measured.timed_out);
    equal(what + " in flight at the end", truth.in_flight_at_end, measured.in_flight_at_end);
    if (!measured.balanced()) add(what + ": the partition of the requests does not hold");
  }

  void add(std::string difference) {
    if (found.size() < kMostFindings) found.push_back(std::move(difference));
  }

  std::vector<std::string> found;
};

}  // namespace

Truth::Truth(const World& world, const RunControl& control, Plant plant)
    : world_(world),
      spec_(world.spec),
      control_(control),
      plant_(plant),
      slots_(static_cast<std::size_t>(spec_.connections)),
      arrivals_(spec_, 0, 1),
      kinds_(world.kinds.size()) {}

void Truth::violation(std::string what) {
  if (violations_.size() < kMostFindings) violations_.push_back(std::move(what));
}

std::size_t Truth::room(const Slot& slot) const noexcept {
  const auto depth = static_cast<std::size_t>(spec_.pipeline_depth);
  const std::size_t room = depth - std::min(depth, slot.in_flight.size());
  if (spec_.requests_per_connection == 0) return room;
  return std::min<std::size_t>(
      room, spec_.requests_per_connection - std::min(slot.sent_on_it, spec_.requests_per_connection));
}

bool Truth::used_up(const Slot& slot) const noexcept {
  return spec_.requests_per_connection > 0 && slot.sent_on_it >= spec_.requests_per_connection &&
         slot.in_flight.empty();
}

Instant Truth::deadline(const Slot& slot) const noexcept {
  const bool begun = slot.in_response || spec_.first_byte_timeout == Nanos::zero();
  return slot.in_flight.front().sent + (begun ? spec_.timeout : std::min(spec_.timeout, spec_.first_byte_timeout));
}

Instant Truth::last_moment() const noexcept {
  return end_ + (interrupted_ ? std::min(kInterruptedDrain, spec_.timeout) : spec_.timeout) + kGrace;
}

// From the schedule, which has tests of its own; here it only has to be near where a constant rate says.
Instant Truth::due() const {
  return arrivals_.due();
}

void Truth::pass() {
  const Instant expected =
      arrivals_start_ +
      Nanos(std::llround(static_cast<double>(next_arrival_++) * 1e9 / spec_.rate->first().per_second));
  if (spec_.gaps == load::Gaps::constant && std::abs((due() - expected).count()) > 1000)
    violation("an arrival is not where the rate says");
  arrivals_.pass();
}

bool Truth::keeps_quiet(const Slot& slot, Instant now) const noexcept {
  return slot.spoke_unasked && now < slot.since + kMomentToSpeak + kWheel;
}

void Truth::drop_overdue(Instant now) {
  if (spec_.catch_up.way != load::CatchUp::Way::drop) return;
  for (; due() < end_ && now - due() > spec_.catch_up.patience; pass()) {
    if (!in_window(due())) continue;
    ++dropped_;
    response_at_least_.push_back(now - due());
  }
}

void Truth::count_error(const std::string& kind, Instant now, std::optional<Nanos> after) {
  auto& error = errors_[kind];
  if (error.count++ == 0 && running_) error.first_at = now - start_;
  if (after) error.after.push_back(*after);
}

// After the end of the window connections may end as they like.
void Truth::connection_error(const std::string& kind, Instant now) {
  if (!running_ || now < end_) count_error(kind, now, std::nullopt);
}

void Truth::at_least(const Asked& asked, Instant now) {
  if (plant_ == Plant::not_censored) return;
  service_at_least_.push_back(now - asked.sent);
  response_at_least_.push_back(now - asked.intended);
}

void Truth::load_begins(Instant now) {
  running_ = true;
  load_began_ = now;
  start_ = {control_.window_start_ns.load()};
  end_ = {control_.window_end_ns.load()};
  arrivals_start_ = start_ + -spec_.warm_up;
  if (spec_.open_loop()) arrivals_.start(start_);
  for (auto& slot : slots_) slot.changed = now;
}

void Truth::connecting(std::uint32_t slot, Instant now) {
  auto& it = slots_[slot];
  if (it.state != State::closed) violation("connects a connection that is not closed");
  if (running_ && now >= end_) violation("connects after the end of the window");
  it = {.state = State::connecting,
        .since = now,
        .changed = now,
        .spoke_unasked = it.spoke_unasked,
        .answers = it.answers};
  ++connects_;
}

void Truth::connected(std::uint32_t slot, int error, Instant now) {
  auto& it = slots_[slot];
  if (error != 0) {
    it.cause = Cause{.kind = connect_kind(error)};
    return;
  }
  connect_time_.push_back(now - it.since);
  it.state = State::open;
  it.since = it.changed = now;
  most_open_ = std::max(most_open_, ++open_);
}

void Truth::sent(std::uint32_t slot, const std::vector<std::uint16_t>& kinds, bool taken, Instant now) {
  auto& it = slots_[slot];
  if (it.state != State::open || it.pending) violation("sends on a connection that is not ready for it");
  if (!running_) violation("sends before the load begins");
  if (now >= end_) violation(fmt::format("sends {} ns after the end of the window", (now - end_).count()));
  if (kinds.size() > room(it)) violation(fmt::format("sends {} requests where {} have room", kinds.size(), room(it)));
  if (now < it.rests_until) violation("sends on a connection that rests");
  it.rests_until = {};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    Asked asked{.intended = now, .sent = now, .kind = kinds[i], .first_of_write = i == 0, .pending = !taken};
    if (spec_.open_loop()) {
      drop_overdue(now);
      asked.intended = due();
      if (asked.intended > now) violation("sends before the schedule says so");
      pass();
    }
    asked.counted = in_window(asked.intended) || (plant_ == Plant::warm_up_counted && asked.intended < end_);
    ++total_.sent;
    if (asked.counted) {
      ++kinds_[asked.kind].requests.sent;
      lag_.push_back(now - asked.intended);
      if (holding_up_ && plant_ != Plant::held_up_unnoticed) held_up_.push_back(now - asked.intended);
    }
    if (it.in_flight.empty()) it.changed = now;
    it.in_flight.push_back(asked);
  }
  it.sent_on_it += kinds.size();
  it.pending = !taken;
}

void Truth::taken(std::uint32_t slot, Instant now) {
  auto& it = slots_[slot];
  it.pending = false;
  for (auto& asked : it.in_flight) {
    if (!asked.pending) continue;
    asked.pending = false;
    if (plant_ == Plant::stamped_when_taken) asked.sent = now;
    if (plant_ == Plant::pending_counted_twice) ++total_.sent;
  }
}

Fault Truth::fault_of(const Asked& asked, int status, const std::string& body) const {
  const auto& kind = world_.kinds[asked.kind];
  const auto& expect = kind.expect;
  if (status < expect.status_low || status > expect.status_high) return Fault::status;
  if (kind.head) return Fault::none;
  if (expect.body_length && *expect.body_length != body.size()) return Fault::length;
  if (expect.body && *expect.body != body) return Fault::body;
  return Fault::none;
}

// The oldest request is answered: HTTP/1.1 knows no other way to tell which.
void Truth::answer(std::uint32_t slot, const Stream& stream, const StreamItem& item, bool in_one_read, Instant now) {
  auto& it = slots_[slot];
  const Asked asked = it.in_flight.front();
  it.in_flight.pop_front();
  it.changed = now;
  const std::string body =
      item.end == StreamItem::kAtClose ? stream.bytes.substr(item.head_end, it.delivered - item.head_end) : item.body;
  const Fault fault = fault_of(asked, item.status, body);
  const bool good = fault == Fault::none;
  ++total_.answered;
  total_.good += good ? 1 : 0;
  if (in_window(now)) {
    ++it.answers;
    ++(good ? good_in_window_ : bad_in_window_);
  }
  if (world_.collect)
    to_show_.push_back(
        {slot, asked.kind, item.status, stream.bytes.substr(item.begin, item.head_end - item.begin), body});
  if (!asked.counted) return;
  auto& kind = kinds_[asked.kind];
  ++kind.requests.answered;
  kind.requests.good += good ? 1 : 0;
  ++status_[item.status];
  if (plant_ == Plant::one_sample_per_write && !asked.first_of_write) return;
  if (plant_ == Plant::drain_ignored && now >= end_) return;
  const Nanos service = now - asked.sent;
  kind.service.push_back(service);
  by_class_[fmt::format("{}xx", item.status / 100)].push_back(service);
  kind.response.push_back(plant_ == Plant::coordinated_omission ? service : now - asked.intended);
  const bool at_last = in_one_read || plant_ == Plant::first_byte_at_last_byte;
  first_byte_.push_back(at_last ? service : it.first_byte_at - asked.sent);
  if (good) return;
  count_error(fault == Fault::status ? "status" : fault == Fault::length ? "length" : "body", now, service);
}

void Truth::received(std::uint32_t slot, const Stream& stream, std::size_t upto, Instant now) {
  auto& it = slots_[slot];
  const std::size_t from = it.delivered;
  it.delivered = upto;
  if (in_window(now)) bytes_in_window_ += upto - from;
  std::size_t seen = from;
  while (seen < upto) {
    if (it.in_flight.empty()) {
      it.spoke_unasked = true;
      it.cause = Cause{.kind = "unexpected_response", .breaks_protocol = true};
      return;
    }
    const StreamItem& item = stream.items.at(it.item);
    const bool begins_here = item.begin >= from;
    if (upto < item.end) {  // the rest is still to come
      it.in_response = true;
      if (begins_here) it.first_byte_at = now;
      return;
    }
    it.in_response = false;
    seen = item.end;
    ++it.item;
    if (item.kind == StreamItem::Kind::interim) {
      it.changed = now;
      continue;
    }
    if (item.kind == StreamItem::Kind::garbage) {
      it.cause = Cause{.kind = "parse", .breaks_protocol = true};
      return;
    }
    answer(slot, stream, item, begins_here, now);
    if (!item.keep_alive) {
      it.cause = Cause{.kind = "closed_after_response", .of_connection = false};
      return;
    }
  }
}

void Truth::ended(std::uint32_t slot, const Stream& stream, int error, bool writing, Instant now) {
  auto& it = slots_[slot];
  if (error != 0) {
    it.cause = Cause{.kind = error == ECONNRESET || error == EPIPE ? "reset"
                             : writing                             ? "write_failed"
                                                                   : "read_failed"};
    return;
  }
  if (it.in_response && !it.in_flight.empty()) {
    const StreamItem& item = stream.items.at(it.item);
    if (item.end == StreamItem::kAtClose && it.delivered >= item.head_end) {
      answer(slot, stream, item, false, now);
      it.in_response = false;
      it.cause = Cause{.kind = "closed_after_response", .of_connection = false};
      return;
    }
  }
  it.cause = Cause{.kind = it.in_response         ? "eof_midresponse"
                           : it.in_flight.empty() ? "eof_idle"
                                                  : "eof_before_response"};
}

void Truth::told(std::uint32_t slot) {
  const auto& it = slots_[slot];
  if (it.cause) violation("does not close a connection after: " + it.cause->kind);
  if (it.state == State::open && used_up(it)) violation("does not close a connection that had all its requests");
  if (!to_show_.empty()) violation("does not show a response to a source that wants them");
  to_show_.clear();
}

void Truth::closed(std::uint32_t slot, Instant now) {
  auto& it = slots_[slot];
  if (it.state == State::closed) return;
  std::string lost_to;
  bool response_begun = it.in_response;
  if (it.cause) {
    if (it.cause->of_connection)
      connection_error(it.cause->kind, now);
    else
      lost_to = it.cause->kind;
    if (it.cause->breaks_protocol) response_begun = false;
  } else if (it.state == State::connecting) {
    if (now < it.since + spec_.timeout) violation("gives up a connect before its time");
    connection_error("connect_timeout", now);
  } else if (!used_up(it)) {
    if (it.in_flight.empty() || now < deadline(it)) violation("closes a connection without a reason");
    lost_to = "cut_off_by_timeout";
  }
  for (const Asked& asked : it.in_flight) {
    const bool first_byte_counts = spec_.first_byte_timeout > Nanos::zero() && !response_begun;
    response_begun = false;
    const Nanos limit = first_byte_counts ? std::min(spec_.timeout, spec_.first_byte_timeout) : spec_.timeout;
    const bool late = now - asked.sent >= limit && plant_ != Plant::timeouts_as_failures;
    ++(late ? total_.timed_out : total_.failed);
    if (late)
      count_error(now - asked.sent >= spec_.timeout ? "timeout" : "first_byte_timeout", now, now - asked.sent);
    else if (!lost_to.empty())
      count_error(lost_to, now, now - asked.sent);
    if (!asked.counted) continue;
    ++lost_in_window_;
    auto& requests = kinds_[asked.kind].requests;
    ++(late ? requests.timed_out : requests.failed);
    if (late) at_least(asked, now);
  }
  if (it.state == State::open) --open_;
  it = {.state = State::closed, .since = now, .changed = now, .spoke_unasked = it.spoke_unasked, .answers = it.answers};
}

void Truth::skips(std::uint32_t slot, const Stream& stream, std::uint64_t bytes) {
  const auto& it = slots_[slot];
  if (it.in_flight.empty() || !it.in_response) return violation("skips where no response is under way");
  const StreamItem& item = stream.items.at(it.item);
  if (it.delivered < item.head_end || it.delivered + bytes >= item.end) violation("skips more than a body's inside");
  if (world_.collect || world_.kinds[it.in_flight.front().kind].expect.body) violation("skips what has to be seen");
}

// A turn of the worker is over: nothing may be left undone.
void Truth::waits(Instant now, Instant until, bool wants_stop) {
  if (!running_) return;
  if (!asked_) return;
  if (until <= now) violation(fmt::format("waits for a time {} ns ago", (now - until).count()));
  if (now >= last_moment()) violation("runs on after the drain");
  const bool dispatching = spec_.open_loop() && now < end_ && !stopped_;
  if (dispatching) drop_overdue(now);
  bool somewhere = false;
  for (const auto& it : slots_) {
    const bool idle = it.state == State::open && !it.pending && room(it) > 0 && !keeps_quiet(it, now);
    somewhere |= idle;
    if (it.state == State::open && !it.in_flight.empty() && now >= std::max(deadline(it), it.changed) + kWheel)
      violation(fmt::format("a deadline passed {} ns ago", (now - deadline(it)).count()));
    if (it.state == State::connecting && now >= std::max(it.since + spec_.timeout, load_began_) + kWheel)
      violation("a connect is not given up");
    if (it.state == State::closed && now < end_ && now >= it.changed + kLongestBackoff + kWheel)
      violation("a connection is not opened again");
    if (now < end_ && !wants_stop && !spec_.open_loop() && idle && now >= it.rests_until + kWheel)
      violation("a connection has room, but no request is sent");
  }
  if (dispatching) holding_up_ = due() <= now && (holding_up_ || (!somewhere && now - due() <= kStall));
  if (dispatching && somewhere && due() <= now && due() < end_ && spec_.catch_up.way != load::CatchUp::Way::cap)
    violation("a request is due and there is room, but it is not sent");
}

void Truth::woke(bool wants_stop) {
  if (!running_) return;
  asked_ = true;
  start_ = {control_.window_start_ns.load()};
  end_ = {control_.window_end_ns.load()};
  interrupted_ = control_.interrupted;
  stopped_ = wants_stop;
}

void Truth::rests(std::uint32_t slot, Instant until) {
  slots_[slot].rests_until = until;
}

void Truth::saw_response(std::uint32_t slot, std::uint16_t kind, int status, std::string_view head,
                         std::string_view body) {
  if (to_show_.empty()) {
    violation("shows a response that there is none of");
    return;
  }
  const auto& shown = to_show_.front();
  if (shown.slot != slot || shown.kind != kind || shown.status != status || shown.head != head || shown.body != body)
    violation(fmt::format("shows another response than there was: {} {} bytes, not {} {} bytes", status, body.size(),
                          shown.status, shown.body.size()));
  to_show_.pop_front();
}

void Truth::load_ends(Instant now) {
  for (const auto& it : slots_)
    for (const Asked& asked : it.in_flight) {
      if (plant_ == Plant::in_flight_dropped) continue;
      if (now >= asked.sent + spec_.timeout + kWheel) violation("leaves a request in flight whose deadline is over");
      ++total_.in_flight_at_end;
      if (!asked.counted) continue;
      ++kinds_[asked.kind].requests.in_flight_at_end;
      at_least(asked, now);
    }
  if (!spec_.open_loop() || plant_ == Plant::never_sent_forgotten) return;
  for (; due() < end_; pass()) {
    if (due() < start_) continue;
    ++never_sent_;
    response_at_least_.push_back(now - due());
  }
}

std::vector<std::string> Truth::differences(const load::Measurement& measurement, std::uint64_t live_sent) {
  Comparison compare;
  load::RequestCounts window;
  std::vector<Nanos> service, response;
  compare.equal("kinds of requests", kinds_.size() > 1 ? kinds_.size() : 0, measurement.by_request.size());
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    const auto& kind = kinds_[i];
    window.add(kind.requests);
    service.insert(service.end(), kind.service.begin(), kind.service.end());
    response.insert(response.end(), kind.response.begin(), kind.response.end());
    if (i >= measurement.by_request.size()) continue;
    const auto& measured = measurement.by_request[i];
    compare.equal_counts(measured.name, kind.requests, measured.requests);
    compare.equal_times(measured.name + " service time", kind.service, measured.service_time);
    compare.equal_times(measured.name + " response time", kind.response, measured.response_time);
  }
  compare.equal_counts("total", total_, measurement.total);
  compare.equal_counts("window", window, measurement.requests);
  compare.equal("live sent", total_.sent, live_sent);
  compare.equal_times("service time", service, measurement.service_time);
  compare.equal_times("response time", response, measurement.response_time);
  compare.equal_times("send lag", lag_, measurement.send_lag);
  if (spec_.catch_up.way != load::CatchUp::Way::cap)
    compare.equal_times("held up", held_up_, measurement.held_up);
  else if (measurement.held_up.count() > held_up_.size())  // fewer: room may be back before a cap lets them go
    compare.equal("held up", held_up_.size(), measurement.held_up.count());
  compare.equal_times("first byte time", first_byte_, measurement.first_byte_time);
  compare.equal_times("connect time", connect_time_, measurement.connect_time);
  compare.equal_times("service time at least", service_at_least_, measurement.service_time_at_least);
  compare.equal_times("response time at least", response_at_least_, measurement.response_time_at_least);
  compare.equal("never sent", never_sent_, measurement.never_sent);
  compare.equal("dropped", dropped_, measurement.dropped);
  compare.equal("scheduled", spec_.open_loop() ? window.sent + never_sent_ + dropped_ : 0, measurement.scheduled);
  compare.equal("good in the window", good_in_window_, measurement.good_in_window);
  compare.equal("bytes received", bytes_in_window_, measurement.bytes_received);
  compare.equal("established", most_open_, measurement.connections.established);
  compare.equal("reconnects", connects_ - slots_.size(), measurement.connections.reconnects);

  for (const auto& [status, count] : status_)
    compare.equal(fmt::format("status {}", status), count,
                  measurement.status.contains(status) ? measurement.status.at(status) : 0);
  compare.equal("different statuses", status_.size(), measurement.status.size());
  for (const auto& [name, times] : by_class_) {
    const auto found = measurement.service_time_by_class.find(name);
    compare.equal_times("service time of " + name, times,
                        found == measurement.service_time_by_class.end() ? Histogram{} : found->second);
  }
  compare.equal("status classes", by_class_.size(), measurement.service_time_by_class.size());

  std::map<std::string, Error> errors = errors_;
  for (const auto& measured : measurement.errors) {
    const auto& error = errors[measured.kind];
    compare.equal("errors " + measured.kind, error.count, measured.count);
    compare.equal_times("time to " + measured.kind, error.after, measured.after);
    if (error.first_at != measured.first_at) compare.add("the first " + measured.kind + " was at another time");
    errors.erase(measured.kind);
  }
  for (const auto& [kind, error] : errors) compare.equal("errors " + kind, error.count, 0U);

  std::vector<std::uint64_t> answers;
  answers.reserve(slots_.size());
  for (const auto& slot : slots_) answers.push_back(slot.answers);
  std::ranges::sort(answers);
  compare.equal("fewest answers of a connection", answers.front(), measurement.connections.least_answers);
  compare.equal("most answers of a connection", answers.back(), measurement.connections.most_answers);
  compare.equal("connections served",
                static_cast<std::uint64_t>(std::ranges::count_if(answers, [](auto count) { return count > 0; })),
                measurement.connections.served);

  load::SecondSample sum;
  for (const auto& second : measurement.series) {
    sum.good += second.good;
    sum.bad += second.bad;
    sum.sent += second.sent;
    sum.lost += second.lost;
    sum.bytes_received += second.bytes_received;
  }
  compare.equal("series good", good_in_window_, sum.good);
  compare.equal("series bad", bad_in_window_, sum.bad);
  compare.equal("series sent", window.sent, sum.sent);
  compare.equal("series lost", lost_in_window_, sum.lost);
  compare.equal("series bytes", bytes_in_window_, sum.bytes_received);
  return compare.found;
}

}  // namespace hotlap::loadgen::simulation
