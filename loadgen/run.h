// One run of the load: starts the workers, lets all of them connect, opens the window, joins, merges, judges.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/socket.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"
#include "loadgen/request_source.h"

namespace hotlap::loadgen {

// What a run shows while it lasts: sums over the load threads, up to a tenth of a second old.
struct RunningTotals {
  std::uint64_t answered = 0;
  std::uint64_t good = 0;
  std::uint64_t lost = 0;  // failed or timed out
  std::uint64_t in_flight = 0;
  std::uint64_t open_connections = 0;
  Nanos service_time_p99{};  // of the last whole second, of the slowest thread; zero: none yet
  Instant as_of{};           // when these were true, on average over the threads
  Nanos elapsed{};           // of the window; negative in the warm-up
};

// Called on the main thread at the very moments.
struct RunEvents {
  std::function<void()> window_started = [] {};
  std::function<void()> window_ended = [] {};
  std::function<void(const RunningTotals&)> tick;  // five times a second until the window ends; may be empty
};

// Where each worker's requests come from and go to, instead of what the spec says; what is not given is the spec's.
// Called on the main thread before the workers start.
struct RequestSupply {
  std::function<std::unique_ptr<RequestSource>(int worker)> source;
  std::function<Address(int worker)> address;
};

// Ends early, with what there is, when `stop_requested` turns true. Error when the host is unknown or no connection at
// all was accepted (ExitCode::target_not_ready).
[[nodiscard]] Result<load::Measurement> run_load(const load::LoadSpec& spec, const RunEvents& events,
                                                 const std::function<bool()>& stop_requested,
                                                 const RequestSupply& supply = {});

}  // namespace hotlap::loadgen
