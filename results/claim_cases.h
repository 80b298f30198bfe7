// The cases and trials that a claim is about, and what can be computed from them: figures with intervals over trials,
// or the first thing to say about why there is none. Pure; keeps references to the session and the claim. Source:
// docs/claims.md, "The interval".
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "results/claim_metric.h"
#include "results/record.h"

namespace hotlap::results {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Estimate {
  double middle = 0;
  std::optional<double> low, high;  // none: too few trials for an interval; low is −∞ or high ∞ where times are hidden
  std::string about;                // which cases
  std::string note;                 // how far pairs of cases lie apart, what is left out; mostly empty
};

// Why there is no estimate.
struct Lack {
  bool untestable = false;  // here and now nothing can be done about it
  std::string reason;
};

// Does a step of a knee still meet its condition?
enum class Holds : std::uint8_t { yes, no, sometimes, unknown };

// "depth=24 page=/good,/bad"; "every case".
[[nodiscard]] std::string selector_text(const Parameters& selector);
// It came to some end of its own.
[[nodiscard]] bool has_run(const TrialRecord& trial) noexcept;

class ClaimCases {
 public:
  struct Case {
    const CaseRecord* record = nullptr;
    std::vector<const TrialRecord*> trials;
  };

  // `metric` may be null: then nothing has a figure.
  ClaimCases(const SessionRecord& session, const std::string& scenario, const Claim& claim, const Metric* metric);

  [[nodiscard]] std::vector<const Case*> selected(const Parameters& selector) const;
  [[nodiscard]] bool have_figures(const Parameters& selector) const;
  [[nodiscard]] Lack lack_of(const std::vector<const Case*>& cases, const Parameters& selector) const;

  // The geometric mean over all pairs of cases that differ only in what the claim names.
  [[nodiscard]] std::expected<Estimate, Lack> ratio(const Parameters& above, const Parameters& below) const;
  [[nodiscard]] std::expected<Estimate, Lack> value(const Case& one) const;

  // Along the claim's axis: its values in their order, cases[0] at one of them, and whether the condition holds there.
  [[nodiscard]] std::vector<std::string> axis_values() const;
  [[nodiscard]] Parameters step_of(const std::string& value) const;
  [[nodiscard]] Holds holds_at(const std::vector<std::string>& values, std::size_t step) const;

 private:
  struct Readings {
    std::vector<double> values;
    bool at_least = false;
  };
  [[nodiscard]] Readings readings(const Case& one) const;
  [[nodiscard]] bool comparable(const Case& one, const Case& other) const;
  [[nodiscard]] Holds grows_at(const std::vector<std::string>& values, std::size_t step) const;

  const Claim& claim_;
  const Metric* metric_;
  std::vector<Case> cases_;
};

}  // namespace hotlap::results
