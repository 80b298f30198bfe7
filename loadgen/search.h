// The highest rate, or the most connections, at which windows still meet an objective: which value to measure next, and
// when enough is known (docs/method.md, "Search"). Pure decisions over a function that measures one window, so that a
// simulated target takes the place of a real one. What comes out is an interval: three fresh windows met the objective
// at its lower end, three fresh windows missed it at its upper end, and between them it depends on the window.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"
#include "loadgen/objective.h"

namespace hotlap::loadgen {

enum class Variable : std::uint8_t { rate, connections };

// The spec of one window: 20000 as "20000/s" or as 20000 connections.
[[nodiscard]] load::LoadSpec at_value(load::LoadSpec spec, Variable variable, double value);
[[nodiscard]] std::string value_text(Variable variable, double value);

// One window over fresh connections. An error ends the search, which keeps its steps.
using Measure = std::function<Result<load::Measurement>(const load::LoadSpec&)>;

struct SearchPlan {
  Variable variable = Variable::rate;
  Objective objective;
  double start = 100;
  double lowest = 1;
  double highest = 1e7;
  double resolution = 0.02;  // two values closer than this are the same; of connections at least one
  int most_windows = 60;     // 15 or more
};

struct SearchStep {
  enum class Purpose : std::uint8_t { grow, narrow, confirm_met, confirm_missed, close_in };
  double value = 0;
  Purpose purpose = Purpose::grow;
  Judged judged;
  load::Measurement measurement;
};
[[nodiscard]] std::string_view to_text(SearchStep::Purpose purpose) noexcept;

struct SearchResult {
  std::vector<SearchStep> steps;
  std::optional<double> low;     // highest value at which three fresh windows met the objective: the answer
  std::optional<double> high;    // lowest above it at which three fresh windows missed it
  bool reached_highest = false;  // met there too: the limit lies above
  bool out_of_windows = false;   // stopped by most_windows
  std::optional<Error> error;    // of the window that could not be measured
};

[[nodiscard]] SearchResult find_highest(const SearchPlan& plan, const load::LoadSpec& spec, const Measure& measure,
                                        const std::function<void(const SearchStep&)>& on_step = {});

}  // namespace hotlap::loadgen
