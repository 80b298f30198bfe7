#include "loadgen/sweep.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace hotlap::loadgen {
namespace {

constexpr std::uint64_t kMostSteps = 1000;

Result<double> parse_value(Variable variable, std::string_view text) {
  if (variable == Variable::rate) {
    const auto rate = parse_rate(text);
    if (!rate) return std::unexpected(rate.error());
    return rate->per_second;
  }
  const auto count = parse_count(text);
  if (!count) return std::unexpected(count.error());
  if (*count == 0 || *count > 1'000'000) return fail(fmt::format("'{}' is not 1 to 1000000 connections", text));
  return static_cast<double>(*count);
}

std::vector<double> steps_between(double first, double last, std::uint64_t steps, bool linear, bool whole) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < steps; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(steps - 1);
    double value = linear ? first + part * (last - first) : first * std::pow(last / first, part);
    if (i + 1 == steps) value = last;
    if (whole) value = std::round(value);
    if (values.empty() || value > values.back()) values.push_back(value);
  }
  return values;
}

// What is known of p99: its least where unfinished requests hide more; none where samples are too few.
std::vector<CurvePoint> p99_curve(const std::vector<SweepStep>& steps, std::vector<std::size_t>& index) {
  std::vector<CurvePoint> curve;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& m = steps[i].measurement;
    const auto p99 = load::percentile(m.response_time, m.response_time_at_least, 0.99);
    if (p99.kind == load::Percentile::Kind::too_few) continue;
    curve.push_back({.load = steps[i].value, .time = static_cast<double>(p99.value.count())});
    index.push_back(i);
  }
  return curve;
}

}  // namespace

Result<SweepPlan> SweepPlan::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("sweep '{}' {}", printable(text), why), ExitCode::usage);
  };
  constexpr std::string_view kForm = "is not like rate=1k/s..20k/s:8 or connections=1..1000:8";
  auto rest = text;
  const auto cut = [&](std::string_view at) -> std::optional<std::string_view> {
    const auto found = rest.find(at);
    if (found == std::string_view::npos) return std::nullopt;
    const auto before = rest.substr(0, found);
    rest.remove_prefix(found + at.size());
    return before;
  };
  const auto name = cut("="), from = cut(".."), to = cut(":");
  if (!name || !from || !to) return refuse(kForm);
  if (*name != "rate" && *name != "connections") return refuse("varies neither rate nor connections");
  const bool linear = rest.ends_with(",linear");
  if (linear) rest.remove_suffix(std::string_view(",linear").size());

  SweepPlan plan{.variable = *name == "rate" ? Variable::rate : Variable::connections};
  const auto first = parse_value(plan.variable, *from);
  if (!first) return refuse(first.error().message);
  const auto last = parse_value(plan.variable, *to);
  if (!last) return refuse(last.error().message);
  const auto steps = parse_count(rest);
  if (!steps || *steps < 2 || *steps > kMostSteps) return refuse(fmt::format("has not 2 to {} steps", kMostSteps));
  if (*last <= *first) return refuse("does not rise");
  plan.values = steps_between(*first, *last, *steps, linear, plan.variable == Variable::connections);
  return plan;
}

SweepResult sweep(const SweepPlan& plan, const load::LoadSpec& spec, const Measure& measure,
                  const std::function<void(const SweepStep&)>& on_step) {
  SweepResult result;
  for (const double value : plan.values) {
    auto measurement = measure(at_value(spec, plan.variable, value));
    if (!measurement) {
      result.error = measurement.error();
      break;
    }
    result.steps.push_back({.value = value, .measurement = std::move(*measurement)});
    if (on_step) on_step(result.steps.back());
  }
  std::vector<std::size_t> index;
  if (const auto knee = knee_of(p99_curve(result.steps, index))) result.knee = index[*knee];
  return result;
}

std::optional<std::size_t> knee_of(const std::vector<CurvePoint>& curve) {
  if (curve.size() < 4) return std::nullopt;
  const auto [fastest, slowest] = std::ranges::minmax(curve, {}, &CurvePoint::time);
  const double width = curve.back().load - curve.front().load;
  if (width <= 0 || slowest.time < 2 * fastest.time) return std::nullopt;
  const double rise = curve.back().time - curve.front().time;
  const double height = slowest.time - fastest.time;
  std::optional<std::size_t> knee;
  double farthest = 0.1;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double chord = curve.front().time + rise * (curve[i].load - curve.front().load) / width;
    const double below = (chord - curve[i].time) / height;
    if (below > farthest) {
      farthest = below;
      knee = i;
    }
  }
  return knee;
}

}  // namespace hotlap::loadgen
