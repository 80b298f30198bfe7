// A published statement as a hypothesis: what to compute, from which cases, and what the article makes us expect.
// A plain value, as the scenario has it; claim_verdict.h finds out what the trials say. Times are in nanoseconds, rates
// per second, shares between 0 and 1. Source: docs/claims.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/parameters.h"

namespace hotlap::results {

struct Claim {
  enum class Kind {
    ratio,  // metric of cases[0] over that of cases[1]
    value,  // metric of every case of cases[0]
    order,  // metric of cases[0] is highest, of cases.back() lowest
    rises,  // metric grows along an axis; of cases[0]
    falls,
    knee,     // the last step along an axis that still holds; of cases[0]
    shows,    // every trial of cases[0] says `text` in its reason or errors
    no_test,  // cannot be computed here at all; `text` says why
  };
  std::string id;         // "H2"
  std::string statement;  // "pipelining speeds up Ugly"
  Kind kind = Kind::ratio;
  std::string metric = "throughput";
  std::vector<Parameters> cases;
  std::string along;                            // rises, falls, knee: the axis
  std::string up_to;                            // rises, falls: its last value; empty: all
  std::optional<double> hold_least, hold_most;  // knee: a step holds while the metric is within these …
  std::optional<double> hold_growth;            // … or this share above the step before
  std::string text;                             // shows, no_test
  std::optional<double> published;              // the article's figure
  std::optional<double> tolerance;              // share around `published`, or that an order or step may be missed by
  std::optional<double> at_least, at_most;      // what the article states instead of a figure
  std::string caveat;
  bool operator==(const Claim&) const = default;
};

[[nodiscard]] std::string_view to_text(Claim::Kind kind) noexcept;  // the key in a scenario
[[nodiscard]] std::optional<Claim::Kind> parse_claim_kind(std::string_view text) noexcept;

// What a session's claims must come to, or it fails.
enum class ClaimPolicy {
  report,           // they are told and change nothing
  must_not_differ,  // none may differ
  must_agree,       // each has to agree, but for those that cannot be tested here
};
[[nodiscard]] std::string_view to_text(ClaimPolicy policy) noexcept;  // as in a session file
[[nodiscard]] std::optional<ClaimPolicy> parse_claim_policy(std::string_view text) noexcept;

}  // namespace hotlap::results
