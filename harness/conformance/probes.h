// The probes: each sends a few bytes to a server and says what came of it. All but the trial's own are run by
// `hotlap target verify`. They send no load: at most some hundred requests, one connection after the other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/conformance/finding.h"
#include "harness/conformance/subject.h"

namespace hotlap::harness {

struct Probe {
  std::string_view name;   // "pipeline-split"
  std::string_view about;  // what it asks, half a sentence
  Weight weight = Weight::advice;
  Judgement (*run)(const Subject&) = nullptr;  // none: it needs more than an address (drain)
};

inline constexpr std::string_view kDrainProbe = "drain";

// In the order in which they run.
[[nodiscard]] const std::vector<Probe>& probes();
// Error (usage) names the probe that there is not.
[[nodiscard]] Result<std::vector<const Probe*>> choose_probes(const std::vector<std::string>& names);

// One of them, timed. What needs a page that is known is skipped where it is not.
[[nodiscard]] Finding run_probe(const Probe& probe, const Subject& subject);

inline constexpr std::size_t kDeepestBatch = 24;
// `count` requests in one write, and one more afterwards.
[[nodiscard]] Judgement probe_batch(const Subject& subject, std::size_t count);

}  // namespace hotlap::harness
