// What a load process found out in one window: the other document that other rooms may include.
// Membership: a request belongs to the window if its intended start lies in it (its response may come in the drain after
// the end);
// `good_in_window` counts responses that *came* in the window, whenever sent, and is what throughput means.
// Partition, checked before anything is written: sent == answered + failed + timed_out + in_flight_at_end.
#pragma once

#include <cstdint>
#include <map>
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
  std::string first;  // a sentence or the first offending bytes, made printable
};

struct ConnectionCounts {
  std::uint64_t requested = 0;
  std::uint64_t established = 0;  // most that were open at once
  std::uint64_t served = 0;       // answered at least once in the window
  std::uint64_t reconnects = 0;
};

struct SecondSample {  // one second of the window, by the time a response came
  std::int64_t second = 0;
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
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
  Nanos cpu_user{};         // of the load threads, in the window
  Nanos cpu_system{};
  int threads = 1;
  Verdict verdict;
  std::vector<SecondSample> series;
};

// JSON, one object. to_json fills every key of the schema; from_json refuses another schema or an unbalanced partition.
[[nodiscard]] std::string to_json(const Measurement& measurement);
[[nodiscard]] Result<Measurement> measurement_from_json(std::string_view text);

}  // namespace hotlap::load
