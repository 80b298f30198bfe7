// What a load process is told to do: one value, from flags or from JSON. One of the two documents that other rooms may
// include. Times are durations, CPU sets are lists; defaults stand here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/units.h"

namespace hotlap::load {

// Where the requests go. Only http:// so far.
struct Url {
  std::string host;  // without brackets for IPv6
  std::uint16_t port = 80;
  std::string target = "/";  // path and query
  [[nodiscard]] static Result<Url> parse(std::string_view text);
  [[nodiscard]] std::string authority() const;  // as in the Host field
  [[nodiscard]] std::string text() const;
};

// When is a response good? All that is given must hold.
struct Expectation {
  int status_low = 200;
  int status_high = 299;
  std::optional<std::uint64_t> body_length;  // bytes
  std::optional<std::string> body;           // exactly this
  bool operator==(const Expectation&) const = default;
};

// "200" or "200-299".
[[nodiscard]] Result<std::pair<int, int>> parse_status_range(std::string_view text);

struct LoadSpec {
  Url url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int threads = 1;
  int connections = 10;                       // over all threads; a remainder goes to the first threads, one each
  int pipeline_depth = 1;                     // most requests in flight on one connection
  Nanos duration = std::chrono::seconds(10);  // of the window
  Nanos warm_up{};                            // before the window; counted in totals, not in the window
  std::optional<Rate> rate;                   // offered rate over all connections; none: closed loop
  Nanos timeout = std::chrono::seconds(2);    // of one request, and of a connect
  CpuSet cpus;                                // thread i runs on the i-th of these, round and round
  Expectation expect;
};

// What cannot be run is refused with the flag's or key's name: no connections, fewer connections than threads, a line
// break in a header …
[[nodiscard]] Result<void> validate(const LoadSpec& spec);

}  // namespace hotlap::load
