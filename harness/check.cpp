#include "harness/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/did_you_mean.h"
#include "base/random.h"
#include "harness/case_settings.h"
#include "harness/command_text.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"
#include "harness/target_settings.h"

namespace hotlap::harness {
namespace {

constexpr const char* kBase = "base";
constexpr const char* kNew = "new";

// "engine=epoll,workers=2": the first term has a "=" after a name.
bool looks_like_settings(std::string_view text) {
  const auto equals = text.find('=');
  return equals != std::string_view::npos && is_axis_name(text.substr(0, equals));
}

Result<std::vector<Setting>> split_settings(std::string_view text, const std::string& flag) {
  std::vector<Setting> settings;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto term = text.substr(0, comma);
    const auto equals = term.find('=');
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (equals == std::string_view::npos && !settings.empty()) {
      settings.back().text.append(",").append(term);
      continue;
    }
    const std::string key(term.substr(0, equals));
    if (const auto known = names_of(target_keys()); std::ranges::find(known, key) == known.end())
      return fail(fmt::format("{}: key '{}' is unknown{}", flag, printable(key), did_you_mean(key, known)),
                  ExitCode::usage);
    settings.push_back({key, std::string(term.substr(equals + 1)), {}});
  }
  return settings;
}

double percent(double share) {
  return 100 * share;
}

}  // namespace

Result<TargetSpec> parse_check_target(std::string_view text, const std::string& flag) {
  std::vector<Setting> settings;
  const auto add_command = [&](std::string_view command) -> Result<void> {
    const auto arguments = split_command(command);
    if (!arguments) return fail(fmt::format("{}: {}", flag, arguments.error().message), ExitCode::usage);
    for (const auto& argument : *arguments) settings.push_back({"command", argument, {}});
    return {};
  };
  if (looks_like_settings(text)) {
    const auto split = split_settings(text, flag);
    if (!split) return std::unexpected(split.error());
    for (const auto& setting : *split) {
      if (setting.key != "command")
        settings.push_back(setting);
      else if (auto added = add_command(setting.text); !added)
        return std::unexpected(added.error());
    }
  } else if (text.contains("{port}") || text.contains("{socket}")) {
    if (auto added = add_command(text); !added) return std::unexpected(added.error());
  } else if (!text.empty() && text.find_first_of(" \t") == std::string_view::npos) {
    settings = {{"program", std::string(text), {}}, {"engine", "pipelined", {}}};
  } else {
    return fail(
        fmt::format(
            "{}: '{}' is no target; give settings like engine=epoll,workers=2, a command line with {{port}} in it, or "
            "the path of another hotlap-target",
            flag, printable(text)),
        ExitCode::usage);
  }
  auto spec = target_from(settings, flag);
  if (!spec) return fail(spec.error().message, ExitCode::usage);
  return spec;
}

Result<double> parse_percent(std::string_view text) {
  const bool has_sign = text.ends_with('%');
  const std::string digits(text.substr(0, text.size() - (has_sign ? 1 : 0)));
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (!has_sign || digits.empty() || *end != '\0' || !(value > 0) || !(value < 100))
    return fail(fmt::format("'{}' is not a percentage above 0% and below 100%, like 2%", printable(text)),
                ExitCode::usage);
  return value / 100;
}

Result<Plan> make_check_plan(const CheckOptions& options) {
  if (auto valid = load::validate(options.load); !valid) return fail(valid.error().message, ExitCode::usage);
  if (options.pairs < kFewestPairs)
    return fail(
        fmt::format("--pairs: {} pairs can only be INCONCLUSIVE, whatever they show: an exact p of 0.01 needs at "
                    "least {}",
                    options.pairs, kFewestPairs),
        ExitCode::usage);
  Plan plan;
  plan.kind = "check";
  plan.seed = options.seed;
  plan.comparison_policy = options.policy;
  Scenario scenario;
  scenario.file = "check";
  scenario.name = "check";
  scenario.title = "Baseline against candidate";
  scenario.question = "Is the candidate slower than the baseline?";
  scenario.seed = options.seed;
  scenario.trials = options.pairs;
  scenario.remark = fmt::format("targets: base {}; new {}", options.base_text, options.new_text);
  scenario.load = load_settings(options.load);
  plan.scenarios.push_back(std::move(scenario));
  for (const auto& [arm, text] : {std::pair(kBase, options.base_text), std::pair(kNew, options.new_text)}) {
    auto target = parse_check_target(text, fmt::format("--{}", arm));
    if (!target) return std::unexpected(target.error());
    PlannedCase side;
    side.parameters = {{"side", arm}, {"target", text}};
    side.label = fmt::format("{}: {}", arm, printable(text));
    side.target = std::move(*target);
    side.load = options.load;
    side.trials = options.pairs;
    if (side.target.is_ours() && std::ranges::find(service_names(), side.target.store) != service_names().end())
      side.services.push_back(side.target.store);
    assign_cpus(side, options.machine);
    plan.cases.push_back(std::move(side));
  }
  auto warnings = check_cpus(plan.cases, options.machine);
  if (!warnings) return std::unexpected(warnings.error());
  plan.warnings = std::move(*warnings);
  if (plan.cases[0].target.cpus != plan.cases[1].target.cpus)
    plan.warnings.push_back(
        fmt::format("base runs on processors {} and new on {}: the comparison includes that difference",
                    plan.cases[0].target.cpus.text(), plan.cases[1].target.cpus.text()));
  Random random(options.seed);
  for (int pair = 0; pair < options.pairs; ++pair) {
    const bool new_first = random.coin();
    for (const bool second : {false, true}) {
      const bool is_new = new_first != second;
      plan.trials.push_back(
          {.case_index = is_new ? 1U : 0U, .repetition = pair, .arm = is_new ? kNew : kBase, .pair = pair});
    }
  }
  return plan;
}

CheckVerdict judge_check(const results::SessionRecord& session) {
  struct Pair {
    double base = 0;
    double candidate = 0;
  };
  std::map<int, Pair> pairs;
  for (const auto& trial : session.trials) {
    auto& pair = pairs[trial.pair];
    if (trial.state == results::TrialState::ok && trial.measurement)
      (trial.arm == kBase ? pair.base : pair.candidate) = trial.measurement->throughput_per_s;
  }
  CheckVerdict verdict;
  verdict.pairs_planned = static_cast<int>(pairs.size());
  std::vector<double> base;
  std::vector<double> candidate;
  for (const auto& [number, pair] : pairs) {
    if (pair.base > 0 && pair.candidate > 0) {
      base.push_back(pair.base);
      candidate.push_back(pair.candidate);
    } else {
      ++verdict.pairs_invalid;
    }
  }
  if (base.empty() || verdict.pairs_invalid > kMostInvalidPairs * verdict.pairs_planned) {
    verdict.code = ExitCode::invalid_run;
    verdict.word = "INVALID";
    verdict.sentence = fmt::format(
        "INVALID: {} of {} pairs have a trial that did not go well, more than {:.0f} %; 'hotlap show' tells why",
        verdict.pairs_invalid, verdict.pairs_planned, percent(kMostInvalidPairs));
    return verdict;
  }
  verdict.comparison = results::compare_pairs(base, candidate, session.comparison_policy);
  const auto& found = verdict.comparison;
  verdict.word = std::string(results::to_text(found.outcome));
  switch (found.outcome) {
    case results::Outcome::same:
    case results::Outcome::improved:
      verdict.code = ExitCode::success;
      break;
    case results::Outcome::regressed:
      verdict.code = ExitCode::regressed;
      break;
    case results::Outcome::inconclusive:
      verdict.code = ExitCode::inconclusive;
      break;
  }
  verdict.sentence = fmt::format("{}: throughput {}", verdict.word, found.sentence);
  if (verdict.pairs_invalid > 0)
    verdict.sentence += fmt::format("; {} of {} pairs left out, because a trial did not go well", verdict.pairs_invalid,
                                    verdict.pairs_planned);
  return verdict;
}

}  // namespace hotlap::harness
