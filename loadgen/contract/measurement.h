// What a load process found out in one window: the other document that other rooms may include.
// Membership: a request belongs to the window if its intended start lies in it (its response may come in the drain
// after the end); `good_in_window` counts responses that *came* in the window, whenever sent, and is what throughput
// means. Partition, checked before anything is written: sent == answered + failed + timed_out + in_flight_at_end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/histogram.h"
#include "base/units.h"

namespace hotlap::load {

inline constexpr std::string_view kMeasurementSchema = "hotlap.measurement/1";

struct RequestCounts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;  // a whole response came, whatever it said
  std::uint64_t good = 0;      // … and it was as expected
  std::uint64_t failed = 0;    // the connection ended or broke the protocol first
  std::uint64_t timed_out = 0;
  std::uint64_t in_flight_at_end = 0;  // neither, when the drain was over
  [[nodiscard]] bool balanced() const noexcept {
    return sent == answered + failed + timed_out + in_flight_at_end && good <= answered;
  }
  void add(const RequestCounts& other) noexcept;
};

struct ErrorCount {
  std::string kind;  // connect_refused, reset, eof_midresponse, eof_idle, timeout, parse, status, length, body …
  std::uint64_t count = 0;
  std::string first;              // a sentence or the first offending bytes, made printable
  std::optional<Nanos> first_at;  // from the start of the window; negative in the warm-up
  Histogram after;                // for requests: from the hand-over to the kernel to the error
};

struct ConnectionCounts {
  std::uint64_t requested = 0;
  std::uint64_t established = 0;  // most that were open at once
  std::uint64_t served = 0;       // answered at least once in the window
  std::uint64_t reconnects = 0;
  // Responses of the window per connection place (a reconnect keeps its place), and Jain's index of their evenness: 1
  // when all got the same, 1/n when one got everything.
  std::uint64_t least_answers = 0;
  std::uint64_t median_answers = 0;
  std::uint64_t most_answers = 0;
  double fairness = 1;
};

// One second of the window, by the time at which it happened; what comes in the drain belongs to the last.
struct SecondSample {
  std::int64_t second = 0;
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;  // failed or timed out
  std::uint64_t bytes_received = 0;
  Histogram::Sparse service_time;
  Histogram::Sparse response_time;  // open loop; in a closed loop it is the service time
  Histogram::Sparse send_lag;
};

// Of one load thread in the window.
struct ThreadUse {
  Nanos cpu_user{};
  Nanos cpu_system{};
  Nanos waited{};  // runnable, but another had the processor
  Nanos polled{};  // of its processor time, what went into looking for something to do and finding nothing
  // Processor time of work. It may have waited for a processor while it polled.
  [[nodiscard]] Nanos busy() const noexcept {
    return cpu_user + cpu_system - std::max<Nanos>(polled - waited, Nanos::zero());
  }
};

// The machine in the window, as far as the kernel tells.
struct HostNoise {
  Nanos steal{};      // of the load's processors, taken by the hypervisor
  Nanos throttled{};  // of our control group
};

// One of several named requests.
struct RequestKindResult {
  std::string name;
  RequestCounts requests;
  Histogram service_time;
  Histogram response_time;
};

// Our stamps beside the kernel's (audit mode).
struct AuditResult {
  std::uint64_t paired = 0;  // requests for which the kernel stamped both ends
  std::uint64_t unpaired = 0;
  Histogram wire_time;      // kernel's receive stamp − kernel's send stamp
  Histogram send_share;     // kernel's send stamp − our hand-over
  Histogram receive_share;  // our answered stamp − kernel's receive stamp
};

enum class VerdictLevel { valid, suspect, invalid };
[[nodiscard]] std::string_view to_text(VerdictLevel level) noexcept;  // "VALID", "SUSPECT", "INVALID"

struct Verdict {
  VerdictLevel level = VerdictLevel::valid;
  std::vector<std::string> reasons;  // each a sentence with its figures
  void raise(VerdictLevel to, std::string reason);
};

struct Measurement {
  std::string loop = "closed";  // or "open"
  Nanos window{};               // as measured, start to end
  Nanos warm_up{};              // as it was
  RequestCounts requests;       // of the window
  RequestCounts total;          // of the whole run: warm-up, window and drain. Equals the target's own count.
  std::uint64_t good_in_window = 0;
  double throughput_per_s = 0;       // good_in_window / window
  std::uint64_t bytes_received = 0;  // in the window, heads included
  std::map<int, std::uint64_t> status;
  std::vector<ErrorCount> errors;
  ConnectionCounts connections;
  Histogram service_time;   // last response byte − handed to the kernel
  Histogram response_time;  // last response byte − intended start
  Histogram send_lag;       // handed to the kernel − intended start
  Histogram held_up;        // the send lags among them of requests that waited for a connection with room
  // Of requests without a whole response: the time is at least this (docs/method.md, "Censored times").
  Histogram service_time_at_least;                         // timed out, in flight at the end
  Histogram response_time_at_least;                        // these, and those that were due but never sent
  Histogram first_byte_time;                               // first response byte − handed to the kernel
  Histogram connect_time;                                  // of connections made in the whole run
  std::map<std::string, Histogram> service_time_by_class;  // "2xx" …
  std::vector<RequestKindResult> by_request;               // empty when there is only one kind
  std::string arrivals;          // open loop: "20000/s constant", "1000/s..5000/s poisson", "replay"
  std::uint64_t scheduled = 0;   // open loop: due in the window = sent + never_sent + dropped
  std::uint64_t never_sent = 0;  // open loop: nothing had room for them before the window ended
  std::uint64_t dropped = 0;     // open loop: given up by the catch-up policy
  std::string transport = "epoll";
  Nanos cpu_user{};  // of the load threads, in the window
  Nanos cpu_system{};
  int threads = 1;
  std::vector<ThreadUse> thread_use;  // one for each
  HostNoise host;
  std::optional<AuditResult> audit;
  Verdict verdict;
  std::vector<SecondSample> series;
};

// A percentile of times of which some are only known to be at least so long.
struct Percentile {
  enum class Kind : std::uint8_t {
    known,
    at_least,  // requests without a whole response make it unknowable; `value` is its least
    too_few,   // fewer than ten samples lie beyond it
  };
  Kind kind = Kind::too_few;
  Nanos value{};
};
[[nodiscard]] Percentile percentile(const Histogram& known, const Histogram& at_least, double q);

// JSON, one object. to_json fills every key of the schema; from_json refuses another schema or an unbalanced partition.
[[nodiscard]] std::string to_json(const Measurement& measurement);
[[nodiscard]] Result<Measurement> measurement_from_json(std::string_view text);

}  // namespace hotlap::load
