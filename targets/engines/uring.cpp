// The engine over io_uring: multishot accept and receive into provided buffers, and one system call a turn, which sends
// what every connection has gathered in it and waits for more. The links of asynchronous stores live on an epoll loop,
// whose descriptor the ring watches. Linux 6.0 or newer.
#include <sys/socket.h>
#include <sys/utsname.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/system_calls.h"
#include "base/uring_ring.h"
#include "targets/engines/engine.h"
#include "targets/engines/event_connection.h"

namespace hotlap::targets {
namespace {

using Kind = UringRequest::Kind;

constexpr UringRing::Sizes kSizes{.requests = 1024, .completions = 16 * 1024, .buffers = 1024, .buffer_bytes = 4096};
constexpr std::uint32_t kNobody = ~0U;  // the place of requests that are no connection's
constexpr Nanos kLongestWait = std::chrono::milliseconds(100);

// Of a connection the kernel has one request of a kind at most. A place is free again only when every request of its
// connection has completed, so the place is name enough.
std::uint64_t name_of(Kind kind, std::uint32_t place) noexcept {
  return static_cast<std::uint64_t>(kind) << 32 | place;
}
Kind kind_of(std::uint64_t name) noexcept {
  return static_cast<Kind>(name >> 32);
}
std::uint32_t place_of(std::uint64_t name) noexcept {
  return static_cast<std::uint32_t>(name);
}

class UringConnection final : public EventConnection {
 public:
  UringConnection(EventWorkerState& worker, UringRing& ring, std::vector<UringConnection*>& senders, Fd socket,
                  std::uint32_t place)
      : EventConnection(worker, std::move(socket), place), ring_(ring), senders_(senders) {
    receive_on();
  }

  // The bytes of this turn become one request: two could overtake each other when the first meets a full socket.
  // True: there is something to do as soon as it has been carried out.
  [[nodiscard]] bool submit_gathered() noexcept {
    if (!is_open() || gathered_ == 0) return false;
    ring_.add({.kind = Kind::send,
               .socket = socket().get(),
               .bytes = std::string_view(worker().out).substr(gathered_from_, gathered_),
               .name = name_of(Kind::send, place())});
    worker().counters.writes.add(1);
    return ends() || has_postponed();
  }
  // It has been carried out; what the client did not take is told by on_send_cut_short() before.
  void on_submitted() {
    gathered_ = 0;
    if (has_postponed()) answer_postponed();
    if (ends() || has_postponed()) settle();
  }
  void on_send_cut_short(int result) {
    if (!is_open()) return;
    if (result < 0 && result != -EAGAIN) {
      close();
      return;
    }
    const auto taken = static_cast<std::size_t>(std::max(result, 0));
    sending_.assign(worker().out, gathered_from_ + taken, gathered_ - taken);
    if (taken > 0) note_progress();
    send_rest();
    settle();
  }

  void on_sent_rest(int result) {
    sending_on_ = false;
    if (is_open()) {
      if (result <= 0) {
        close();
      } else {
        note_progress();
        sending_.erase(0, static_cast<std::size_t>(result));
        if (sending_.empty()) sending_.swap(unsent_);
        if (!sending_.empty()) send_rest();
        answer_postponed();
        settle();
      }
    }
    let_go();
  }

  void on_received(int result, std::string_view bytes, bool last) {
    if (last) receiving_ = stopping_ = false;
    if (is_open()) {
      if (result > 0) {
        worker().counters.reads.add(1);
        take(bytes);
      } else if (result == 0) {
        take_end_of_input();
      } else if (result != -ENOBUFS && result != -EINTR && result != -ECANCELED) {
        close();
      }
      settle();
    }
    if (last) let_go();
  }

 private:
  void receive_on() noexcept {
    ring_.add({.kind = Kind::receive, .socket = socket().get(), .name = name_of(Kind::receive, place())});
    receiving_ = true;
    hold();
  }

  // The kernel takes it from where it lies, as there is room; for as long it is not touched.
  void send_rest() noexcept {
    ring_.add({.kind = Kind::send_all,
               .socket = socket().get(),
               .bytes = sending_,
               .name = name_of(Kind::send_all, place())});
    worker().counters.writes.add(1);
    sending_on_ = true;
    hold();
  }

  void send_out() noexcept override {
    auto& out = worker().out;
    const auto from = std::exchange(worker().out_begin, out.size());
    const auto count = out.size() - from;
    if (sending_on_) {
      unsent_.append(out, from, count);
      return;
    }
    if (gathered_ == 0) {
      senders_.push_back(this);
      gathered_from_ = from;
    } else if (gathered_from_ + gathered_ != from) {  // others have been there: put both parts together behind them
      const std::string whole = out.substr(gathered_from_, gathered_) + out.substr(from, count);
      gathered_from_ = out.size();
      gathered_ = 0;
      out += whole;
      worker().out_begin = out.size();
      gathered_ = whole.size();
      return;
    }
    gathered_ += count;
  }

  void adapt() noexcept override {
    if (!receiving_) {
      if (wants_input()) receive_on();
    } else if (!wants_input() && !stopping_) {
      stopping_ = true;
      ring_.add({.kind = Kind::stop_receiving,
                 .name = name_of(Kind::stop_receiving, place()),
                 .other = name_of(Kind::receive, place())});
    }
  }

  // The kernel holds on to a socket as long as it has a request of it: the shutdown ends these.
  void before_close() noexcept override {
    if (!receiving_ && !sending_on_) return;
    ::shutdown(socket().get(), SHUT_RDWR);
    count_system_call();
  }

  [[nodiscard]] std::size_t unsent_bytes() const noexcept override { return sending_.size() + unsent_.size(); }
  [[nodiscard]] bool all_handed_over() const noexcept override { return gathered_ == 0; }

  UringRing& ring_;
  std::vector<UringConnection*>& senders_;  // of this turn
  std::size_t gathered_from_ = 0;           // in the worker's `out`
  std::size_t gathered_ = 0;
  std::string sending_;  // in the kernel's hands while sending_on_
  std::string unsent_;   // behind it
  bool sending_on_ = false;
  bool receiving_ = false;
  bool stopping_ = false;  // the receive
};

class UringWorker {
 public:
  UringWorker(const EngineOptions& options, const HandlerFactory& handlers, WorkerCounters& row, Fd listener, int index,
              std::unique_ptr<UringRing> ring)
      : options_(options),
        handlers_(handlers),
        index_(index),
        listener_(std::move(listener)),
        ring_(std::move(ring)),
        state_(options, row) {
    state_.gather = {.responses = std::numeric_limits<int>::max(), .bytes = std::numeric_limits<std::size_t>::max()};
  }

  void run() {
    (void)pin_this_thread(worker_cpu(options_, index_));
    ring_->start();
    state_.handler = handlers_(&state_.loop);
    accept_on();
    watch_loop();
    while (!stop_requested_.load(std::memory_order_relaxed)) turn();

    draining_ = true;
    ring_->add({.kind = Kind::stop_receiving,
                .name = name_of(Kind::stop_receiving, kNobody),
                .other = name_of(Kind::accept, kNobody)});
    listener_.reset();
    state_.drain_all();
    bury();
    const Instant deadline = monotonic_now() + options_.drain;
    // The kernel's accept keeps the port open; it has ended after a turn.
    while ((accepting_ || !state_.empty()) && monotonic_now() < deadline) turn();
    state_.close_all();
    state_.handler.reset();  // answers under way end now, with nobody to take them
    bury();
    const Instant latest = monotonic_now() + std::chrono::seconds(1);  // what the kernel holds ends by the shutdown
    while (!state_.empty() && monotonic_now() < latest) turn();
    ring_.reset();  // ends what it still holds, before buffers go
  }

  void stop() noexcept {
    stop_requested_ = true;
    state_.loop.stop();  // makes its descriptor readable
  }

 private:
  void accept_on() noexcept {
    ring_->add({.kind = Kind::accept, .socket = listener_.get(), .name = name_of(Kind::accept, kNobody)});
    accepting_ = true;
  }
  // Once, and again after its turn: an epoll descriptor tells of new events only, not of those left over.
  void watch_loop() noexcept {
    ring_->add({.kind = Kind::await_readable,
                .socket = state_.loop.descriptor(),
                .name = name_of(Kind::await_readable, kNobody)});
  }

  void turn() {
    bool at_once = false;  // a send that is taken whole is not told: what follows it must not wait for an event
    for (auto* connection : senders_) at_once |= connection->submit_gathered();
    const Nanos wait =
        at_once ? Nanos::zero() : state_.loop.due_in(std::min(kLongestWait, state_.deadlines.interval()));
    ring_->submit_and_wait_for(wait);

    const unsigned ready = ring_->ready();
    // Before anything else looks at a connection: of sends that were not taken whole, the rest is kept.
    if (!state_.out.empty()) {
      for (unsigned i = 0; i < ready; ++i)
        if (const auto completion = ring_->completion(i); kind_of(completion.name) == Kind::send)
          at(completion).on_send_cut_short(completion.result);
      state_.out.clear();
      state_.out_begin = 0;
      submitted_.swap(senders_);  // answers to what was postponed may make new senders
      for (auto* connection : submitted_) connection->on_submitted();
      submitted_.clear();
    }
    bool loop_ready = false;
    for (unsigned i = 0; i < ready; ++i) handle(ring_->completion(i), loop_ready);
    ring_->forget(ready);
    ring_->give_back_all();
    if (loop_ready || state_.loop.due_in(kLongestWait) == Nanos::zero()) {
      state_.loop.turn(Nanos::zero());
      if (loop_ready) watch_loop();
    }
    if (const Instant now = monotonic_now(); now >= next_sweep_) {
      next_sweep_ = now + state_.deadlines.interval();
      state_.end_late_ones(now);
      if (!accepting_ && !draining_) accept_on();  // it had run out of descriptors
    }
    if (!state_.gone.empty()) bury();
  }

  // One that has gathered is not freed before its turn to send has come.
  void bury() {
    for (const auto place : state_.gone)
      std::erase_if(senders_, [&](UringConnection* sender) { return sender == state_.connections[place].get(); });
    state_.bury();
  }

  UringConnection& at(const UringCompletion& completion) noexcept {
    return static_cast<UringConnection&>(*state_.connections[place_of(completion.name)]);
  }

  void handle(const UringCompletion& completion, bool& loop_ready) {
    switch (kind_of(completion.name)) {
      case Kind::accept:
        take_accepted(completion);
        break;
      case Kind::await_readable:
        loop_ready = true;
        break;
      case Kind::receive:
        at(completion).on_received(completion.result, ring_->bytes_of(completion), completion.last);
        break;
      case Kind::send_all:
        at(completion).on_sent_rest(completion.result);
        break;
      case Kind::send:            // seen before
      case Kind::stop_receiving:  // there was nothing to stop
      case Kind::await_connected:
      case Kind::receive_once:
      case Kind::discard:
        break;
    }
    if (completion.buffer >= 0) ring_->give_back(completion.buffer);
  }

  void take_accepted(const UringCompletion& completion) {
    if (completion.result >= 0) {
      Fd socket(completion.result);
      if (draining_) return;
      const auto place = state_.deadlines.enter();
      state_.admit(place, std::make_unique<UringConnection>(state_, *ring_, senders_, std::move(socket), place));
    }
    if (!completion.last) return;
    accepting_ = false;
    const bool at_once = completion.result >= 0 || completion.result == -ECONNABORTED || completion.result == -EINTR;
    if (at_once && !draining_) accept_on();  // else with the next sweep
  }

  const EngineOptions& options_;
  const HandlerFactory& handlers_;
  int index_;
  Fd listener_;
  std::unique_ptr<UringRing> ring_;
  std::vector<UringConnection*> senders_;
  std::vector<UringConnection*> submitted_;
  EventWorkerState state_;
  Instant next_sweep_{};
  bool accepting_ = false;
  bool draining_ = false;
  std::atomic<bool> stop_requested_ = false;
};

std::unexpected<Error> refuse(const std::string& why) {
  utsname name{};
  ::uname(&name);
  return fail("--engine uring: " + why + "; this is Linux " + name.release +
              ". Allow io_uring here, or use --engine pipelined, which needs no more than epoll");
}

// What the probe of the load generator does not cover for us: accepts that go on.
Result<void> probe_accepting(UringRing& ring) {
  const auto address = resolve("127.0.0.1", 0);
  if (!address) return std::unexpected(address.error());
  const auto listener = listen_tcp(*address, {});
  if (!listener) return std::unexpected(listener.error());
  const auto client = connect_tcp(*local_address(*listener), std::chrono::seconds(1));
  if (!client) return std::unexpected(client.error());
  if (auto written = write_all(*client, "?"); !written) return written;
  ring.start();
  const auto answer = [&](const UringRequest& request) -> Result<UringCompletion> {
    ring.add(request);
    ring.submit_and_wait(monotonic_now() + std::chrono::seconds(1));
    if (ring.ready() == 0) return fail("is not answered");
    const auto completion = ring.completion(0);
    ring.forget(1);
    if (completion.result < 0) return fail(system_message("is refused", -completion.result));
    if (completion.last) return fail("ends after one");
    return completion;
  };
  const auto accepted = answer({.kind = Kind::accept, .socket = listener->get()});
  if (!accepted) return fail("multishot accept (Linux 5.19) " + accepted.error().message);
  const Fd server(accepted->result);
  const auto received = answer({.kind = Kind::receive, .socket = server.get()});
  if (!received) return fail("multishot receive (Linux 6.0) " + received.error().message);
  if (ring.bytes_of(*received) != "?") return fail("multishot receive (Linux 6.0) brings other bytes");
  return {};
}

class UringEngine final : public Engine {
 public:
  UringEngine(EngineOptions options, HandlerFactory handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Result<std::uint16_t> start() override {
    auto trial = UringRing::create({});
    if (!trial) return refuse(trial.error().message);
    if (auto can = probe_accepting(**trial); !can) return refuse(can.error().message);
    auto listeners = listen_for_workers(options_, true);
    if (!listeners) return std::unexpected(listeners.error());
    const auto address = local_address(listeners->front());
    if (!address) return std::unexpected(address.error());
    if (!options_.board) options_.board = &own_board_.emplace(options_.first_worker + options_.workers);
    for (int index = 0; index < options_.workers; ++index) {
      auto ring = UringRing::create(kSizes);
      if (!ring) return refuse(ring.error().message);
      workers_.push_back(std::make_unique<UringWorker>(
          options_, handlers_, options_.board->row(options_.first_worker + index),
          std::move((*listeners)[static_cast<std::size_t>(index)]), index, std::move(*ring)));
    }
    for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
    return address->port();
  }

  EngineCounters stop() override {
    for (auto& worker : workers_) worker->stop();
    threads_.clear();  // joins
    workers_.clear();
    return options_.board->sum();
  }

 private:
  EngineOptions options_;
  HandlerFactory handlers_;
  std::optional<CounterBoard> own_board_;
  std::vector<std::unique_ptr<UringWorker>> workers_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<Engine> make_uring_engine(const EngineOptions& options, HandlerFactory handlers) {
  return std::make_unique<UringEngine>(options, std::move(handlers));
}

}  // namespace hotlap::targets
