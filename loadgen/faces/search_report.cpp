#include "loadgen/faces/search_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ranges>

namespace hotlap::loadgen {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kSearchSchema = "hotlap.search/1";

std::string_view mode(Variable variable) {
  return variable == Variable::rate ? "max-rate" : "max-connections";
}

// With the drain, in which requests still out are awaited.
std::string bound(std::size_t windows, const load::LoadSpec& spec) {
  const Nanos each = spec.warm_up + spec.duration;
  const Nanos most = each + spec.timeout + std::chrono::milliseconds(50);
  return fmt::format("{} windows of {}{}, each over fresh connections: at most {} and, if the target hangs, {}",
                     windows, write_duration(spec.duration),
                     spec.warm_up > Nanos::zero() ? " after " + write_duration(spec.warm_up) + " of warm-up" : "",
                     format_duration(each * static_cast<std::int64_t>(windows)),
                     format_duration(most * static_cast<std::int64_t>(windows)));
}

std::string at(const load::Measurement& m, double q) {
  using Kind = load::Percentile::Kind;
  const auto found = load::percentile(m.response_time, m.response_time_at_least, q);
  if (found.kind == Kind::too_few) return "-";
  return (found.kind == Kind::at_least ? ">" : "") + format_duration(found.value);
}

std::string figures(Variable variable, double value, const load::Measurement& m) {
  const auto errors = m.requests.sent - m.requests.good;
  const double cpu = static_cast<double>((m.cpu_user + m.cpu_system).count()) /
                     (static_cast<double>(std::max<std::int64_t>(m.window.count(), 1)) * std::max(m.threads, 1));
  return fmt::format("  {:>14}{:>14}{:>10}{:>10}{:>10}{:>10}{:>6.0f} %", value_text(variable, value),
                     fmt::format("{:.1f}/s", m.throughput_per_s), at(m, 0.5), at(m, 0.99), at(m, 0.999), errors,
                     100 * cpu);
}

const SearchStep* last_at(const SearchResult& result, double value, bool met) {
  for (const auto& step : std::views::reverse(result.steps))
    if (step.value == value && step.judged.met == met) return &step;
  return nullptr;
}

ordered_json document(const load::Measurement& measurement) {
  return ordered_json::parse(load::to_json(measurement));
}

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string plan_text(const SearchPlan& plan, const load::LoadSpec& spec) {
  return fmt::format("Searching the {} at which {} {}\n  At most {}\n",
                     plan.variable == Variable::rate ? "highest offered rate" : "most connections",
                     plan.objective.text(), plan.variable == Variable::rate ? "holds" : "holds and nothing goes wrong",
                     bound(static_cast<std::size_t>(plan.most_windows), spec));
}

std::string plan_text(const SweepPlan& plan, const load::LoadSpec& spec) {
  return fmt::format("Sweeping from {} to {}\n  {}\n", value_text(plan.variable, plan.values.front()),
                     value_text(plan.variable, plan.values.back()), bound(plan.values.size(), spec));
}

std::string steps_head(Variable variable) {
  return fmt::format("\n  {:>14}{:>14}{:>10}{:>10}{:>10}{:>10}{:>8}\n",
                     variable == Variable::rate ? "Offered" : "Connections", "Throughput", "p50", "p99", "p99.9",
                     "Errors", "CPU");
}

std::string step_text(Variable variable, const SearchStep& step) {
  return fmt::format("{}  {}\n", figures(variable, step.value, step.measurement),
                     step.judged.met ? "met" : "missed: " + printable(step.judged.reason, 200));
}

std::string step_text(Variable variable, const SweepStep& step) {
  return fmt::format("{}  {}\n", figures(variable, step.value, step.measurement),
                     load::to_text(step.measurement.verdict.level));
}

std::string result_text(const SearchPlan& plan, const SearchResult& result) {
  std::string text = "\n";
  const auto say = [&](double value) { return value_text(plan.variable, value); };
  if (!result.low) {
    text += result.out_of_windows ? "  Not found in so many windows (--most-windows)\n"
            : result.error        ? "  Not found: the search ended early\n"
                                  : fmt::format("  Nothing met the objective, not even {}\n", say(plan.lowest));
    if (!result.steps.empty() && !result.steps.back().judged.met)
      text += fmt::format("  Last: {}\n", printable(result.steps.back().judged.reason, 200));
    return text;
  }
  text += fmt::format("  Found       {}: three fresh windows met {} there\n", say(*result.low), plan.objective.text());
  if (result.high) {
    const auto* missed = last_at(result, *result.high, false);
    text += fmt::format("  Interval    {} to {}: three fresh windows missed it at the upper end{}\n", say(*result.low),
                        say(*result.high), missed ? " (" + printable(missed->judged.reason, 200) + ")" : "");
    if (*result.high > *result.low * (1 + 2 * plan.resolution))
      text += "              between the two it depends on the window: longer windows (-d) make it narrower\n";
  } else if (result.reached_highest) {
    text += "              the limit lies above: the search was not to go further (--up-to)\n";
  } else {
    text += "              no upper end was confirmed\n";
  }
  if (result.out_of_windows) text += "  The windows ran out (--most-windows): the interval is wider than asked for\n";
  return text;
}

std::string result_text(const SweepPlan& plan, const SweepResult& result) {
  if (result.steps.empty()) return {};
  if (!result.knee) return "\n  No knee: p99 does not leave the line\n";
  const auto& step = result.steps[*result.knee];
  return fmt::format("\n  Knee        {}: the last step before p99 leaves the line ({} there)\n",
                     value_text(plan.variable, step.value), at(step.measurement, 0.99));
}

std::string ceiling_text(const Result<Ceiling>& ceiling, double found_per_s) {
  if (!ceiling) return fmt::format("  Ceiling     not measured: {}\n", ceiling.error().message);
  const double share = found_per_s / ceiling->throughput_per_s;
  std::string text = fmt::format(
      "  Ceiling     the generator itself reaches {}{:.0f}/s here (closed loop, null responder); the found maximum is "
      "{:.0f} % of it\n",
      ceiling->generator_was_limit ? "" : "at least ", ceiling->throughput_per_s, 100 * share);
  if (ceiling->shared_cpus) text += "              measured too low: the null responder had no processor of its own\n";
  if (share > 0.8)
    text +=
        "              above 80 %: this may be the generator's maximum and not the target's; give it more threads and "
        "processors (-t, --cpus)\n";
  return text;
}

std::string search_json(const SearchPlan& plan, const SearchResult& result, const std::optional<Ceiling>& ceiling) {
  ordered_json json = {{"schema", kSearchSchema},
                       {"mode", mode(plan.variable)},
                       {"objective", plan.objective.text()},
                       {"resolution", plan.resolution},
                       {"most_windows", plan.most_windows}};
  auto& steps = json["steps"] = ordered_json::array();
  for (const auto& step : result.steps)
    steps.push_back({{"value", step.value},
                     {"purpose", to_text(step.purpose)},
                     {"met", step.judged.met},
                     {"reason", step.judged.reason},
                     {"measurement", document(step.measurement)}});
  json["result"] = {{"value", optional_json(result.low)},
                    {"low", optional_json(result.low)},
                    {"high", optional_json(result.high)},
                    {"reached_highest", result.reached_highest},
                    {"out_of_windows", result.out_of_windows}};
  if (ceiling)
    json["ceiling"] = {{"throughput_per_s", ceiling->throughput_per_s},
                       {"generator_was_limit", ceiling->generator_was_limit},
                       {"shared_cpus", ceiling->shared_cpus}};
  if (result.error) json["error"] = result.error->message;
  return dump(json);
}

std::string search_json(const SweepPlan& plan, const SweepResult& result) {
  ordered_json json = {{"schema", kSearchSchema},
                       {"mode", plan.variable == Variable::rate ? "sweep-rate" : "sweep-connections"},
                       {"objective", nullptr}};
  auto& steps = json["steps"] = ordered_json::array();
  for (const auto& step : result.steps)
    steps.push_back({{"value", step.value}, {"measurement", document(step.measurement)}});
  const auto knee = result.knee ? std::optional(result.steps[*result.knee].value) : std::nullopt;
  json["result"] = {{"value", optional_json(knee)}, {"low", nullptr}, {"high", nullptr}};
  if (result.error) json["error"] = result.error->message;
  return dump(json);
}

}  // namespace hotlap::loadgen
