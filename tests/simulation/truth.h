// What really happened in a simulated world, and so what the worker has to report: every request with its intended
// start, its hand-over and its end, taken down from the network's side. It follows the rules that docs/method.md
// promises, not the worker's code: what it is told are the calls that the worker makes and the events that it gets.
// Two kinds of findings: violations (something was done or left undone at the wrong time) and differences (a figure of
// the measurement is not the true one). One per world; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "loadgen/schedule.h"
#include "loadgen/tally.h"
#include "loadgen/worker.h"
#include "tests/simulation/stream.h"
#include "tests/simulation/world.h"

namespace hotlap::loadgen::simulation {

// Errors that load generators have made. Planting one must make a difference that is found: some are planted in the
// network (it shows the worker another world), some in the truth (it is then what a worker with that error would say,
// and a truth that differs from a right worker is as good as a worker that differs from the truth).
enum class Plant : std::uint8_t {
  none,
  coordinated_omission,     // response time from the hand-over instead of the intended start
  in_flight_dropped,        // what is in flight at the end is forgotten
  not_censored,             // requests without a whole response do not enter the times
  timeouts_as_failures,     // late requests count as failed
  pending_counted_twice,    // a request is counted again when the rest of its bytes is taken
  stamped_when_taken,       // the hand-over is stamped when the last byte is taken
  one_sample_per_write,     // requests that are written together share one sample
  warm_up_counted,          // the window begins with the warm-up
  drain_ignored,            // responses after the end of the window have no time
  never_sent_forgotten,     // requests that found no room are no requests
  held_up_unnoticed,        // those that wait for room are told as late
  first_byte_at_last_byte,  // the first byte is stamped with the last
  interim_counted,          // the network: a 1xx response is taken for the response
  read_lost,                // the network: one read of many never reaches the worker
  reset_hidden,             // the network: a reset looks like an orderly end
  count_of_them
};

class Truth {
 public:
  // Both outlive this.
  Truth(const World& world, const RunControl& control, Plant plant);

  // The worker's calls.
  void connecting(std::uint32_t slot, Instant now);
  void sent(std::uint32_t slot, const std::vector<std::uint16_t>& kinds, bool taken, Instant now);
  void closed(std::uint32_t slot, Instant now);
  void skips(std::uint32_t slot, const Stream& stream, std::uint64_t bytes);
  void waits(Instant now, Instant until, bool wants_stop);
  // The world's events, each just before the worker is told, …
  void load_begins(Instant now);
  void connected(std::uint32_t slot, int error, Instant now);
  void received(std::uint32_t slot, const Stream& stream, std::size_t upto, Instant now);
  void taken(std::uint32_t slot, Instant now);
  void ended(std::uint32_t slot, const Stream& stream, int error, bool writing, Instant now);
  void told(std::uint32_t slot);  // … and when it has been told
  void woke(bool wants_stop);     // the end of a wait
  // What the request source does.
  void rests(std::uint32_t slot, Instant until);
  void saw_response(std::uint32_t slot, std::uint16_t kind, int status, std::string_view head, std::string_view body);
  void load_ends(Instant now);

  [[nodiscard]] std::vector<std::string> differences(const load::Measurement& measurement, std::uint64_t live_sent);
  [[nodiscard]] const std::vector<std::string>& violations() const noexcept { return violations_; }
  [[nodiscard]] std::uint64_t requests() const noexcept { return total_.sent; }
  // The latest time at which the load may still run.
  [[nodiscard]] Instant last_moment() const noexcept;
  void violation(std::string what);

 private:
  enum class State : std::uint8_t { closed, connecting, open };
  struct Asked {
    Instant intended;
    Instant sent;
    std::uint16_t kind = 0;
    bool counted = false;  // belongs to the window
    bool first_of_write = true;
    bool pending = false;
  };
  struct Cause {
    std::string kind;
    bool of_connection = true;     // counts as one error of its own; otherwise it is what the lost requests died of
    bool breaks_protocol = false;  // then no response had begun
  };
  struct Slot {
    State state = State::closed;
    Instant since{};  // the state
    Instant changed{};
    std::deque<Asked> in_flight;
    std::uint64_t sent_on_it = 0;
    bool pending = false;
    std::size_t delivered = 0;
    std::size_t item = 0;
    bool in_response = false;
    Instant first_byte_at{};
    Instant rests_until{};
    bool spoke_unasked = false;  // in this life or an earlier one: may be given a moment before it is asked
    std::optional<Cause> cause;  // it has to be closed
    std::uint64_t answers = 0;
  };
  struct Error {
    std::uint64_t count = 0;
    std::optional<Nanos> first_at;
    std::vector<Nanos> after;
  };
  struct Kind {
    load::RequestCounts requests;
    std::vector<Nanos> service, response;
  };
  struct Shown {
    std::uint32_t slot;
    std::uint16_t kind;
    int status;
    std::string head, body;
  };

  [[nodiscard]] bool in_window(Instant at) const noexcept { return at >= start_ && at < end_; }
  [[nodiscard]] Fault fault_of(const Asked& asked, int status, const std::string& body) const;
  void answer(std::uint32_t slot, const Stream& stream, const StreamItem& item, bool in_one_read, Instant now);
  void count_error(const std::string& kind, Instant now, std::optional<Nanos> after);
  void connection_error(const std::string& kind, Instant now);
  void at_least(const Asked& asked, Instant now);
  [[nodiscard]] Instant deadline(const Slot& slot) const noexcept;
  [[nodiscard]] std::size_t room(const Slot& slot) const noexcept;
  [[nodiscard]] bool used_up(const Slot& slot) const noexcept;
  [[nodiscard]] Instant due() const;
  void pass();
  [[nodiscard]] bool keeps_quiet(const Slot& slot, Instant now) const noexcept;
  void drop_overdue(Instant now);

  const World& world_;
  const load::LoadSpec& spec_;
  const RunControl& control_;
  Plant plant_;
  std::vector<Slot> slots_;
  Schedule arrivals_;  // only where they are random
  std::uint64_t next_arrival_ = 0;
  Instant arrivals_start_{};
  Instant load_began_{};
  Instant start_{};  // of the window, as the worker knows it
  Instant end_{};
  bool running_ = false;
  bool interrupted_ = false;
  bool stopped_ = false;
  bool holding_up_ = false;  // since no connection had room for what was due
  bool asked_ = false;       // the first wait of the load, before anything is asked, is over

  load::RequestCounts total_;
  std::vector<Kind> kinds_;
  std::map<std::string, Error> errors_;
  std::map<int, std::uint64_t> status_;
  std::map<std::string, std::vector<Nanos>> by_class_;
  std::vector<Nanos> lag_, held_up_, first_byte_, service_at_least_, response_at_least_, connect_time_;
  std::uint64_t good_in_window_ = 0, bad_in_window_ = 0, bytes_in_window_ = 0, lost_in_window_ = 0;
  std::uint64_t never_sent_ = 0, dropped_ = 0;
  std::uint64_t connects_ = 0, open_ = 0, most_open_ = 0;
  std::deque<Shown> to_show_;
  std::vector<std::string> violations_;
};

}  // namespace hotlap::loadgen::simulation
