#include "harness/plan.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/random.h"
#include "harness/matrix.h"
#include "harness/scenario_yaml.h"
#include "harness/settings.h"

namespace hotlap::harness {
namespace {

Result<void> refuse_unused_axes(const Scenario& scenario) {
  for (const auto& axis : scenario.axes) {
    const auto uses = [&](const Setting& setting) { return setting.text.contains("{" + axis.name + "}"); };
    if (std::ranges::none_of(scenario.target, uses) && std::ranges::none_of(scenario.load, uses))
      return fail_at(
          scenario.file, axis.place,
          fmt::format("axis '{0}' is used nowhere; write \"{{{0}}}\" as the value in target or load that it varies",
                      axis.name));
  }
  return {};
}

Result<PlannedCase> plan_case(const Scenario& scenario, std::size_t index, const results::Parameters& parameters) {
  PlannedCase planned;
  planned.scenario = index;
  planned.parameters = parameters;
  planned.label = label_of(parameters);
  planned.trials = scenario.trials;
  const auto target_settings = settings_of_case(scenario.target, scenario, parameters);
  if (!target_settings) return std::unexpected(target_settings.error());
  const auto load_settings = settings_of_case(scenario.load, scenario, parameters);
  if (!load_settings) return std::unexpected(load_settings.error());
  auto target = target_from(*target_settings, scenario.file);
  if (!target) return std::unexpected(target.error());
  auto load = load_from(*load_settings, scenario.file);
  if (!load) return std::unexpected(load.error());
  planned.target = std::move(*target);
  planned.load = std::move(*load);
  planned.services = scenario.services;
  const auto& store = planned.target.store;
  if (planned.target.is_ours() && std::ranges::find(service_names(), store) != service_names().end() &&
      std::ranges::find(planned.services, store) == planned.services.end())
    planned.services.push_back(store);
  return planned;
}

// With everything said that the command line and the defaults decided.
Scenario as_it_runs(Scenario scenario, const Filter& filter, const PlanOptions& options) {
  std::vector<std::string> choices;
  if (!options.profile.empty()) choices.push_back("--profile " + options.profile);
  for (const auto& text : options.filters) choices.push_back("--filter " + text);
  if (!choices.empty()) scenario.remark = "with " + fmt::to_string(fmt::join(choices, " "));
  scenario.target = with_target_defaults(std::move(scenario.target));
  scenario.load = with_load_defaults(std::move(scenario.load));
  return filter.applied_to(std::move(scenario));
}

CpuSet to_set(const std::vector<int>& cpus) {
  std::string text;
  for (const int cpu : cpus) text += fmt::format("{}{}", text.empty() ? "" : ",", cpu);
  return CpuSet::parse(text).value_or(CpuSet{});
}

// Block after block: every case that still wants a trial once, in an order of its own.
std::vector<PlannedTrial> interleave(const std::vector<PlannedCase>& cases, std::uint64_t seed) {
  Random random(seed);
  std::vector<PlannedTrial> trials;
  for (int block = 0;; ++block) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < cases.size(); ++i)
      if (cases[i].trials > block) order.push_back(i);
    if (order.empty()) return trials;
    random.shuffle(order);
    for (const auto index : order) trials.push_back({.case_index = index, .repetition = block});
  }
}

}  // namespace

void assign_cpus(PlannedCase& planned, const CpuSet& machine) {
  if (machine.size() < 2) return;
  const std::vector<int> all(machine.cpus().begin(), machine.cpus().end());
  const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
  if (planned.target.cpus.empty()) {
    const auto count = std::min<std::ptrdiff_t>(planned.target.is_ours() ? planned.target.workers : half, half);
    planned.target.cpus = to_set({all.begin(), all.begin() + count});
  }
  if (planned.load.cpus.empty())
    planned.load.cpus = to_set({all.end() - std::min<std::ptrdiff_t>(planned.load.threads, half), all.end()});
}

Result<std::vector<std::string>> check_cpus(const std::vector<PlannedCase>& cases, const CpuSet& machine) {
  std::vector<std::string> warnings;
  bool shared = false;
  for (const auto& planned : cases) {
    for (const auto* cpus : {&planned.target.cpus, &planned.load.cpus})
      for (const int cpu : cpus->cpus())
        if (!machine.contains(cpu))
          return fail(fmt::format("case '{}': cpus '{}' cannot be used here; this process may use {}", planned.label,
                                  cpus->text(), machine.text()),
                      ExitCode::bad_config);
    if (!planned.shares_cpus() || std::exchange(shared, true)) continue;
    warnings.push_back(
        fmt::format("target and load share processors ({}): they slow each other down, so figures are lower than "
                    "the target's own; use a machine with two or give target.cpus and load.cpus",
                    planned.target.cpus.empty() ? "anywhere" : planned.target.cpus.text()));
  }
  return warnings;
}

Result<Plan> make_plan(std::vector<Scenario> scenarios, const PlanOptions& options) {
  const auto filter = Filter::parse(options.filters);
  if (!filter) return std::unexpected(filter.error());
  Plan plan;
  for (auto& scenario : scenarios) {
    if (!options.profile.empty()) {
      auto variant = with_profile(std::move(scenario), options.profile);
      if (!variant) return std::unexpected(variant.error());
      scenario = std::move(*variant);
    }
    if (options.trials) scenario.trials = *options.trials;
    for (const auto& earlier : plan.scenarios)
      if (earlier.name == scenario.name)
        return fail(fmt::format("{} and {} are both named '{}'; scenarios of one session need different names",
                                earlier.file, scenario.file, scenario.name),
                    ExitCode::bad_config);
    if (auto fits = filter->fits(scenario); !fits) return std::unexpected(fits.error());
    if (auto used = refuse_unused_axes(scenario); !used) return std::unexpected(used.error());
    const auto cases = expand(scenario);
    if (!cases) return std::unexpected(cases.error());
    for (const auto& parameters : *cases) {
      // Every case is built, also those filtered away: a scenario is right or wrong as a whole.
      auto planned = plan_case(scenario, plan.scenarios.size(), parameters);
      if (!planned) return std::unexpected(planned.error());
      assign_cpus(*planned, options.machine);
      if (filter->keeps(parameters)) plan.cases.push_back(std::move(*planned));
    }
    plan.scenarios.push_back(as_it_runs(std::move(scenario), *filter, options));
  }
  if (plan.cases.empty())
    return fail("no case is left by --filter; 'hotlap plan' without it lists them all", ExitCode::usage);
  plan.seed = options.seed.value_or(plan.scenarios.front().seed);
  for (auto& scenario : plan.scenarios) scenario.seed = plan.seed;
  auto warnings = check_cpus(plan.cases, options.machine);
  if (!warnings) return std::unexpected(warnings.error());
  plan.warnings = std::move(*warnings);
  plan.trials = interleave(plan.cases, plan.seed);
  return plan;
}

Nanos estimated_time(const Plan& plan, std::size_t first, Nanos around) {
  Nanos sum{};
  for (std::size_t i = first; i < plan.trials.size(); ++i) {
    const auto& load = plan.cases[plan.trials[i].case_index].load;
    sum += load.warm_up + load.duration + around;
  }
  return sum;
}

results::SessionRecord session_record(const Plan& plan) {
  results::SessionRecord record;
  record.kind = plan.kind;
  record.seed = plan.seed;
  record.comparison_policy = plan.comparison_policy;
  for (const auto& scenario : plan.scenarios)
    record.scenarios.push_back({.name = scenario.name,
                                .file = scenario.file,
                                .title = scenario.title,
                                .question = scenario.question,
                                .article = scenario.article,
                                .resolved_yaml = to_yaml(scenario),
                                .estimator = scenario.estimator,
                                .claims = scenario.claims,
                                .published_figures = scenario.published_figures});
  for (std::size_t i = 0; i < plan.cases.size(); ++i)
    record.cases.push_back({.id = static_cast<std::int64_t>(i) + 1,
                            .scenario = plan.scenarios[plan.cases[i].scenario].name,
                            .label = plan.cases[i].label,
                            .parameters = plan.cases[i].parameters});
  for (std::size_t i = 0; i < plan.trials.size(); ++i) {
    results::TrialRecord trial;
    trial.case_id = static_cast<std::int64_t>(plan.trials[i].case_index) + 1;
    trial.position = static_cast<int>(i);
    trial.repetition = plan.trials[i].repetition;
    trial.arm = plan.trials[i].arm;
    trial.pair = plan.trials[i].pair;
    record.trials.push_back(std::move(trial));
  }
  return record;
}

}  // namespace hotlap::harness
