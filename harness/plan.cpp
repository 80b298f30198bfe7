#include "harness/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/random.h"
#include "harness/case_settings.h"
#include "harness/complaints.h"
#include "harness/load_settings.h"
#include "harness/matrix.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"
#include "harness/scenario_yaml.h"
#include "harness/target_settings.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostSettingBytes = std::size_t{64} << 20;
constexpr std::size_t kMostPlannedTrials = 1'000'000;

Result<void> refuse_unused_axes(const Scenario& scenario) {
  std::set<std::string> used;
  const auto look_in = [&](const std::vector<Setting>& settings) {
    for (const auto& setting : settings)
      for (auto& name : placeholders(setting.text)) used.insert(std::move(name));
  };
  look_in(scenario.target);
  look_in(scenario.load);
  for (const auto& one : scenario.overrides) {
    look_in(one.target);
    look_in(one.load);
    for (const auto& [axis, values] : one.conditions) used.insert(axis);
  }
  for (const auto& axis : scenario.axes)
    if (!used.contains(axis.name))
      return fail_at(
          scenario.file, axis.place,
          fmt::format("axis '{0}' is used nowhere; write \"{{{0}}}\" as the value in target or load that it varies",
                      axis.name));
  return {};
}

// Bytes of all settings of all cases: little of either can make much of both.
Result<void> guard_text(const Scenario& scenario, std::size_t cases) {
  std::size_t bytes = 0;
  for (const auto* settings : {&scenario.target, &scenario.load})
    for (const auto& setting : *settings) bytes += setting.text.size();
  if (bytes <= kMostSettingBytes / cases) return {};
  return fail_at(
      scenario.file, scenario.axes.empty() ? Place{} : scenario.axes.front().place,
      fmt::format("target and load hold {} bytes, times {} cases; shorten their values or give the axes fewer", bytes,
                  cases));
}

Result<void> refuse_missing_cpus(const std::vector<Setting>& settings, std::string_view section, const CpuSet& machine,
                                 const std::string& file) {
  for (const auto& setting : settings) {
    if (setting.key != "cpus") continue;
    const auto cpus = CpuSet::parse(setting.text).value_or(CpuSet{});
    for (const int cpu : cpus.cpus())
      if (!machine.contains(cpu))
        return fail_at(file, setting.place,
                       fmt::format("{}.cpus '{}' cannot be used here; this process may use {}", section,
                                   printable(setting.text), machine.text()));
  }
  return {};
}

// What the load asks of https:// and of http://, which the target says.
Result<void> refuse_unfit_transport(const TargetSpec& target, const std::vector<Setting>& load_settings,
                                    const load::LoadSpec& load, const std::string& file) {
  const auto about = [&](const char* key) {
    const auto found = std::ranges::find(load_settings, key, &Setting::key);
    return found == load_settings.end() ? Place{} : found->place;
  };
  const bool https = target.url.starts_with("https:");
  if (load.resume_tls && !https)
    return fail_at(file, about("tls_resume"), "load.tls_resume is about https://, and the target speaks http");
  if (load.transport == load::TransportChoice::uring && https)
    return fail_at(file, about("transport"), "load.transport: https is spoken over epoll only; leave it out");
  return {};
}

Result<PlannedCase> plan_case(const Scenario& scenario, const CaseSettings& settings, std::size_t index,
                              const results::Parameters& parameters, const CpuSet& machine) {
  PlannedCase planned;
  planned.scenario = index;
  planned.parameters = parameters;
  planned.label = label_of(parameters);
  const auto target_settings = settings.target(parameters);
  if (!target_settings) return std::unexpected(target_settings.error());
  const auto load_settings = settings.load(parameters);
  if (!load_settings) return std::unexpected(load_settings.error());
  auto target = target_from(*target_settings, scenario.file);
  auto load = load_from(*load_settings, scenario.file);
  Complaints complaints;
  if (!target) complaints.add(target.error());
  if (!load) complaints.add(load.error());
  if (!complaints.empty()) return std::unexpected(complaints.error());
  if (auto usable = refuse_missing_cpus(*target_settings, "target", machine, scenario.file); !usable)
    return std::unexpected(usable.error());
  if (auto usable = refuse_missing_cpus(*load_settings, "load", machine, scenario.file); !usable)
    return std::unexpected(usable.error());
  if (auto fits = refuse_unfit_transport(*target, *load_settings, *load, scenario.file); !fits)
    return std::unexpected(fits.error());
  planned.trials = settings.trials(parameters);
  planned.target = std::move(*target);
  planned.load = std::move(*load);
  planned.expected_store_calls = expected_store_calls(*load_settings);
  assign_cpus(planned, machine);
  planned.services = scenario.services;
  const auto& store = planned.target.store;
  if (planned.target.is_ours() && std::ranges::find(service_names(), store) != service_names().end() &&
      std::ranges::find(planned.services, store) == planned.services.end())
    planned.services.push_back(store);
  return planned;
}

// With everything said that the command line and the defaults decided.
Scenario as_it_runs(Scenario scenario, const Filter& filter, const PlanOptions& options) {
  for (const auto& text : options.filters)
    scenario.remark += fmt::format("{} --filter {}", scenario.remark.empty() ? "with" : "", text);
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
  if (planned.target.cpus.empty() && !planned.target.runs_already()) {
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
    for (const auto* cpus : {&planned.target.cpus, &planned.target.front_cpus, &planned.load.cpus})
      for (const int cpu : cpus->cpus())
        if (!machine.contains(cpu))
          return fail(fmt::format("case '{}': cpus '{}' cannot be used here; this process may use {}", planned.label,
                                  cpus->text(), machine.text()),
                      ExitCode::bad_config);
    // Of one that runs already it is seen only then.
    if (planned.target.runs_already() || !planned.shares_cpus() || std::exchange(shared, true)) continue;
    warnings.push_back(
        fmt::format("target and load share processors ({}): they slow each other down, so figures are lower than "
                    "the target's own; {}",
                    planned.target.cpus.empty() ? "anywhere" : planned.target.cpus.text(),
                    machine.size() < 2 ? "use a machine with two"
                                       : "give target.cpus, target.front_cpus and load.cpus that do not meet"));
  }
  return warnings;
}

Result<Plan> make_plan(std::vector<Scenario> scenarios, const PlanOptions& options) {
  const auto filter = Filter::parse(options.filters);
  if (!filter) return std::unexpected(filter.error());
  Plan plan;
  for (const auto& scenario : scenarios)
    if (auto fits = filter->fits(scenario); !fits) return std::unexpected(fits.error());
  if (auto fits = filter->fits_any(scenarios); !fits) return std::unexpected(fits.error());
  for (auto& scenario : scenarios) {
    if (options.trials) {
      scenario.trials = *options.trials;
      for (auto& one : scenario.overrides) one.trials.reset();
      std::erase_if(scenario.overrides, [](const Override& one) { return one.target.empty() && one.load.empty(); });
    }
    for (const auto& earlier : plan.scenarios)
      if (earlier.name == scenario.name)
        return fail(fmt::format("{} and {} are both named '{}'; scenarios of one session need different names",
                                earlier.file, scenario.file, scenario.name),
                    ExitCode::bad_config);
    if (auto used = refuse_unused_axes(scenario); !used) return std::unexpected(used.error());
    const auto cases = expand(scenario, options.most_cases);
    if (!cases) return std::unexpected(cases.error());
    if (auto fits = guard_text(scenario, cases->size()); !fits) return std::unexpected(fits.error());
    const CaseSettings settings(scenario);
    Complaints complaints;
    for (const auto& parameters : *cases) {
      // Every case is built, also those filtered away: a scenario is right or wrong as a whole.
      auto planned = plan_case(scenario, settings, plan.scenarios.size(), parameters, options.machine);
      if (!planned)
        complaints.add(planned.error());
      else if (filter->keeps(parameters))
        plan.cases.push_back(std::move(*planned));
      if (complaints.full()) break;
    }
    if (!complaints.empty()) return std::unexpected(complaints.error());
    plan.scenarios.push_back(as_it_runs(std::move(scenario), *filter, options));
  }
  if (plan.cases.empty())
    return fail("no case is left by --filter; 'hotlap plan' without it lists them all", ExitCode::usage);
  plan.seed = options.seed.value_or(plan.scenarios.front().seed);
  for (auto& scenario : plan.scenarios) scenario.seed = plan.seed;
  auto warnings = check_cpus(plan.cases, options.machine);
  if (!warnings) return std::unexpected(warnings.error());
  plan.warnings = std::move(*warnings);
  std::size_t trials = 0;
  for (const auto& planned : plan.cases) trials += static_cast<std::size_t>(planned.trials);
  if (trials > kMostPlannedTrials)
    return fail(fmt::format("{} cases come to {} trials, more than {}; have fewer of either", plan.cases.size(), trials,
                            kMostPlannedTrials),
                ExitCode::bad_config);
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

std::string minutes_text(Nanos time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  return seconds < 60 ? fmt::format("{} s", seconds) : fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
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
