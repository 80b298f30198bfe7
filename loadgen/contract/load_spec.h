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
#include "base/tls.h"
#include "base/units.h"

namespace hotlap::load {

// Where the requests go: http:// or https://.
struct Url {
  static constexpr std::uint16_t kHttpPort = 80;
  static constexpr std::uint16_t kHttpsPort = 443;
  std::string host;  // without brackets for IPv6
  bool tls = false;
  std::uint16_t port = kHttpPort;
  std::string target = "/";  // path and query
  [[nodiscard]] static Result<Url> parse(std::string_view text);
  [[nodiscard]] std::string authority() const;  // as in the Host field
  [[nodiscard]] std::string text() const;
};

// When is a response good? All that is given must hold. Status and length are judged on every response, the rest on
// every one or on one in `every`.
struct Expectation {
  int status_low = 200;
  int status_high = 299;
  std::optional<std::uint64_t> body_length;                      // bytes
  std::optional<std::string> body;                               // exactly this
  std::string contains;                                          // the body holds it; empty: whatever
  std::string sha256;                                            // of the body, 64 lower-case hexadecimal digits
  std::vector<std::pair<std::string, std::string>> with_fields;  // name, exact value; an empty value: only present
  std::uint32_t every = 1;
  bool operator==(const Expectation&) const = default;
};

// "200" or "200-299".
[[nodiscard]] Result<std::pair<int, int>> parse_status_range(std::string_view text);

// The offered rate over the window: one point is steady, several are equally long steps or, when linear, the corners of
// a ramp. The warm-up goes at the first.
struct RateProfile {
  std::vector<Rate> points;
  bool linear = false;
  [[nodiscard]] bool steady() const noexcept { return points.size() == 1; }
  [[nodiscard]] Rate first() const noexcept { return points.front(); }
  [[nodiscard]] Rate peak() const noexcept;
  [[nodiscard]] Rate mean() const noexcept;  // over the window
  [[nodiscard]] std::string text() const;    // parse() reads it back
  // "20k/s", "1k/s,2k/s,4k/s" (steps), "1k/s..20k/s" (ramp).
  [[nodiscard]] static Result<RateProfile> parse(std::string_view text);
  bool operator==(const RateProfile&) const = default;
};

// Gaps between arrivals of an open loop.
enum class Gaps : std::uint8_t { constant, poisson };
[[nodiscard]] Result<Gaps> parse_gaps(std::string_view text);
[[nodiscard]] std::string_view gaps_text(Gaps gaps);  // parse_gaps() reads it back

// What an open loop does with requests that are overdue because nothing had room for them.
struct CatchUp {
  enum class Way : std::uint8_t {
    burst,  // all at once, as soon as there is room
    cap,    // at most `factor` times the offered rate
    drop,   // those overdue by more than `patience` are never sent, and counted
  };
  Way way = Way::burst;
  double factor = 2;
  Nanos patience = std::chrono::milliseconds(10);
  // "burst", "cap:2", "drop:10ms".
  [[nodiscard]] static Result<CatchUp> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  bool operator==(const CatchUp&) const = default;
};

// Where the values of a placeholder {{name}} come from. Seeded: the same seed gives the same values.
struct ValueSource {
  enum class Law : std::uint8_t { sequence, uniform, zipf, list, uuid };
  std::string name;
  Law law = Law::sequence;
  std::int64_t low = 1;  // sequence, uniform, zipf: lowest and highest, both included
  std::int64_t high = 1;
  double exponent = 1;             // zipf
  std::vector<std::string> items;  // list: in turn; from a CSV column too
  bool operator==(const ValueSource&) const = default;
};

// One of several requests. Path, header values and body may hold placeholders.
struct RequestTemplate {
  std::string name;
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  double weight = 1;
  Expectation expect;
  bool operator==(const RequestTemplate&) const = default;
};

enum class RequestOrder : std::uint8_t { weighted, sequence };
enum class TransportChoice : std::uint8_t { automatic, epoll, uring };
[[nodiscard]] Result<TransportChoice> parse_transport(std::string_view text);
[[nodiscard]] std::string_view transport_text(TransportChoice transport);  // parse_transport() reads it back

struct LoadSpec {
  Url url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Instead of method, headers, body, expect and the path of `url`, when not empty.
  std::vector<RequestTemplate> requests;
  std::string requests_file;  // the document that they stand in, where it has not been read
  RequestOrder order = RequestOrder::weighted;
  std::vector<ValueSource> values;
  bool keep_cookies = false;  // each connection sends back the cookies that it was given
  int threads = 1;
  int connections = 10;                       // over all threads; a remainder goes to the first threads, one each
  int pipeline_depth = 1;                     // most requests in flight on one connection
  std::uint64_t requests_per_connection = 0;  // then it is closed and opened again; 0: no limit
  std::string unix_socket;                    // path, instead of the URL's host and port
  std::vector<std::string> source_addresses;  // connections are bound to these in turn; empty: the kernel's choice
  TlsTrust trust;                             // of https
  Nanos duration = std::chrono::seconds(10);  // of the window
  Nanos warm_up{};                            // before the window; counted in totals, not in the window
  bool until_steady = false;                  // it ends as soon as throughput is steady; `warm_up` is then the most
  std::optional<RateProfile> rate;            // offered over all connections; none: closed loop
  Gaps gaps = Gaps::constant;
  std::vector<Nanos> replay;  // instead of rate: when each request is due, from the start of the window; never falling
  CatchUp catch_up;
  std::uint64_t seed = 1;                   // of arrivals, values and order
  Nanos timeout = std::chrono::seconds(2);  // of one request, and of a connect
  Nanos first_byte_timeout{};               // of the first byte of its response; zero: none of its own
  CpuSet cpus;                              // thread i runs on the i-th of these, round and round
  TransportChoice transport = TransportChoice::automatic;
  bool spin = false;        // threads poll instead of sleeping
  bool resume_tls = false;  // https: a connection that is opened again goes on from its last session
  bool audit = false;       // compare our stamps with the kernel's
  Expectation expect;

  [[nodiscard]] bool open_loop() const noexcept { return rate.has_value() || !replay.empty(); }
};

// What cannot be run is refused with the flag's or key's name: no connections, fewer connections than threads, a line
// break in a header …
[[nodiscard]] Result<void> validate(const LoadSpec& spec);

}  // namespace hotlap::load
