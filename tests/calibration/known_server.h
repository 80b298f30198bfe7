// A server whose behaviour is told to it and which keeps the truth of what it did: how often it answered, how, and how
// long it held each answer. A load generator's figures are compared with that truth. Times in nanoseconds on the
// monotonic clock. It listens on a port of 127.0.0.1; one thread serves all connections and is the only one that
// touches them; stop() joins it and gives the truth. A connection that breaks is closed and counted, never an error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/histogram.h"
#include "base/units.h"

namespace hotlap::calibration {

// What the server does with a request. The parts combine; the defaults answer 200 "UGLY" at once and stay open.
struct Behaviour {
  enum class Pace : std::uint8_t {
    together,  // all requests that one read brought, `delay` after it, in one write
    in_turn,   // a connection's requests one after another, each takes `delay`: the k-th of a batch comes after k ×
               // delay
    queue,     // the server's requests one after another: one worker that takes `delay` for each
  };
  enum class Then : std::uint8_t { stay, close, reset };

  Pace pace = Pace::together;
  Nanos delay{};
  // From `stall_at` after the first request on, nothing is answered for `stall`; again every `stall_every` unless zero.
  Nanos stall_at{};
  Nanos stall{};
  Nanos stall_every{};
  bool only_first = false;            // of the requests that one read brought; the others are dropped
  bool reversed = false;              // a batch is answered last request first, each with the end of its path as body
  std::uint64_t wrong_every = 0;      // each n-th answer has another body
  Nanos not_found_after{};            // 404 from this time after the first request on; zero: never
  std::string greeting;               // sent at once to each connection that has asked nothing yet
  Nanos byte_gap{};                   // bytes go out one by one, so far apart; zero: in one write
  std::optional<std::string> answer;  // instead of the 200
  std::string endless;                // … and then this over and over, as fast as the peer reads
  Then then = Then::stay;             // after an answer
  double crash_beyond = 0;            // requests per second, in a tenth of one: the process ends with code 3; 0: never
  bool spin = false;                  // never sleeps: what it does is not late by its wake-ups
  bool cut = false;                   // the n-th answer ends after n mod (its length + 1) bytes
};

struct Truth {
  std::uint64_t connections = 0;
  std::uint64_t greeted = 0;   // of them, and nothing had come when the greeting had gone
  std::uint64_t requests = 0;  // that came
  std::uint64_t answered = 0;  // whole answers written
  std::uint64_t right = 0;     // … of them 200 with the right body, at the place of the request that asked for it
  std::uint64_t wrong = 0;     // … 200 with another body
  std::uint64_t not_found = 0;
  std::uint64_t unanswered = 0;  // dropped, cut, or the connection ended first
  // From the kernel's stamp on a request to just before the write of its answer's last byte. Who asked saw at least
  // this.
  Histogram held;
};

// One line of JSON.
[[nodiscard]] std::string to_json(const Truth& truth);

inline constexpr std::string_view kRightBody = "UGLY";

class KnownServer {
 public:
  // Port 0 takes a free one.
  [[nodiscard]] static Result<KnownServer> start(const Behaviour& behaviour, std::uint16_t port = 0);
  KnownServer(KnownServer&&) noexcept;
  ~KnownServer();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/") const;
  // A second call gives the same.
  const Truth& stop();

 private:
  class Loop;
  KnownServer() = default;

  std::uint16_t port_ = 0;
  std::unique_ptr<Loop> loop_;
  std::jthread thread_;
};

}  // namespace hotlap::calibration
