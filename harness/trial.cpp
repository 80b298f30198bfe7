#include "harness/trial.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "harness/command_text.h"
#include "harness/load_process.h"
#include "harness/monitor.h"
#include "harness/ready_line.h"
#include "harness/verify.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kPoll = std::chrono::milliseconds(50);
constexpr Nanos kGraceForLoad = std::chrono::seconds(10);  // connects, drain and the document, beyond the window

using results::TrialState;

void refuse(results::TrialRecord& record, const Error& error) {
  record.state = error.code == ExitCode::interrupted ? TrialState::skipped : TrialState::failed;
  record.reason = error.message;
}

// Follows the load to its end, sampling the target at both ends of the window.
class LoadWatch {
 public:
  LoadWatch(LoadProcess& load, Rig& rig, SessionWatcher& watcher)
      : load_(load), rig_(rig), watcher_(watcher), cpu_([&rig] { return rig.target().members(); }) {}

  void follow(Nanos longest, const StopFlag& stop) {
    const Instant deadline = monotonic_now() + longest;
    while (true) {
      const auto line = load_.read_line(kPoll);
      if (line)
        take(*line);
      else if (load_.output_ended())
        break;
      facts.interrupted = stop;
      facts.overdue = monotonic_now() > deadline;
      notice_early_ends();
      if (facts.interrupted || facts.overdue || !facts.ended_early.empty()) {
        facts.load_exit = load_.stop();
        while (const auto rest = load_.read_line(Nanos{0})) take(*rest);
        break;
      }
    }
    if (!facts.load_exit) facts.load_exit = load_.wait(kGraceForLoad);
    if (!facts.load_exit) facts.load_exit = load_.stop();
    notice_early_ends();  // a dead target and the load's own end can come in either order
    facts.load_complaint = load_.complaint();
  }

  TrialFacts facts;
  std::optional<load::Measurement> measurement;
  [[nodiscard]] std::optional<Nanos> cpu_in_window() const { return cpu_.in_window(); }

 private:
  void take(const std::string& line) {
    auto parsed = parse_load_line(line);
    if (!parsed) {
      if (facts.unreadable.empty()) facts.unreadable = parsed.error().message;
      return;
    }
    if (parsed->event == LoadEvent::window_start) {
      cpu_.window_start();
      watcher_.phase_begins(TrialPhase::measuring);
    }
    if (parsed->event == LoadEvent::window_end) {
      cpu_.window_end();
      watcher_.phase_begins(TrialPhase::ending);
    }
    if (parsed->measurement) measurement = std::move(parsed->measurement);
  }

  void notice_early_ends() {
    rig_.discard_output();
    if (!facts.ended_early.empty()) return;
    if (auto ended = rig_.ended_early()) facts.ended_early = std::move(*ended);
    facts.target_ended = rig_.target_ended();
  }

  LoadProcess& load_;
  Rig& rig_;
  SessionWatcher& watcher_;
  CpuMonitor cpu_;
};

void load_and_measure(const PlannedCase& planned, const Scenario& scenario, const Programs& programs,
                      const StopFlag& stop, Rig& rig, CaseMemory& memory, SessionWatcher& watcher,
                      results::TrialRecord& record) {
  watcher.phase_begins(TrialPhase::verifying);
  auto& target = rig.target();
  auto spec = planned.load;
  aim(spec, rig.endpoint());
  record.load_command = command_text(load_arguments(spec, programs.load()));
  if (auto right = verify_page(spec); !right) {
    refuse(record, right.error());
    if (const auto exit = target.poll_exit()) record.reason += fmt::format("; the target has ended: {}", exit->text());
    return;
  }
  record.time_to_first_response_ns = (monotonic_now() - target.started_at()).count();
  const auto exposure = rig.exposure();
  std::uint64_t verified = 1;
  if (spec.pipeline_depth > 1 && !memory.pipelining_asked) {
    const auto answered = verify_pipelining(spec);
    if (!answered) {
      // What a server does is a property of the case; that it has gone, of this trial.
      if (answered.error().code == ExitCode::invalid_run) memory.unfit = answered.error().message;
      return refuse(record, answered.error());
    }
    memory.pipelining_asked = true;
    verified += *answered;
  }
  auto load = LoadProcess::start(spec, programs.load());
  if (!load) return refuse(record, load.error());
  watcher.phase_begins(TrialPhase::loading);
  LoadWatch watch(*load, rig, watcher);
  watch.follow(spec.warm_up + spec.duration + 2 * spec.timeout + kGraceForLoad, stop);
  if (watch.measurement) {
    // Of one that ran already only the kernel knows where it runs.
    const bool shares_cpus =
        planned.target.runs_already() ? target.cpus().overlaps(planned.load.cpus) : planned.shares_cpus();
    const bool all_seen = watch.facts.ended_early.empty() && planned.target.is_ours() && !planned.target.has_front();
    const auto counted = target.stop().requests;
    cross_check(*watch.measurement, shares_cpus, all_seen ? counted : std::nullopt, verified);
    if (!exposure.empty()) watch.measurement->verdict.raise(load::VerdictLevel::suspect, exposure);
    watch.facts.measurement = &*watch.measurement;
  }
  const auto judgement = judge_trial(watch.facts);
  record.state = judgement.state;
  record.reason = judgement.reason;
  record.crash_is_result =
      judgement.state == TrialState::failed && watch.facts.target_ended && scenario.stop_series_at == "crash";
  record.measurement = std::move(watch.measurement);
  if (const auto cpu = watch.cpu_in_window()) record.target_cpu_ns = static_cast<double>(cpu->count());
}

}  // namespace

TrialJudgement judge_trial(const TrialFacts& facts) {
  if (facts.interrupted) return {TrialState::skipped, "interrupted"};
  if (!facts.ended_early.empty()) return {TrialState::failed, facts.ended_early};
  if (facts.overdue) return {TrialState::failed, "hotlap-load did not end in time and was stopped"};
  if (!facts.load_exit) return {TrialState::failed, "hotlap-load did not start"};
  const auto status = facts.load_exit->status;
  const bool reported = status == 0 || status == static_cast<int>(ExitCode::invalid_run);
  if (!reported || !facts.measurement) {
    auto reason = fmt::format("hotlap-load ended without a measurement: {}", facts.load_exit->text());
    if (!facts.unreadable.empty()) reason += "; " + facts.unreadable;
    if (!facts.load_complaint.empty()) reason += "; it said: " + facts.load_complaint;
    return {TrialState::failed, std::move(reason)};
  }
  const auto& verdict = facts.measurement->verdict;
  if (verdict.level == load::VerdictLevel::invalid || status != 0) {
    const auto reasons = fmt::to_string(fmt::join(verdict.reasons, "; "));
    return {TrialState::invalid, reasons.empty() ? "hotlap-load calls its figures invalid" : reasons};
  }
  return {TrialState::ok, ""};
}

void cross_check(load::Measurement& measurement, bool shares_cpus, std::optional<std::uint64_t> counted_by_target,
                 std::uint64_t verified) {
  if (shares_cpus)
    measurement.verdict.raise(load::VerdictLevel::suspect,
                              "target and load share processors, so each slows the other down");
  const auto& total = measurement.total;
  const bool all_answered = total.sent == total.answered;  // else how far the rest came is not ours to know
  if (counted_by_target && all_answered && *counted_by_target != total.answered + verified)
    measurement.verdict.raise(load::VerdictLevel::suspect,
                              fmt::format("the target counted {} requests, but load and verification had {} answers",
                                          *counted_by_target, total.answered + verified));
}

void run_trial(const PlannedCase& planned, const Scenario& scenario, const CaseGround& ground, const Programs& programs,
               const StopFlag& stop, CaseMemory& memory, SessionWatcher& watcher, results::TrialRecord& record) {
  if (!memory.unfit.empty()) {
    refuse(record, {memory.unfit, ExitCode::invalid_run});
    record.finished_at_us = wall_clock_us();
    return;
  }
  watcher.phase_begins(TrialPhase::starting);
  TargetProcess::Start start;
  auto rig = Rig::start({.planned = planned, .scenario_file = scenario.file, .ground = ground, .programs = programs},
                        stop, start);
  record.target_command = start.command;
  if (!rig) {
    refuse(record, rig.error());
    record.target_log = start.log_tail;
  } else {
    record.time_to_ready_ns = rig->target().time_to_ready().count();
    load_and_measure(planned, scenario, programs, stop, *rig, memory, watcher, record);
    if (record.state != TrialState::ok) record.target_log = rig->log_tail();
  }
  record.finished_at_us = wall_clock_us();
}

}  // namespace hotlap::harness
