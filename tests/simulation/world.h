// What one seed stands for: a load, the habits of the server that it meets, and the troubles that are switched on in
// this world (swarm testing: each seed has its own few, so that they also meet alone). A value.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/contract/load_spec.h"
#include "loadgen/request_source.h"

namespace hotlap::loadgen::simulation {

enum class Trouble : std::uint8_t {
  // of connecting
  refused_connect,
  unanswered_connect,
  slow_connect,
  speaks_first,
  // of writing
  partial_write,
  failing_write,
  // instead of a response
  silence,
  reset_before_response,
  close_before_response,
  garbage,
  // in a response
  reset_in_response,
  close_in_response,
  silence_in_response,
  drip,
  split,
  interim,
  other_status,
  no_body,
  wrong_body,
  wrong_length,
  // after a response
  close_idle,
  reset_idle,
  close_announced,       // Connection: close, and then it does
  close_only_announced,  // … and then it does not
  extra_response,
  // of all connections, and of the client's own host
  stall,
  late_wake,
  interrupt,
  count_of_them
};
inline constexpr auto kTroubles = static_cast<std::size_t>(Trouble::count_of_them);

enum class ServiceLaw : std::uint8_t { fixed, exponential, heavy_tail, batch };

struct World {
  std::uint64_t seed = 0;
  load::LoadSpec spec;
  std::vector<RequestKind> kinds;
  std::string body;              // of a right answer
  bool constant = false;         // one request for all
  bool collect = false;          // the source wants to see the responses
  bool merged = false;           // the tally goes through merge(), as with several threads
  Nanos longest_rest{};          // of a connection before a request
  std::uint64_t stop_after = 0;  // requests after which the source wants no more; 0: never
  std::bitset<kTroubles> troubles;
  double trouble_share = 0;  // of the occasions
  ServiceLaw law = ServiceLaw::fixed;
  Nanos mean_service{};
  bool one_at_a_time = true;  // a connection's requests are served one after the other
  Nanos one_way{};
  double chunked_share = 0;
  double until_close_share = 0;
  Nanos stall_at{};  // from the start of the load
  Nanos stall_for{};
  std::optional<Nanos> interrupt_at;  // from the start of the load
  Nanos before_load{};                // between connecting and loading: other threads connect
  std::size_t most_events_per_wait = 512;
  bool clock_creeps = false;  // time passes between two events of one wait

  [[nodiscard]] bool has(Trouble trouble) const noexcept { return troubles[static_cast<std::size_t>(trouble)]; }
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] World make_world(std::uint64_t seed);

}  // namespace hotlap::loadgen::simulation
