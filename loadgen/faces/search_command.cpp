#include "loadgen/faces/search_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/socket.h"
#include "loadgen/ceiling.h"
#include "loadgen/faces/search_report.h"
#include "loadgen/run.h"

namespace hotlap::loadgen {
namespace {

constexpr int kLeastWindows = 15;
constexpr double kHighestRate = 1e7;
constexpr double kMostConnections = 20'000;

std::unexpected<Error> refuse(std::string_view flag, std::string_view why) {
  return fail(fmt::format("{}: {}", flag, why), ExitCode::usage);
}

Result<double> parse_resolution(std::string_view text) {
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || std::string_view(end, text.data() + text.size()) != "%" || !(percent >= 0.1) ||
      percent > 50)
    return refuse("--resolution", fmt::format("'{}' is not a share from 0.1% to 50%", printable(text)));
  return percent / 100;
}

Result<double> parse_value(Variable variable, std::string_view flag, std::string_view text) {
  if (variable == Variable::rate) {
    const auto rate = parse_rate(text);
    if (!rate) return refuse(flag, rate.error().message);
    return rate->per_second;
  }
  const auto count = parse_count(text);
  if (!count || *count == 0 || *count > 1'000'000)
    return refuse(flag, fmt::format("'{}' is not 1 to 1000000 connections", printable(text)));
  return static_cast<double>(*count);
}

// The lowest rate at which a window still has enough responses for the objective's percentiles.
double lowest_rate(const Objective& objective, const load::LoadSpec& spec) {
  return std::ceil(1.02 * static_cast<double>(objective.samples_needed()) * 1e9 /
                   static_cast<double>(spec.duration.count()));
}

Result<void> suits(std::string_view flag, Variable variable, const load::LoadSpec& spec, double low, double high) {
  if (variable == Variable::rate && spec.open_loop())
    return refuse(flag, "chooses the rates itself; leave out --rate and --replay");
  for (const double value : {low, high})
    if (auto valid = load::validate(at_value(spec, variable, value)); !valid)
      return refuse(flag, fmt::format("at {}: {}", value_text(variable, value), valid.error().message));
  if (variable == Variable::connections)
    if (auto enough = ensure_file_limit(static_cast<std::uint64_t>(high)); !enough)
      return refuse(flag, fmt::format("{}; or search less far (--up-to)", enough.error().message));
  return {};
}

Result<SearchPlan> parse_find(const SearchFlags& flags, const load::LoadSpec& spec) {
  SearchPlan plan{.variable = flags.find == "max-rate" ? Variable::rate : Variable::connections,
                  .most_windows = flags.most_windows};
  const bool rate = plan.variable == Variable::rate;
  if (flags.objective.empty() && rate)
    return refuse("--find max-rate", "needs --objective, like 'p99<5ms,errors<0.1%'");
  const auto objective = Objective::parse(flags.objective.empty() ? "errors<=0%" : flags.objective);
  if (!objective) return refuse("--objective", objective.error().message);
  plan.objective = *objective;
  if (!rate && spec.open_loop()) return refuse("--find max-connections", "is a closed loop; leave out --rate");
  if (!rate && std::ranges::any_of(objective->terms, [](const Objective::Term& term) {
        return term.kind == Objective::Term::Kind::throughput;
      }))
    return refuse("--objective", "throughput is a share of the offered rate, and --find max-connections offers none");
  const auto resolution = parse_resolution(flags.resolution);
  if (!resolution) return std::unexpected(resolution.error());
  plan.resolution = *resolution;
  if (plan.most_windows < kLeastWindows)
    return refuse("--most-windows", fmt::format("{} are too few; at least {}", plan.most_windows, kLeastWindows));

  plan.lowest = rate ? lowest_rate(plan.objective, spec) : spec.threads;
  plan.highest = rate ? kHighestRate : kMostConnections;
  while (!rate && flags.up_to.empty() && plan.highest > spec.threads &&
         !ensure_file_limit(static_cast<std::uint64_t>(plan.highest)))
    plan.highest = std::floor(plan.highest / 2);
  plan.start = rate ? std::max(plan.lowest, 1000.0) : std::max(plan.lowest, 16.0);
  for (const auto& [flag, text, value] :
       {std::tuple{"--from", &flags.from, &plan.start}, std::tuple{"--up-to", &flags.up_to, &plan.highest}})
    if (!text->empty()) {
      const auto parsed = parse_value(plan.variable, flag, *text);
      if (!parsed) return std::unexpected(parsed.error());
      *value = *parsed;
    }
  if (plan.start < plan.lowest)
    return refuse("--from", rate ? fmt::format("at {} a window of {} has too few responses for {}; start at {} or "
                                               "measure longer (-d)",
                                               value_text(plan.variable, plan.start), write_duration(spec.duration),
                                               plan.objective.text(), value_text(plan.variable, plan.lowest))
                                 : fmt::format("fewer connections than threads ({})", spec.threads));
  if (flags.from.empty()) plan.start = std::min(plan.start, plan.highest);
  if (plan.highest < plan.start || plan.highest < plan.lowest)
    return refuse("--up-to", fmt::format("{} is below the start, {}", value_text(plan.variable, plan.highest),
                                         value_text(plan.variable, std::max(plan.start, plan.lowest))));
  if (auto fits = suits("--find", plan.variable, spec, plan.lowest, plan.highest); !fits)
    return std::unexpected(fits.error());
  return plan;
}

// A window that was cut short says nothing.
Measure windows(const std::function<bool()>& stop_requested) {
  return [&stop_requested](const load::LoadSpec& spec) -> Result<load::Measurement> {
    if (stop_requested()) return fail("interrupted", ExitCode::interrupted);
    auto measurement = run_load(spec, {}, stop_requested);
    if (stop_requested()) return fail("interrupted", ExitCode::interrupted);
    return measurement;
  };
}

void print(std::FILE* out, const std::string& text) {
  fmt::print(out, "{}", text);
  std::fflush(out);
}

const load::Measurement& confirmed(const SearchResult& result) {
  const auto step = std::ranges::find_if(result.steps.rbegin(), result.steps.rend(), [&](const SearchStep& candidate) {
    return candidate.judged.met && candidate.value == *result.low;
  });
  check(step != result.steps.rend(), "a found value was met by a window");
  return step->measurement;
}

SearchReport run(const SearchPlan& plan, const load::LoadSpec& spec, std::FILE* out,
                 const std::function<bool()>& stop_requested) {
  print(out, plan_text(plan, spec) + steps_head(plan.variable));
  const auto result = find_highest(plan, spec, windows(stop_requested),
                                   [&](const SearchStep& step) { print(out, step_text(plan.variable, step)); });
  if (result.error) fmt::print(stderr, "hotlap load: {}\n", result.error->message);
  print(out, result_text(plan, result));
  std::optional<Ceiling> known;
  if (result.low && !result.error) {
    const auto& best = confirmed(result);
    const auto ceiling = measure_ceiling(
        at_value(spec, plan.variable, *result.low),
        static_cast<double>(best.bytes_received) / static_cast<double>(best.good_in_window), stop_requested);
    print(out, ceiling_text(ceiling, best.throughput_per_s));
    if (ceiling) known = *ceiling;
  }
  return {.json = search_json(plan, result, known),
          .code = result.error  ? result.error->code
                  : !result.low ? ExitCode::invalid_run
                                : ExitCode::success};
}

SearchReport run(const SweepPlan& plan, const load::LoadSpec& spec, std::FILE* out,
                 const std::function<bool()>& stop_requested) {
  print(out, plan_text(plan, spec) + steps_head(plan.variable));
  const auto result = sweep(plan, spec, windows(stop_requested),
                            [&](const SweepStep& step) { print(out, step_text(plan.variable, step)); });
  if (result.error) fmt::print(stderr, "hotlap load: {}\n", result.error->message);
  print(out, result_text(plan, result));
  return {.json = search_json(plan, result), .code = result.error ? result.error->code : ExitCode::success};
}

}  // namespace

void add_search_options(CLI::App& app, SearchFlags& flags) {
  app.option_defaults()->group("Search: many windows instead of one");
  app.add_option(
         "--find", flags.find,
         "max-rate: the highest rate that meets --objective; max-connections: most connections without an error")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"max-rate", "max-connections"}));
  app.add_option("--objective", flags.objective,
                 "What a window has to meet: 'p99<5ms,errors<0.1%'; terms p50 to p99.99, mean, errors, "
                 "throughput>=99%")
      ->type_name("TERMS");
  app.add_option("--sweep", flags.sweep,
                 "A window at each of several steps: rate=1k/s..20k/s:8 or connections=1..1000:8; "
                 "',linear' for equal differences")
      ->type_name("RANGE");
  app.add_option("--from", flags.from, "--find: where to start")->type_name("VALUE");
  app.add_option("--up-to", flags.up_to, "--find: never beyond it")->type_name("VALUE");
  app.add_option("--resolution", flags.resolution, "--find: how close the ends of the interval come")
      ->type_name("PERCENT")
      ->capture_default_str();
  app.add_option("--most-windows", flags.most_windows, "--find: never more windows")
      ->type_name("N")
      ->capture_default_str();
  app.option_defaults()->group("Options");
}

Result<std::optional<SearchCommand>> parse_search(const SearchFlags& flags, const load::LoadSpec& spec) {
  if (!flags.find.empty() && !flags.sweep.empty()) return refuse("--find", "not together with --sweep");
  if (flags.find.empty() && !(flags.objective.empty() && flags.from.empty() && flags.up_to.empty()))
    return refuse(!flags.objective.empty() ? "--objective"
                  : !flags.from.empty()    ? "--from"
                                           : "--up-to",
                  "only together with --find");
  if (!flags.find.empty()) {
    auto plan = parse_find(flags, spec);
    if (!plan) return std::unexpected(plan.error());
    return SearchCommand(std::move(*plan));
  }
  if (flags.sweep.empty()) return std::nullopt;
  auto plan = SweepPlan::parse(flags.sweep);
  if (!plan) return refuse("--sweep", plan.error().message);
  if (auto fits = suits("--sweep", plan->variable, spec, plan->values.front(), plan->values.back()); !fits)
    return std::unexpected(fits.error());
  return SearchCommand(std::move(*plan));
}

SearchReport run_search(const SearchCommand& command, const load::LoadSpec& spec, std::FILE* out,
                        const std::function<bool()>& stop_requested) {
  return std::visit([&](const auto& plan) { return run(plan, spec, out, stop_requested); }, command);
}

}  // namespace hotlap::loadgen
