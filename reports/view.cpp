#include "reports/view.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "reports/inside_windows.h"
#include "reports/resource_use.h"
#include "reports/warnings.h"
#include "results/statistics.h"

namespace hotlap::reports {
namespace {

using results::CaseRecord;
using results::SessionRecord;
using results::TrialRecord;
using results::TrialState;

constexpr double kValuesAbove = 10;  // a percentile needs this many values above it
constexpr int kCurvePoints = 40;
constexpr std::array<double, 9> kNamedQuantiles = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999};
constexpr std::size_t kScenariosInTitle = 3;
using Known = load::Percentile::Kind;

// Times of one trial or of several: whole responses, and requests that took at least so long.
struct Times {
  const Histogram* known;
  const Histogram* at_least;
  [[nodiscard]] load::Percentile at(double q) const { return load::percentile(*known, *at_least, q); }
};

bool has_run(const TrialRecord& trial) {
  return trial.state == TrialState::ok || trial.state == TrialState::invalid || trial.state == TrialState::failed;
}

std::string verdict_of(const TrialRecord& trial) {
  if (!has_run(trial)) return {};
  if (trial.state != TrialState::ok || !trial.measurement) return "INVALID";
  return std::string(load::to_text(trial.measurement->verdict.level));
}

template <class T, class U>
void add_up(std::optional<T>& sum, const std::optional<U>& part) {
  if constexpr (std::is_same_v<U, Nanos>) {
    if (part) sum = sum.value_or(0) + part->count();
  } else if (part) {
    sum = sum.value_or(0) + *part;
  }
}

void add_resources(TrialRow& row, const TrialRecord& trial) {
  row.harness_cpu_ns = trial.harness_cpu_ns;
  for (const auto& sample : trial.resources) {
    if (sample.side == "machine") {
      add_up(row.machine_cpu_ns, std::optional(sample.cpu));
      add_up(row.steal_ns, sample.steal);
      add_up(row.throttled_ns, sample.throttled);
      continue;
    }
    if (sample.side != "target" && sample.side != "load") continue;
    auto& side = sample.side == "target" ? row.target : row.load;
    side.resident_max_bytes = std::max(side.resident_max_bytes, sample.resident_bytes);
    add_up(side.voluntary_switches, sample.voluntary_switches);
    add_up(side.involuntary_switches, sample.involuntary_switches);
    add_up(side.syscalls, sample.syscalls);
  }
}

TrialRow trial_row(const TrialRecord& trial, bool expected) {
  TrialRow row;
  row.expected = expected || trial.crash_is_result;
  row.id = trial.id;
  row.position = trial.position;
  row.repetition = trial.repetition;
  row.arm = trial.arm;
  row.pair = trial.pair;
  row.state = results::to_text(trial.state);
  row.reason = trial.reason;
  row.excluded_from_summary = !in_summary(trial);
  row.started_at = iso_time(trial.started_at_us);
  row.time_to_ready_ns = trial.time_to_ready_ns;
  row.database_calls = trial.database_calls;
  row.database_calls_per_request = trial.database_calls_per_request();
  row.target_cpu_ns = trial.target_cpu_ns;
  row.verdict = verdict_of(trial);
  add_resources(row, trial);
  if (!trial.measurement) return row;
  const auto& m = *trial.measurement;
  row.measured = true;
  row.warm_up_ns = m.warm_up.count();
  row.window_ns = m.window.count();
  row.requests = m.requests;
  row.good_in_window = m.good_in_window;
  row.throughput_per_s = m.throughput_per_s;
  row.bytes_received = m.bytes_received;
  row.connections = m.connections;
  row.response_time = percentiles_of(m.response_time, m.response_time_at_least);
  row.service_time = percentiles_of(m.service_time, m.service_time_at_least);
  row.send_lag = percentiles_of(m.send_lag);
  row.errors = m.requests.answered - m.requests.good + m.requests.failed + m.requests.timed_out;
  row.load_cpu_user_ns = static_cast<double>(m.cpu_user.count());
  row.load_cpu_system_ns = static_cast<double>(m.cpu_system.count());
  row.verdict_reasons = m.verdict.reasons;
  return row;
}

std::string worst_verdict(const std::vector<TrialRow>& trials) {
  static constexpr std::array<std::string_view, 4> order = {"", "VALID", "SUSPECT", "INVALID"};
  const auto rank = [](const TrialRow& trial) { return std::ranges::find(order, trial.verdict) - order.begin(); };
  const auto worst = std::ranges::max_element(trials, {}, rank);
  return worst == trials.end() ? std::string() : worst->verdict;
}

// Evenly spaced in nines, and those that people ask for by name.
std::vector<double> quantiles_of_curve(double count) {
  std::vector<double> quantiles;
  quantiles.reserve(kCurvePoints + kNamedQuantiles.size());
  const double most_nines = std::log10(count / kValuesAbove);
  for (int i = 0; i < kCurvePoints; ++i)  // nine decimals tell all that a billion samples can
    quantiles.push_back(std::floor((1 - std::pow(10, -most_nines * i / (kCurvePoints - 1))) * 1e9) / 1e9);
  const double furthest = quantiles.back();
  for (const double named : kNamedQuantiles)
    if (named < furthest) quantiles.push_back(named);
  std::ranges::sort(quantiles);
  const auto [first, last] = std::ranges::unique(quantiles);
  quantiles.erase(first, last);
  return quantiles;
}

std::vector<PercentilePoint> curve(const Times& merged, const std::vector<Times>& parts) {
  std::vector<PercentilePoint> points;
  const auto count = static_cast<double>(merged.known->count() + merged.at_least->count());
  if (count < kValuesAbove) return points;
  for (const double q : quantiles_of_curve(count)) {
    PercentilePoint point;
    point.q = q;
    const auto whole = merged.at(q);
    point.value_ns = whole.value.count();
    point.at_least = whole.kind == Known::at_least;
    std::vector<std::int64_t> known;
    for (const Times& part : parts)
      if (const auto found = part.at(q); found.kind == Known::known) known.push_back(found.value.count());
    if (known.size() == parts.size()) {  // the range of some of the trials need not contain what all of them say
      point.low_ns = std::ranges::min(known);
      point.high_ns = std::ranges::max(known);
    }
    if (whole.kind != Known::too_few) points.push_back(point);
  }
  return points;
}

void sum_up(CaseRow& row, const std::vector<const TrialRecord*>& trials, const std::set<int>& expected, bool grouped) {
  Summary& summary = row.summary;
  Histogram merged, merged_at_least;
  std::vector<Times> parts;
  Measurements measurements;
  std::vector<const TrialRecord*> summarised;
  std::vector<double> throughputs;
  double answered = 0;
  double target_cpu_ns = 0;
  double load_cpu_ns = 0;
  for (const TrialRecord* trial : trials) {
    row.trials.push_back(trial_row(*trial, expected.contains(trial->position)));
    summary.errors += row.trials.back().errors;
    if (trial->state == TrialState::skipped && ++summary.trials_skipped == 1) summary.skipped_because = trial->reason;
    if (trial->state == TrialState::planned || trial->state == TrialState::running)
      ++summary.trials_planned;
    else if (trial->state != TrialState::skipped && !in_summary(*trial))
      ++summary.trials_bad;
    if (!in_summary(*trial)) continue;
    const auto& m = *trial->measurement;
    ++summary.trials_ok;
    throughputs.push_back(m.throughput_per_s);
    merged.merge(m.response_time);
    merged_at_least.merge(m.response_time_at_least);
    parts.push_back({&m.response_time, &m.response_time_at_least});
    measurements.push_back(&m);
    summarised.push_back(trial);
    answered += static_cast<double>(m.requests.answered);
    target_cpu_ns += trial->target_cpu_ns;
    load_cpu_ns += static_cast<double>((m.cpu_user + m.cpu_system).count());
  }
  summary.verdict = worst_verdict(row.trials);
  summary.response_time = percentiles_of(merged, merged_at_least);
  row.percentiles = curve({&merged, &merged_at_least}, parts);
  row.seconds = seconds_of(measurements);
  row.resources = resources_of(summarised);
  row.statuses = statuses_of(measurements);
  row.requests = requests_of(measurements);
  if (!throughputs.empty()) {
    summary.throughput_per_s = grouped ? results::median_grouped(throughputs) : results::median(throughputs);
    summary.throughput_low_per_s = std::ranges::min(throughputs);
    summary.throughput_high_per_s = std::ranges::max(throughputs);
  }
  if (answered > 0 && target_cpu_ns > 0) summary.target_cpu_us_per_request = target_cpu_ns / answered / 1e3;
  if (answered > 0 && load_cpu_ns > 0) summary.load_cpu_us_per_request = load_cpu_ns / answered / 1e3;
}

bool is_grouped(const SessionRecord& session, const std::string& scenario) {
  return std::ranges::any_of(session.scenarios, [&](const auto& candidate) {
    return candidate.name == scenario && candidate.estimator == "median_grouped";
  });
}

void add_errors(View& view, const CaseRow& row, const std::vector<const TrialRecord*>& trials) {
  const auto first_of_case = static_cast<std::ptrdiff_t>(view.errors.size());
  for (const TrialRecord* trial : trials) {
    if (!trial->measurement) continue;
    for (const auto& error : trial->measurement->errors) {
      const auto known = std::find_if(view.errors.begin() + first_of_case, view.errors.end(),
                                      [&](const ErrorRow& seen) { return seen.kind == error.kind; });
      if (known == view.errors.end())
        view.errors.push_back({row.scenario, row.label, error.kind, error.count, error.first});
      else
        known->count += error.count;
    }
  }
}

// One row per case, in a check one per case and side.
void add_case(View& view, const SessionRecord& session, const CaseRecord& one, const std::set<int>& expected) {
  std::vector<std::pair<std::string, std::vector<const TrialRecord*>>> sides;
  for (const auto& trial : session.trials) {
    if (trial.case_id != one.id) continue;
    auto side = std::ranges::find_if(sides, [&](const auto& known) { return known.first == trial.arm; });
    if (side == sides.end()) side = sides.insert(sides.end(), {trial.arm, {}});
    side->second.push_back(&trial);
  }
  std::ranges::sort(sides);  // base before new
  if (sides.empty()) sides.push_back({"single", {}});
  for (const auto& [arm, trials] : sides) {
    CaseRow row;
    row.id = one.id;
    row.scenario = one.scenario;
    row.label = one.label;
    row.parameters = one.parameters;
    const bool names_its_side =
        std::ranges::any_of(row.parameters, [](const auto& parameter) { return parameter.first == "side"; });
    if (arm != "single" && !names_its_side) {
      row.label += fmt::format("{}side={}", row.label.empty() ? "" : " ", arm);
      row.parameters.emplace_back("side", arm);
    }
    sum_up(row, trials, expected, is_grouped(session, one.scenario));
    add_errors(view, row, trials);
    view.cases.push_back(std::move(row));
  }
}

results::Comparison compare_sides(const SessionRecord& session) {
  std::map<int, std::pair<double, double>> pairs;  // throughput of base and new
  for (const auto& trial : session.trials) {
    if (trial.pair < 0 || !in_summary(trial)) continue;
    auto& [base, candidate] = pairs[trial.pair];
    if (trial.arm == "base") base = trial.measurement->throughput_per_s;
    if (trial.arm == "new") candidate = trial.measurement->throughput_per_s;
  }
  std::vector<double> baseline, candidate;
  for (const auto& [pair, figures] : pairs) {
    if (!(figures.first > 0) || !(figures.second > 0)) continue;
    baseline.push_back(figures.first);
    candidate.push_back(figures.second);
  }
  return results::compare_pairs(baseline, candidate, session.comparison_policy);
}

}  // namespace

Percentiles percentiles_of(const Histogram& known, const Histogram& at_least) {
  const Times times{&known, &at_least};
  Percentiles found{times.at(0.5), times.at(0.9), times.at(0.99), times.at(0.999), {}};
  if (!known.empty() || !at_least.empty())
    found.max = {at_least.empty() ? Known::known : Known::at_least, std::max(known.max(), at_least.max())};
  return found;
}

std::string percentile_text(const load::Percentile& percentile) {
  switch (percentile.kind) {
    case Known::known:
      return format_duration(percentile.value);
    case Known::at_least:
      return ">" + format_duration(percentile.value);
    case Known::too_few:
      break;
  }
  return "-";
}

std::string iso_time(std::int64_t wall_clock_us) {
  if (wall_clock_us == 0) return {};
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(wall_clock_us)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string title_of(const std::vector<results::ScenarioRecord>& scenarios) {
  std::string names;
  for (std::size_t i = 0; i < std::min(scenarios.size(), kScenariosInTitle); ++i)
    names += (i == 0 ? "" : ", ") + scenarios[i].name;
  if (scenarios.size() <= kScenariosInTitle) return names;
  return fmt::format("{} scenarios: {} and {} more", scenarios.size(), names, scenarios.size() - kScenariosInTitle);
}

View build_view(const SessionRecord& session) {
  View view;
  // A check's one scenario has no name that a reader would know.
  const bool named_by_title = session.kind == "check" && session.scenarios.size() == 1;
  view.title = named_by_title ? session.scenarios.front().title : title_of(session.scenarios);
  view.id = session.id;
  view.uuid = session.uuid;
  view.kind = session.kind;
  view.status = session.status;
  view.seed = session.seed;
  view.started_at = iso_time(session.started_at_us);
  view.finished_at = iso_time(session.finished_at_us);
  view.command_line = session.command_line;
  view.tool_version = session.tool_version;
  view.verdict = session.verdict;
  view.environment = session.environment;
  view.scenarios = session.scenarios;
  view.closed_loop = std::ranges::any_of(
      session.trials, [](const auto& trial) { return trial.measurement && trial.measurement->loop == "closed"; });
  const auto expected = results::expected_failures(session);
  for (const auto& one : session.cases) add_case(view, session, one, expected);
  view.claims = results::judge_claims(session);
  // Interrupted, or too many pairs invalid: figures of what is left would look like a verdict that nobody gave.
  const bool judged = !session.verdict.empty() && session.verdict != "INVALID";
  if (session.kind == "check" && judged) view.comparison = compare_sides(session);
  for (const auto& note : session.notes) view.notes.push_back(note.text);
  view.warnings = find_warnings(view);
  return view;
}

}  // namespace hotlap::reports
