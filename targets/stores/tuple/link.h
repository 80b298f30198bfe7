// One connection to a tuple store, in two forms: AsyncLink on an event loop, with any number of operations in flight,
// and BlockingLink, with one. Both greet, authenticate and connect again after a failure; both speak iproto.h.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/backoff.h"
#include "targets/stores/lending.h"
#include "targets/stores/store.h"
#include "targets/stores/tuple/input_buffer.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/tuple_store.h"

namespace hotlap::targets {

// Pipelines: at most kMaxInFlight operations are unanswered, kMaxWaiting further ones queue, and any beyond are refused
// at once. What is submitted in one turn of the loop leaves in one write; reading never waits for writing. Answers are
// matched by sync, so they may overtake. A failure (among them an answer that does not come in time, and one that
// nobody asked for) drops the connection and ends everything submitted with code 0 and the reason. Used on the loop's
// thread only.
class AsyncLink final : public LoopLink, private EventLoop::Watcher {
 public:
  static constexpr std::size_t kMaxInFlight = 512;  // below Tarantool's own limit of 768 messages (net_msg_max)
  static constexpr std::size_t kMaxWaiting = 65'536;

  AsyncLink(EventLoop& loop, const TupleStoreOptions& options) : loop_(loop), options_(options) {}
  ~AsyncLink() override;
  AsyncLink(const AsyncLink&) = delete;
  AsyncLink& operator=(const AsyncLink&) = delete;

  void carry_out(const Operation& operation, Completion done) override;
  void connect() override;
  void close() noexcept override;
  [[nodiscard]] bool has_unanswered() const noexcept override { return in_flight_ > 0 || !waiting_.empty(); }

 private:
  enum class State : std::uint8_t { closed, connecting, greeting, authenticating, ready };
  struct Slot {  // of an operation in flight
    std::uint64_t sync = 0;
    std::uint64_t tick = 0;  // when it was sent
    Completion done;
  };
  struct Waiting {  // for the connection, or for a slot
    Operation operation;
    Completion done;
  };

  void on_events(std::uint32_t events) noexcept override;
  void on_turn_end() noexcept override;
  void on_wake() noexcept override;
  void want_tick();
  void receive();
  void decode();
  void greet();
  void become_ready();
  void answer(iproto::Response& response);
  void start(const Operation& operation, Completion done);
  void start_waiting();
  void want_flush();
  void flush();
  void watch(std::uint32_t events);
  void fail_all(StoreError error);
  void drop_connection() noexcept;

  EventLoop& loop_;
  const TupleStoreOptions& options_;  // the store's
  State state_ = State::closed;
  Fd socket_;
  std::uint32_t watched_ = 0;
  std::uint64_t connection_ = 0;  // counts them: tells code that called out whether it is still about the same one
  InputBuffer input_;
  std::string output_;
  std::size_t written_ = 0;
  bool flush_wanted_ = false;
  bool tick_wanted_ = false;
  std::uint64_t ticks_ = 0;  // quarters of the timeout that passed with operations in flight
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t in_flight_ = 0;
  std::uint64_t submitted_ = 0;
  std::deque<Waiting> waiting_;
  Backoff backoff_;
  StoreError last_error_;
};

// Not thread-safe; a store that shares one among threads puts a mutex around it.
class BlockingLink {
 public:
  explicit BlockingLink(const TupleStoreOptions& options) : options_(options) {}

  [[nodiscard]] Outcome execute(const Operation& operation);
  void close() noexcept;

 private:
  [[nodiscard]] std::expected<void, StoreError> connect();
  void drop_if_ended() noexcept;
  [[nodiscard]] Outcome exchange(std::uint64_t sync);
  [[nodiscard]] std::expected<void, StoreError> receive();
  [[nodiscard]] std::unexpected<StoreError> broken(std::string message);

  const TupleStoreOptions& options_;
  Fd socket_;
  InputBuffer input_;
  std::string output_;
  std::uint64_t sync_ = 0;
  Instant deadline_{};   // of the answer that is awaited
  Instant last_used_{};  // when the last answer came
  Backoff backoff_;
  StoreError last_error_;
};

}  // namespace hotlap::targets
