// One window for each of several rates or connection counts, and the knee of what comes out. Pure decisions over a
// function that measures one window.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "loadgen/search.h"

namespace hotlap::loadgen {

struct SweepPlan {
  Variable variable = Variable::rate;
  std::vector<double> values;  // rising

  // "rate=1k/s..20k/s:8" or "connections=1..1000:8": so many steps, each by the same factor; with ",linear" by the same
  // difference. Connections are rounded, and none comes twice.
  [[nodiscard]] static Result<SweepPlan> parse(std::string_view text);
};

struct SweepStep {
  double value = 0;
  load::Measurement measurement;
};

struct SweepResult {
  std::vector<SweepStep> steps;
  std::optional<std::size_t> knee;  // index into steps
  std::optional<Error> error;       // of the window that could not be measured: the sweep ends before it
};

[[nodiscard]] SweepResult sweep(const SweepPlan& plan, const load::LoadSpec& spec, const Measure& measure,
                                const std::function<void(const SweepStep&)>& on_step = {});

struct CurvePoint {
  double load = 0;
  double time = 0;
};
// The last step before the time leaves the line: the point that lies farthest below the chord from the first point to
// the last, both axes scaled to 0…1 (Satopää et al., "Finding a 'Kneedle' in a Haystack", 2011). None for fewer than
// four points, where the time does not even double, or where the distance stays below a tenth: a line has no knee.
[[nodiscard]] std::optional<std::size_t> knee_of(const std::vector<CurvePoint>& curve);

}  // namespace hotlap::loadgen
