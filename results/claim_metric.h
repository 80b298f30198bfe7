// What a claim can be about: a figure of one trial with its name and unit. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "results/record.h"

namespace hotlap::results {

enum class Unit { per_second, nanoseconds, share, number };

struct Reading {
  double value = 0;
  bool at_least = false;  // requests without a whole response hide how much more it is
};

struct Metric {
  std::string_view name;  // as in a scenario: "response_time_p99"
  Unit unit = Unit::number;
  bool of_invalid_trials = false;  // counts of errors mean something in trials whose headline figure does not
  std::optional<Reading> (*read)(const TrialRecord& trial) = nullptr;
  // The figure of a trial that may be summed up; nothing when it was not measured or is not to be believed.
  [[nodiscard]] std::optional<Reading> of(const TrialRecord& trial) const;
};

[[nodiscard]] const Metric* find_metric(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string> metric_names();

// "12.3 k/s", "1.25 ms", "95.0 %", "7.98".
[[nodiscard]] std::string value_text(Unit unit, double value);
// What a scenario writes: "500/s", "1.5ms", "95%", "7.98".
[[nodiscard]] Result<double> parse_value(Unit unit, std::string_view text);
[[nodiscard]] std::string write_value(Unit unit, double value);  // parse_value() reads it back
// A value of an axis as a number: "64", "20k", "500/s", "1.5ms"; nothing for other text.
[[nodiscard]] std::optional<double> axis_number(std::string_view text);

}  // namespace hotlap::results
