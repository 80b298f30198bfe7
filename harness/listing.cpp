#include "harness/listing.h"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "harness/command_text.h"
#include "harness/layout.h"
#include "harness/load_process.h"
#include "harness/measurement_text.h"
#include "harness/runner.h"
#include "harness/target_process.h"

namespace hotlap::harness {
namespace {

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string date(std::int64_t at_us) {
  if (at_us == 0) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(at_us / 1'000'000)));
}

// Several lines of foreign text, each made printable and indented.
std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    lines += fmt::format("    {}\n", printable(line, line.size()));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

// With placeholders where only the running session knows the value.
std::string commands_of(const PlannedCase& planned, const Programs& programs) {
  std::string text;
  results::Parameters addresses;
  for (const auto& service : planned.services) {
    addresses.emplace_back(service, "{" + service + "}");
    text +=
        fmt::format("    service  {}\n", service == "tuplestore" ? command_text({programs.tuplestore(), "--port", "0"})
                                                                 : fmt::format("bash …/services/{}/start.sh", service));
  }
  const auto& target = planned.target;
  if (target.runs_already()) {
    text += fmt::format("    target   runs already at {}\n", printable(target.url));
  } else {
    const TargetPlaces places{.port = target.is_ours() ? std::to_string(target.port) : "{port}",
                              .socket = "{socket}",
                              .source = "{source}",
                              .work_dir = "{work_dir}",
                              .here = "{here}",
                              .services = addresses};
    if (!target.git.empty())
      text += fmt::format("    source   {} of {}{}{}\n", printable(target.git),
                          target.repository.empty() ? "the scenario's repository" : printable(target.repository),
                          target.build.empty() ? "" : ", built by ", printable(command_text(target.build), 1000));
    text += fmt::format("    target   {}\n",
                        printable(command_text(target_arguments(target, programs.target(target), places)), 1000));
  }
  if (target.has_front()) text += fmt::format("    front    bash …/services/{}/start.sh\n", target.front);
  auto spec = planned.load;
  spec.trust = target.trust;
  auto load = load_arguments(spec, programs.load());
  const auto server = target.runs_already() && !target.has_front() ? target.url : "http://127.0.0.1:{port}";
  load.back() = server + planned.load.url.target;
  return text + fmt::format("    load     {}\n", printable(command_text(load), 1000));
}

// What each side used, a line for each stretch of the window.
std::string resources_text(const results::TrialRecord& trial) {
  if (trial.resources.empty()) return {};
  const auto count = [](const auto& value) {
    return value ? format_count(static_cast<double>(*value)) : std::string("-");
  };
  const auto bytes = [](const auto& value) {
    return value ? format_bytes(static_cast<double>(*value)) : std::string("-");
  };
  const auto time = [](const auto& value) { return value ? format_duration(*value) : std::string("-"); };
  auto text =
      fmt::format("  used, until    {:<12}{:>12}{:>12}{:>12}{:>11}{:>11}{:>14}{:>10}{:>11}\n", "by", "processors",
                  "resident", "shared out", "waits", "preempted", "system calls", "stolen", "throttled");
  for (const auto& one : trial.resources)
    text +=
        fmt::format("    {:>11}  {:<12}{:>12.2f}{:>12}{:>12}{:>11}{:>11}{:>14}{:>10}{:>11}\n", format_duration(one.at),
                    printable(one.side), static_cast<double>(one.cpu.count()) / static_cast<double>(one.span.count()),
                    bytes(one.resident_bytes), bytes(one.proportional_bytes), count(one.voluntary_switches),
                    count(one.involuntary_switches), count(one.syscalls), time(one.steal), time(one.throttled));
  return text + fmt::format("  hotlap itself  {} of processor time in the window\n",
                            format_duration(Nanos(static_cast<std::int64_t>(trial.harness_cpu_ns))));
}

const results::CaseRecord* case_of(const results::SessionRecord& session, const results::TrialRecord& trial) {
  const auto found = std::ranges::find(session.cases, trial.case_id, &results::CaseRecord::id);
  return found == session.cases.end() ? nullptr : &*found;
}

std::string label_in(const results::SessionRecord& session, const results::TrialRecord& trial) {
  const auto* found = case_of(session, trial);
  return found ? printable(found->label) : "?";
}

// Nobody could write down that it was killed.
std::string status_of(const results::Store::SessionSummary& session) {
  if (session.status != "running" || session.runner.empty() || still_runs(session.runner)) return session.status;
  return "killed";
}

}  // namespace

std::string plan_text(const Plan& plan, const Programs& programs, const CpuSet& machine,
                      const std::vector<CpuSet>& cores) {
  std::string text;
  for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
    const auto& scenario = plan.scenarios[i];
    const auto cases = std::ranges::count(plan.cases, i, &PlannedCase::scenario);
    text += fmt::format("{}: {}\n", scenario.name, printable(scenario.title, 300));
    if (!scenario.question.empty()) text += fmt::format("  {}\n", printable(scenario.question, 300));
    text += fmt::format("  {}, {} each, from {}\n", plural(static_cast<std::size_t>(cases), "case"),
                        plural(static_cast<std::size_t>(scenario.trials), "trial"), printable(scenario.file));
  }
  text += "\ncases\n";
  for (std::size_t i = 0; i < plan.cases.size(); ++i)
    text +=
        fmt::format("{:>4}  {}\n{}", i + 1, printable(plan.cases[i].label, 300), commands_of(plan.cases[i], programs));
  text += "\nprocessors\n" + layout_text(plan, machine, cores);
  text += fmt::format("\norder, by seed {}\n", plan.seed);
  int block = -1;
  for (const auto& trial : plan.trials) {
    if (trial.repetition != block) {
      text += fmt::format("{}  {:>4}:", block < 0 ? "" : "\n", trial.repetition + 1);
      block = trial.repetition;
    }
    text += fmt::format(" {}", trial.case_index + 1);
  }
  for (const auto& warning : plan.warnings) text += fmt::format("\n\nwarning: {}", warning);
  return text + fmt::format("\n\n{} of {} take about {}\n", plural(plan.trials.size(), "trial"),
                            plural(plan.cases.size(), "case"), minutes_text(estimated_time(plan)));
}

std::string sessions_text(const std::vector<results::Store::SessionSummary>& sessions) {
  if (sessions.empty()) return "no sessions yet; 'hotlap run FILE' makes one\n";
  std::string text = fmt::format("{:>7}  {:<19}  {:<11}  {:>11}  {:>4}  {}\n", "session", "started", "status",
                                 "trials ok", "bad", "scenarios");
  for (const auto& one : sessions)
    text += fmt::format("{:>7}  {:<19}  {:<11}  {:>11}  {:>4}  {}{}\n", one.id, date(one.started_at_us), status_of(one),
                        fmt::format("{} of {}", one.trials_ok, one.trials_planned), one.trials_bad,
                        printable(one.scenarios), one.verdict.empty() ? "" : ": " + one.verdict);
  return text;
}

std::string session_text(const results::SessionRecord& session) {
  std::string text = fmt::format("session {} ({}), {}, {}\n", session.id, session.uuid, session.kind, session.status);
  text += fmt::format("  started {}, finished {}, seed {}, hotlap {}\n", date(session.started_at_us),
                      date(session.finished_at_us), session.seed, session.tool_version);
  text += fmt::format("  {}\n", printable(session.command_line, 1000));
  if (!session.verdict.empty()) text += fmt::format("  verdict {}\n", session.verdict);
  for (const auto& scenario : session.scenarios)
    text += fmt::format("\n{}: {}\n  {}\n", scenario.name, printable(scenario.title, 300),
                        printable(scenario.question, 300));
  for (const auto& one : session.notes) text += fmt::format("\n{}: {}\n", date(one.at_us), printable(one.text, 2000));
  text += "\nmachine\n";
  for (const auto& [name, value] : session.environment) text += fmt::format("  {:<20} {}\n", name, printable(value));
  text += "\ntrials, in the order they ran\n";
  for (const auto& trial : session.trials) {
    const auto outcome = trial.state != results::TrialState::ok
                             ? trial.reason.empty() ? std::string() : printable(trial.reason, 300)
                         : trial.measurement ? format_count(trial.measurement->throughput_per_s) + "/s"
                                             : std::string();
    text += fmt::format("  {:>4}  {:<8} {}  {}\n", trial.position + 1, results::to_text(trial.state),
                        label_in(session, trial), outcome);
  }
  return text + fmt::format("\none trial in full: hotlap show {}:1\n", session.id);
}

Result<std::string> trial_text(const results::SessionRecord& session, int number) {
  const auto found = std::ranges::find(session.trials, number - 1, &results::TrialRecord::position);
  if (found == session.trials.end())
    return fail(
        fmt::format("session {} has no trial {}; its trials are 1 to {}", session.id, number, session.trials.size()),
        ExitCode::usage);
  const auto& trial = *found;
  std::string text = fmt::format("trial {} of session {}: {}\n", number, session.id, label_in(session, trial));
  text += fmt::format("  state          {}{}{}\n", results::to_text(trial.state), trial.reason.empty() ? "" : ": ",
                      printable(trial.reason, 1000));
  text += fmt::format("  repetition     {}{}{}\n", trial.repetition + 1,
                      trial.pair < 0 ? "" : fmt::format(", arm {} of pair {}", trial.arm, trial.pair + 1),
                      trial.attempt < 2 ? "" : fmt::format(", attempt {}", trial.attempt));
  text += fmt::format("  ran            {} to {}\n", date(trial.started_at_us), date(trial.finished_at_us));
  text += fmt::format(
      "  time to ready  {}{}\n", format_duration(Nanos(trial.time_to_ready_ns)),
      trial.time_to_first_response_ns == 0
          ? ""
          : fmt::format("; first response after {}", format_duration(Nanos(trial.time_to_first_response_ns))));
  text += fmt::format("  target         {}\n", printable(trial.target_command, 2000));
  for (const auto& one : trial.services)
    text += fmt::format("  {:<14} {}{}\n", one.front ? "front" : "service", printable(one.command, 2000),
                        one.configuration_sha256.empty()
                            ? std::string()
                            : fmt::format(", configuration {}", printable(one.configuration_sha256.substr(0, 16))));
  text += fmt::format("  load           {}\n", printable(trial.load_command, 2000));
  if (trial.quiet_wait_ns > 0)
    text += fmt::format("  waited         {} for others; they then kept {:.1f} processors busy\n",
                        format_duration(Nanos(trial.quiet_wait_ns)), trial.busy_before);
  if (const auto& counts = trial.target_counts) {
    const auto each = [](const std::optional<double>& value) { return value ? fmt::format("{:.3g}", *value) : "-"; };
    text += fmt::format("  it counted     {} requests; for each {} store calls and {} system calls\n", counts->requests,
                        each(counts->store_calls_per_request()), each(counts->syscalls_per_request()));
  }
  if (trial.database_calls) {
    const auto each = trial.database_calls_per_request();
    text += fmt::format("  database       it counted {} calls under this load{}\n", *trial.database_calls,
                        each ? fmt::format(", {:.3g} for each answer", *each) : std::string());
  }
  if (trial.measurement) text += measurement_text(*trial.measurement, trial.target_cpu_ns);
  text += resources_text(trial);
  if (!trial.target_log.empty()) text += "  end of the target's log\n" + indented(trial.target_log);
  return text;
}

Result<ShowRequest> parse_show_request(std::string_view text) {
  const auto colon = text.find(':');
  ShowRequest request{std::string(text.substr(0, colon)), 0};
  if (colon == std::string_view::npos && !text.empty()) return request;
  const auto number = colon == std::string_view::npos ? Result<std::uint64_t>(0) : parse_count(text.substr(colon + 1));
  if (request.session.empty() || !number || *number < 1 || *number > 1'000'000'000)
    return fail(fmt::format("'{}' is neither a session nor SESSION:TRIAL, like last:7", printable(text)),
                ExitCode::usage);
  request.trial = static_cast<int>(*number);
  return request;
}

}  // namespace hotlap::harness
