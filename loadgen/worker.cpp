#include "loadgen/worker.h"

#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace hotlap::loadgen {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr Nanos kTick = std::chrono::milliseconds(5);
constexpr Nanos kGrace = std::chrono::milliseconds(50);
constexpr Nanos kInterruptedDrain = std::chrono::milliseconds(200);

struct ThreadCpu {
  Nanos user;
  Nanos system;
};

ThreadCpu thread_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& time) -> Nanos {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return {of(usage.ru_utime), of(usage.ru_stime)};
}

std::string_view fault_kind(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::status:
      return "status";
    case Fault::length:
      return "length";
    case Fault::body:
      return "body";
  }
  return "?";
}

}  // namespace

Worker::Worker(const load::LoadSpec& spec, const RequestSource& request, const Address& address, Place place,
               RunControl& control)
    : spec_(spec),
      request_(request),
      address_(address),
      place_(std::move(place)),
      control_(control),
      judge_{.expect = &spec.expect, .to_head_request = spec.method == "HEAD", .known_head = {}, .known = {}},
      schedule_(spec.rate, place_.index, place_.workers),
      buffer_(kBufferBytes) {
  connections_.reserve(static_cast<std::size_t>(place_.connections));
  for (int i = 0; i < place_.connections; ++i) connections_.emplace_back(judge_, spec.pipeline_depth);
  with_room_.reserve(2 * connections_.size());
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(spec.duration).count();
  for (std::int64_t second = 0; second < seconds; ++second) tally_.series.push_back({.second = second});
}

void Worker::run() {
  if (auto pinned = pin_this_thread(place_.cpu); !pinned)
    tally_.error("pin", 1, [&] { return pinned.error().message; });
  ::prctl(PR_SET_TIMERSLACK, 1);  // waits end on the nanosecond asked for, not up to 50 us later
  auto transport = EpollTransport::create();
  if (transport) {
    transport_ = std::make_unique<EpollTransport>(std::move(*transport));
    connect_all();
  } else {
    tally_.error("epoll", 1, [&] { return transport.error().message; });
  }
  control_.connected.count_down();
  control_.go.wait();
  if (control_.abandoned || !transport_) return;
  loop();
  for (auto& connection : connections_) {
    tally_.served += connection.served ? 1 : 0;
    while (!connection.in_flight.empty()) {
      const auto batch = connection.in_flight.pop(std::numeric_limits<std::uint32_t>::max());
      tally_.total.in_flight_at_end += batch.requests;
      if (in_window(batch.intended)) tally_.requests.in_flight_at_end += batch.requests;
    }
  }
}

void Worker::loop() {
  schedule_.start(window_start() + -spec_.warm_up);
  const Instant begin = monotonic_now();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot].state == State::open) ask_again(slot, begin);
  }
  Instant next_tick = begin + kTick;
  while (true) {
    Instant now = monotonic_now();
    enter_phases(now);
    const Instant end = window_end();
    const bool sending = now < end;
    if (!sending && in_flight_now_ == 0) break;
    const Nanos drain = control_.interrupted ? std::min(kInterruptedDrain, spec_.timeout) : spec_.timeout;
    if (now >= end + drain + kGrace) break;
    if (now >= next_tick) {
      tick(now);
      next_tick = now + kTick;
    }
    Instant until = next_tick;
    if (sending) until = std::min(until, end);
    if (!cpu_started_) until = std::min(until, window_start());
    if (sending && schedule_.open_loop()) {
      dispatch_due(now);
      if (with_room_first_ < with_room_.size()) until = std::min(until, schedule_.due());
      now = monotonic_now();
    }
    for (const auto& event : transport_->wait(now, until)) handle(event);
  }
  if (schedule_.open_loop())
    for (; schedule_.due() < window_end(); schedule_.pass())
      if (schedule_.due() >= window_start()) ++tally_.never_sent;
}

// CPU time is taken at the two ends of the window.
void Worker::enter_phases(Instant now) {
  const auto take = [&](int sign) {
    const auto [user, system] = thread_cpu();
    tally_.cpu_user += sign * user;
    tally_.cpu_system += sign * system;
  };
  if (!cpu_started_ && now >= window_start()) {
    take(-1);
    cpu_started_ = true;
  }
  if (cpu_started_ && !cpu_ended_ && now >= window_end()) {
    take(+1);
    cpu_ended_ = true;
  }
}

void Worker::handle(const epoll_event& event) {
  const std::uint32_t slot = event.data.u32;
  auto& connection = connections_[slot];
  switch (connection.state) {
    case State::sleeping:
      break;
    case State::connecting:
      on_connected(slot, monotonic_now());
      break;
    case State::open:
      if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(slot);
      if ((event.events & EPOLLOUT) && connection.state == State::open && connection.wants_write) on_writable(slot);
      break;
  }
}

void Worker::on_readable(std::uint32_t slot) {
  auto& connection = connections_[slot];
  const auto count = ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const int error = errno;
  const Instant now = monotonic_now();
  if (count < 0) {
    fail_connection(slot, now, error == ECONNRESET ? "reset" : "read_failed", system_message("read", error));
  } else if (count == 0) {
    on_end_of_stream(slot, now);
  } else {
    if (in_window(now)) tally_.bytes_received += static_cast<std::uint64_t>(count);
    take_responses(slot, {buffer_.data(), static_cast<std::size_t>(count)}, now);
  }
}

void Worker::on_end_of_stream(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  const bool in_response = connection.framer.in_response();
  const bool asked = !connection.in_flight.empty();
  if (const auto last = connection.framer.end_of_stream(); last && asked) {
    settle(connection, 1, *last, now, {});
    close_after_response(slot, now);
    return;
  }
  fail_connection(slot, now,
                  in_response ? "eof_midresponse"
                  : asked     ? "eof_before_response"
                              : "eof_idle",
                  fmt::format("the peer closed with {} requests in flight", connection.in_flight.requests()));
}

// Responses that are alike are settled together.
void Worker::take_responses(std::uint32_t slot, std::string_view input, Instant now) {
  auto& connection = connections_[slot];
  const char* const end = input.data() + input.size();
  std::uint32_t alike = 0;  // responses seen but not yet settled, all like `like`
  ResponseFramer::Next like;
  std::string_view sample;  // the bytes from the first of them on
  while (true) {
    const auto* start = input.data();
    const auto next = connection.framer.next(input);
    if (next.kind == ResponseFramer::Kind::need_more) break;
    const std::string_view seen(start, end);
    const bool unasked = connection.in_flight.requests() <= alike;
    if (next.kind == ResponseFramer::Kind::bad || unasked) {
      settle(connection, alike, like, now, sample);
      fail_connection(slot, now, unasked ? "unexpected_response" : "parse",
                      unasked ? std::string(seen) : fmt::format("{}: {}", next.why, seen));
      return;
    }
    if (alike > 0 && (next.status != like.status || next.fault != like.fault)) {
      settle(connection, alike, like, now, sample);
      alike = 0;
    }
    if (alike == 0) sample = seen;
    like = next;
    ++alike;
    if (!next.keep_alive) {
      settle(connection, alike, like, now, sample);
      close_after_response(slot, now);
      return;
    }
  }
  settle(connection, alike, like, now, sample);
  ask_again(slot, now);
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
    connection.served = true;
    auto& second = tally_.series[static_cast<std::size_t>((now - window_start()) / std::chrono::seconds(1))];
    if (good) {
      tally_.good_in_window += responses;
      second.good += responses;
    } else {
      second.bad += responses;
    }
  }
  while (responses > 0) {
    const auto batch = connection.in_flight.pop(responses);
    responses -= batch.requests;
    if (!in_window(batch.intended)) continue;
    tally_.requests.answered += batch.requests;
    if (good)
      tally_.requests.good += batch.requests;
    else
      tally_.error(fault_kind(like.fault), batch.requests, [&] { return printable(sample); });
    tally_.status[static_cast<std::size_t>(like.status)] += batch.requests;
    tally_.service_time.record(now - batch.sent, batch.requests);
    tally_.response_time.record(now - batch.intended, batch.requests);
  }
}

// The connection may take requests: the schedule's turn, or in a closed loop at once.
void Worker::ask_again(std::uint32_t slot, Instant now) {
  if (schedule_.open_loop())
    offer(slot);
  else
    refill(slot, now);
}

void Worker::refill(std::uint32_t slot, Instant now) {
  auto& connection = connections_[slot];
  if (connection.unsent_bytes > 0 || now >= window_end()) return;
  const auto room = static_cast<std::uint32_t>(connection.in_flight.room());
  if (room > 0) send(slot, room, now);
}

// Open loop: sends everything that is due, each request on the next connection that has room.
void Worker::dispatch_due(Instant now) {
  while (with_room_first_ < with_room_.size() && schedule_.due() <= now && schedule_.due() < window_end()) {
    const std::uint32_t slot = with_room_[with_room_first_++];
    if (with_room_first_ == with_room_.size() || with_room_first_ >= connections_.size()) {
      with_room_.erase(with_room_.begin(), with_room_.begin() + static_cast<std::ptrdiff_t>(with_room_first_));
      with_room_first_ = 0;
    }
    connections_[slot].queued_for_work = false;
    if (connections_[slot].state != State::open || connections_[slot].unsent_bytes > 0) continue;
    const Instant intended = schedule_.due();
    schedule_.pass();
    send(slot, 1, intended);
    offer(slot);
  }
}

// Open loop: this connection may take requests, if it can.
void Worker::offer(std::uint32_t slot) {
  auto& connection = connections_[slot];
  if (connection.queued_for_work || connection.state != State::open || connection.unsent_bytes > 0 ||
      connection.in_flight.room() == 0)
    return;
  connection.queued_for_work = true;
  with_room_.push_back(slot);
}

void Worker::send(std::uint32_t slot, std::uint32_t requests, Instant intended) {
  auto& connection = connections_[slot];
  const Instant now = monotonic_now();
  connection.in_flight.push({.intended = intended, .sent = now, .requests = requests});
  connection.unsent_bytes = requests * request_.size();
  in_flight_now_ += requests;
  tally_.total.sent += requests;
  if (in_window(intended)) {
    tally_.requests.sent += requests;
    tally_.send_lag.record(now - intended, requests);
  }
  flush(slot);
}

void Worker::flush(std::uint32_t slot) {
  auto& connection = connections_[slot];
  const auto bytes = request_.tail(connection.unsent_bytes);
  const auto written = ::send(connection.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (written >= 0) {
    connection.unsent_bytes -= static_cast<std::size_t>(written);
  } else if (errno != EAGAIN && errno != EINTR) {
    const int error = errno;
    fail_connection(slot, monotonic_now(), error == ECONNRESET || error == EPIPE ? "reset" : "write_failed",
                    system_message("write", error));
    return;
  }
  const bool wants_write = connection.unsent_bytes > 0;
  if (wants_write == connection.wants_write) return;
  connection.wants_write = wants_write;
  transport_->change(connection.socket, slot,
                     wants_write ? EpollTransport::Interest::read_and_write : EpollTransport::Interest::read);
}

void Worker::on_writable(std::uint32_t slot) {
  flush(slot);
  const auto& connection = connections_[slot];
  if (connection.state == State::open && connection.unsent_bytes == 0) ask_again(slot, monotonic_now());
}

}  // namespace hotlap::loadgen
