// One load thread's work: its share of the connections, each with its pipeline; sends, frames, stamps and counts.
// Phases: connect (all settle before anyone sends) → warm-up → window → drain (nothing new is sent; every request that
// is still out is answered or runs into its deadline). All that it sees of the world comes through its Transport, so
// the same code runs against the kernel and against a simulated network. Stamps, on the transport's clock: *sent* not
// later than the write that hands a request to the kernel, *answered* right after the read that completed its response.
// The hot path allocates nothing. A Worker belongs to its thread; other threads touch RunControl only.
#pragma once

#include <atomic>
#include <cstdint>
#include <latch>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/socket.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/deadline_wheel.h"
#include "loadgen/in_flight.h"
#include "loadgen/request_source.h"
#include "loadgen/response_framer.h"
#include "loadgen/schedule.h"
#include "loadgen/tally.h"
#include "loadgen/transport/transport.h"

namespace hotlap::loadgen {

// What the main thread and the workers share.
struct RunControl {
  explicit RunControl(int workers) : connected(workers), go(1) {}
  std::latch connected;  // each worker, when its connections have settled
  std::latch go;         // the main thread, when the times below are set
  std::atomic<bool> abandoned = false;
  std::atomic<std::int64_t> window_start_ns = 0;
  std::atomic<std::int64_t> window_end_ns = 0;  // moved forward when the run is interrupted
  std::atomic<bool> interrupted = false;        // then the drain is short
};

// What a worker shows while it runs; it alone writes, others may read at any time.
struct LiveCounts {
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> answered = 0;
  std::atomic<std::uint64_t> good = 0;
  std::atomic<std::uint64_t> lost = 0;
  std::atomic<std::uint64_t> open_connections = 0;
  std::atomic<std::uint64_t> in_flight = 0;
  std::atomic<std::int64_t> service_time_p99_ns = 0;  // of the last whole second; 0: none yet
  std::atomic<std::int64_t> shown_at_ns = 0;          // when these were true
};

class Worker final : private Transport::Events {
 public:
  struct Place {
    int index = 0;
    int workers = 1;
    int connections = 1;
  };

  // All outlive the worker. `sources`: addresses that connections are bound to in turn; may be empty.
  Worker(const load::LoadSpec& spec, Place place, const Address& address, const std::vector<Address>& sources,
         Transport& transport, RequestSource& source, RunControl& control);

  // In this order, on the worker's thread.
  void connect_all();
  void load();  // warm-up, window, drain: the times of RunControl are set by then

  // After load().
  [[nodiscard]] Tally& tally() noexcept { return tally_; }
  // Readable by other threads once `connected` has been reached.
  [[nodiscard]] std::uint64_t established() const noexcept { return tally_.established; }
  [[nodiscard]] const LiveCounts& live() const noexcept { return live_; }

 private:
  enum class State : std::uint8_t { sleeping, connecting, open };

  struct Connection {
    Connection(Judge& judge, int depth) : framer(judge), in_flight(static_cast<std::size_t>(depth)) {}
    State state = State::sleeping;
    bool pending = false;          // the transport still has bytes to hand over
    bool queued_for_work = false;  // open loop: stands in with_room_
    bool speaks_unasked = false;   // did so before: gets a moment to do it again before it is asked
    bool resting = false;          // waits for wake_at before its next request
    std::uint8_t failures_in_a_row = 0;
    Instant wake_at{};             // sleeping: when to connect; connecting: its deadline; resting: its next request
    Instant since{};               // when the connect began
    Instant first_byte_at{};       // of the response that is under way
    std::uint64_t sent_on_it = 0;  // since it was opened
    std::uint64_t answers = 0;     // in the window
    ResponseFramer framer;
    InFlight in_flight;
    std::string outbox;  // of sources that are not constant
  };

  // The life of connections: worker_connections.cpp.
  void open_connection(std::uint32_t slot, Instant now);
  void on_connected(std::uint32_t slot, int error, Instant now) override;
  void on_ended(std::uint32_t slot, int error, bool writing, Instant now) override;
  void close_connection(std::uint32_t slot, Instant now, std::string_view kind_of_lost);
  [[nodiscard]] std::string why(std::uint32_t slot, std::string_view action, int error) const;
  void fail_connection(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first);
  void break_off(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first);
  void close_and_reopen(std::uint32_t slot, Instant now, std::string_view kind_of_lost);
  void look(std::uint32_t slot, Instant now);
  [[nodiscard]] Nanos patience(bool response_begun) const noexcept;
  [[nodiscard]] Instant deadline(const Connection& connection) const noexcept;
  void wake(std::uint32_t slot, Instant at);
  [[nodiscard]] std::optional<Nanos> since_window_start(Instant now) const noexcept;

  // The hot path: worker.cpp.
  void on_received(std::uint32_t slot, std::string_view bytes, Instant now) override;
  void on_skipped(std::uint32_t slot, std::uint64_t bytes, Instant now) override;
  void on_sent(std::uint32_t slot, Instant now) override;
  void take_responses(std::uint32_t slot, std::string_view input, Instant now);
  void settle(Connection& connection, std::uint32_t responses, const ResponseFramer::Next& like, Instant now,
              std::string_view sample);
  void ask_again(std::uint32_t slot, Instant now);
  [[nodiscard]] std::uint32_t room(const Connection& connection) const noexcept;
  void refill(std::uint32_t slot, Instant now);
  [[nodiscard]] Instant dispatch_due(Instant now);
  [[nodiscard]] Instant earliest_start(Instant due) const noexcept;
  void offer(std::uint32_t slot);
  std::uint32_t send(std::uint32_t slot, std::uint32_t most, Instant intended, Instant now);
  void count_sent(Connection& connection, std::uint32_t requests, std::uint16_t kind, Instant intended, Instant now);
  void audit(const Connection& connection, const InFlight::Batch& batch, Instant now);
  void end_what_is_left(Instant now);
  void enter_phases(Instant now);
  [[nodiscard]] load::ThreadUse use_so_far() const noexcept;
  void show(Instant now);

  [[nodiscard]] bool in_window(Instant at) const noexcept { return at >= window_start_ && at < window_end_; }
  [[nodiscard]] std::int64_t second_of(Instant at) const noexcept {
    return (at - window_start_) / std::chrono::seconds(1);
  }

  const load::LoadSpec& spec_;
  Place place_;
  Address address_;
  const std::vector<Address>& sources_;
  Transport& transport_;
  KernelStamps* stamps_;  // null unless this run is audited
  RequestSource& source_;
  RunControl& control_;
  Judge judge_;
  Schedule schedule_;
  std::string copies_;             // of a constant request, as many as a pipeline is deep
  std::size_t request_bytes_ = 0;  // of one; 0: the source is not constant
  std::uint32_t batch_ = 1;        // requests that the source hands over at once
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> with_room_;  // open loop: slots with room, first in first out
  std::size_t with_room_first_ = 0;
  DeadlineWheel wheel_;
  Tally tally_;
  LiveCounts live_;
  std::uint64_t open_now_ = 0;
  std::uint64_t connecting_now_ = 0;
  std::uint64_t in_flight_now_ = 0;
  Instant window_start_{};  // copies of RunControl's, taken once a turn
  Instant window_end_{};
  Instant stalled_at_{};   // capped catch-up: what was due then …
  Instant stall_ended_{};  // … was sent then, after the latest stall
  bool no_room_ = false;   // for what is due
  bool held_up_ = false;   // since then the schedule was not caught up with
  bool running_ = false;   // connect phase is over
  bool use_started_ = false;
  bool use_ended_ = false;
};

}  // namespace hotlap::loadgen
