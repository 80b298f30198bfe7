// One connection to PostgreSQL as a link, in two forms: AsyncLink on an event loop, with any number of operations in
// flight, and BlockingLink, with one. Both connect again after a failure, and prepare each statement at its first use.
//
// How operations share the pipeline. PostgreSQL makes everything between two Syncs one transaction, and after an error
// in it passes over the rest. Operations of different pages must not share either fate. So what one turn of the loop
// submits leaves in groups, each closed by a Sync: any number of operations that only read, and at most one that
// writes, as the last. When one of them fails,
//   - those before it only read: their answers stand, and the rollback takes nothing from them;
//   - it gets its error;
//   - those behind it were passed over, never begun, and are sent again.
// A Sync for each operation would be as safe, but libpq 15 flushes at every Sync, and so would cost a system call and a
// packet for each read. One Sync for a whole turn would put the writes of strangers into one transaction, which holds
// the lock of the server's row and loses all of them at one error. A statement is prepared in a group of its own, so
// that nobody's error takes it along. Answers are handed out at the Sync: only then is a write committed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/backoff.h"
#include "targets/stores/lending.h"
#include "targets/stores/postgres/connection.h"
#include "targets/stores/postgres/postgres_store.h"
#include "targets/stores/postgres/statement.h"

namespace hotlap::targets::postgres {

// At most kMaxInFlight operations are unanswered, kMaxWaiting further ones queue, and any beyond are refused at once.
// Reading never waits for writing. A failure of the connection (among them an answer that does not come in time) ends
// everything submitted with code 0 and the reason. Used on the loop's thread only.
class AsyncLink final : public LoopLink, private EventLoop::Watcher {
 public:
  static constexpr std::size_t kMaxInFlight = 512;
  static constexpr std::size_t kMaxWaiting = 65'536;

  AsyncLink(EventLoop& loop, const PostgresStoreOptions& options) : loop_(loop), options_(options) {}
  ~AsyncLink() override;
  AsyncLink(const AsyncLink&) = delete;
  AsyncLink& operator=(const AsyncLink&) = delete;

  void carry_out(const Operation& operation, Completion done) override;
  void connect() override;
  void close() noexcept override;
  [[nodiscard]] bool has_unanswered() const noexcept override { return in_flight_ > 0 || !waiting_.empty(); }
  // Ends the connection and, with this reason, everything submitted.
  void give_up(std::string_view reason);
  // Closes a connection that the server has ended while nothing was asked over it.
  void drop_if_ended() noexcept;

 private:
  enum class State : std::uint8_t { closed, connecting, ready };
  struct Prepared {
    std::string name;
    bool sent = false;
    std::optional<StoreError> refused;
  };
  struct Waiting {  // for the connection, for the end of the turn, or for a place in flight
    Statement statement;
    Completion done;
  };
  struct Flight {
    enum class Kind : std::uint8_t { preparation, operation, sync };
    Kind kind = Kind::sync;
    Prepared* prepared = nullptr;  // of a preparation and an operation
    Statement statement;           // of an operation, with its completion and, once it is there, its outcome
    Completion done;
    Outcome outcome;
    bool passed_over = false;
    Instant sent{};
  };

  void on_events(std::uint32_t events) noexcept override;
  void on_turn_end() noexcept override;
  void on_wake() noexcept override;
  void advance();
  void receive();
  void take(Connection::Answer answer);
  void end_group();
  void want_turn_end();
  void want_check();
  void send_waiting();
  [[nodiscard]] bool send(Waiting waiting);
  [[nodiscard]] bool close_group();
  void flush();
  void watch(std::uint32_t events);
  void fail_all(StoreError error);
  void drop_connection() noexcept;
  [[nodiscard]] StoreError lost(std::string_view what) const;

  EventLoop& loop_;
  const PostgresStoreOptions& options_;  // the store's
  State state_ = State::closed;
  std::unique_ptr<Connection> connection_;
  std::uint64_t connections_ = 0;  // tells code that called out whether it is still about the same one
  std::uint32_t watched_ = 0;
  bool turn_end_wanted_ = false;
  bool check_wanted_ = false;  // of the oldest flight's age
  bool group_open_ = false;
  std::unordered_map<std::string, Prepared> prepared_;  // of this connection, by the statement's text
  std::deque<Flight> flights_;
  std::size_t answered_ = 0;   // of the flights in front: they wait for their group's Sync
  std::size_t in_flight_ = 0;  // operations among the flights
  std::deque<Waiting> waiting_;
  Backoff backoff_;
  StoreError last_error_;
};

// The same on a loop of its own that runs until the answer is there. Not thread-safe.
class BlockingLink final : public Link {
 public:
  explicit BlockingLink(const PostgresStoreOptions& options) : options_(options), link_(loop_, options) {}
  void carry_out(const Operation& operation, Completion done) override;

 private:
  const PostgresStoreOptions& options_;
  EventLoop loop_;
  AsyncLink link_;
  Instant last_used_{};
};

}  // namespace hotlap::targets::postgres
