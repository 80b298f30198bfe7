// How many operations of its database a request costs, by the database's own count, which no server can talk round.
// The database is asked right before the load and right after it: what lies between is the load (its warm-up, window
// and drain), and whatever the target does by itself meanwhile; not its start and not the request that verifies the
// page. Source: docs/scenarios.md, "What counts as a call".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/rig.h"
#include "loadgen/contract/measurement.h"
#include "results/record.h"

namespace hotlap::harness {

// Of one load, by each who counts.
struct StoreCalls {
  std::optional<std::uint64_t> by_database;  // all services of the trial together; none: not all of them count
  std::optional<std::uint64_t> by_target;    // hotlap-target's own count
  std::string trouble;                       // what a service that should count said instead
};

// Construct it before the load begins, and ask once it has ended, while all still runs.
class StoreCallMeter {
 public:
  StoreCallMeter(Rig& rig, bool target_is_ours);
  [[nodiscard]] StoreCalls read() const;

 private:
  [[nodiscard]] StoreCalls look() const;
  Rig& rig_;
  bool target_is_ours_;
  StoreCalls before_;
};

// INVALID, with both figures, when the database's count is not what the scenario expects for each request, or not what
// hotlap-target says. Where no database counts (an embedded store), hotlap-target's count of its whole life,
// `of_whole_life`, is compared with what is expected. The margin is 1 % and 20 calls. Requests without an answer may
// have made their calls or not. Pure.
void check_store_calls(load::Measurement& measurement, const StoreCalls& calls,
                       const std::optional<results::TargetCounts>& of_whole_life,
                       const std::optional<ExpectedStoreCalls>& expected);

// Error (bad_config, with the place) when a case expects a number of calls that nobody will count: its server is not
// hotlap-target, and not all of its services count.
[[nodiscard]] Result<void> require_counts(const Plan& plan, const Programs& programs);

}  // namespace hotlap::harness
