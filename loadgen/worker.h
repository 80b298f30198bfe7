// One load thread: its share of the connections, each with its pipeline; sends, frames, stamps and counts.
// Phases: connect (all settle before anyone sends) → warm-up → window → drain (nothing new is sent; every request that
// is still out is answered or runs into its deadline). Stamps, both on the monotonic clock: *sent* right before the
// write that hands a request to the kernel; *answered* right after the read that completed its response. The hot path
// allocates nothing. A Worker belongs to its thread; other threads touch RunControl only.
#pragma once

#include <atomic>
#include <cstdint>
#include <latch>
#include <limits>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/cpu_set.h"
#include "base/fd.h"
#include "base/socket.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/in_flight.h"
#include "loadgen/request_source.h"
#include "loadgen/response_framer.h"
#include "loadgen/schedule.h"
#include "loadgen/tally.h"
#include "loadgen/transport/epoll.h"

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

class Worker {
 public:
  struct Place {
    int index = 0;
    int workers = 1;
    int connections = 1;
    CpuSet cpu;
  };

  Worker(const load::LoadSpec& spec, const RequestSource& request, const Address& address, Place place,
         RunControl& control);

  void run();
  // After the join.
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
  // Readable by the main thread once `connected` has been reached.
  [[nodiscard]] std::uint64_t established() const noexcept { return tally_.established; }

 private:
  enum class State : std::uint8_t { sleeping, connecting, open };

  struct Connection {
    Connection(Judge& judge, int depth) : framer(judge), in_flight(static_cast<std::size_t>(depth)) {}
    State state = State::sleeping;
    bool wants_write = false;
    bool served = false;           // answered at least once in the window
    bool queued_for_work = false;  // open loop: stands in with_room_
    int failures_in_a_row = 0;
    std::size_t unsent_bytes = 0;
    Instant wake_at{};  // sleeping: when to connect; connecting: its deadline
    Fd socket;
    ResponseFramer framer;
    InFlight in_flight;
  };

  // The life of connections: worker_connections.cpp.
  void connect_all();
  void open_connection(std::uint32_t slot, Instant now);
  void on_connected(std::uint32_t slot, Instant now);
  void close_connection(std::uint32_t slot, Instant now, std::string_view kind_of_lost);
  void fail_connection(std::uint32_t slot, Instant now, std::string_view kind, std::string_view first);
  void close_after_response(std::uint32_t slot, Instant now);
  void reopen(std::uint32_t slot, Instant now);
  void tick(Instant now);

  // The hot path: worker.cpp.
  void loop();
  void handle(const epoll_event& event);
  void on_readable(std::uint32_t slot);
  void on_end_of_stream(std::uint32_t slot, Instant now);
  void take_responses(std::uint32_t slot, std::string_view input, Instant now);
  void on_writable(std::uint32_t slot);
  void ask_again(std::uint32_t slot, Instant now);
  void refill(std::uint32_t slot, Instant now);
  void dispatch_due(Instant now);
  void send(std::uint32_t slot, std::uint32_t requests, Instant intended);
  void flush(std::uint32_t slot);
  void offer(std::uint32_t slot);
  void settle(Connection& connection, std::uint32_t responses, const ResponseFramer::Next& like, Instant now,
              std::string_view sample);
  void enter_phases(Instant now);

  [[nodiscard]] Instant window_start() const noexcept {
    return {control_.window_start_ns.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] Instant window_end() const noexcept { return {control_.window_end_ns.load(std::memory_order_relaxed)}; }
  [[nodiscard]] bool in_window(Instant at) const noexcept { return at >= window_start() && at < window_end(); }

  const load::LoadSpec& spec_;
  const RequestSource& request_;
  const Address& address_;
  Place place_;
  RunControl& control_;
  Judge judge_;
  Schedule schedule_;
  std::unique_ptr<EpollTransport> transport_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> with_room_;  // open loop: slots with room, first in first out
  std::size_t with_room_first_ = 0;
  std::vector<char> buffer_;
  Tally tally_;
  std::uint64_t open_now_ = 0;
  std::uint64_t connecting_now_ = 0;
  std::uint64_t in_flight_now_ = 0;
  bool running_ = false;  // connect phase is over
  bool cpu_started_ = false;
  bool cpu_ended_ = false;
};

}  // namespace hotlap::loadgen
