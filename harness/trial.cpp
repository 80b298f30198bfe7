#include "harness/trial.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "harness/command_text.h"
#include "harness/load_process.h"
#include "harness/monitor.h"
#include "harness/quiet.h"
#include "harness/store_calls.h"
#include "harness/verify.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kLongestWait = std::chrono::milliseconds(250);
constexpr Nanos kGraceForLoad = std::chrono::seconds(10);  // connects, drain and the document, beyond the window

using results::TrialState;

void refuse(results::TrialRecord& record, const Error& error) {
  record.state = error.code == ExitCode::interrupted ? TrialState::skipped : TrialState::failed;
  record.reason = error.message;
}

// Wakes when one of these descriptors has something, at `until`, or on a signal.
class Doorbell {
 public:
  void listen(int descriptor) {
    if (descriptor >= 0) waiting_.push_back({descriptor, POLLIN, 0});
  }
  void mute(int descriptor) {
    std::erase_if(waiting_, [&](const pollfd& one) { return one.fd == descriptor; });
  }
  // Nobody writes to it any more.
  [[nodiscard]] bool hung_up(int descriptor) const {
    return std::ranges::any_of(waiting_,
                               [&](const pollfd& one) { return one.fd == descriptor && (one.revents & POLLHUP) != 0; });
  }
  void wait(Instant until) {
    for (auto& one : waiting_) one.revents = 0;
    const Nanos left = std::max(until - monotonic_now(), Nanos{0});
    const timespec time{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    (void)::ppoll(waiting_.data(), waiting_.size(), &time, nullptr);
  }

 private:
  std::vector<pollfd> waiting_;
};

// Readable once the process has ended; invalid where the kernel cannot (before Linux 5.3).
Fd exit_bell(pid_t pid) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::vector<MonitoredSide> with_load(std::vector<MonitoredSide> sides, const LoadProcess& load) {
  sides.push_back({.name = "load", .members = {load.pid()}});
  return sides;
}

// Follows the load to its end, watching both sides in the window.
class LoadWatch {
 public:
  LoadWatch(LoadProcess& load, Rig& rig, std::vector<MonitoredSide> sides, SessionWatcher& watcher)
      : load_(load), rig_(rig), watcher_(watcher), monitor_(with_load(std::move(sides), load)) {}

  void follow(Nanos longest, const StopFlag& stop) {
    const Instant deadline = monotonic_now() + longest;
    Doorbell bell;
    bell.listen(load_.output_fd());
    std::vector<Fd> ends;
    for (const auto pid : rig_.leaders()) ends.push_back(exit_bell(pid));
    for (const auto& end : ends) bell.listen(end.get());
    // What they print is read at once, or they would wait for us; a pipe that has ended would ring for ever.
    const auto chatter = rig_.outputs();
    for (const int output : chatter) bell.listen(output);
    while (true) {
      // The flag may rise between the last look at it and the wait, so no wait is long.
      Instant until = std::min(monotonic_now() + kLongestWait, deadline);
      if (const auto due = monitor_.next_due()) until = std::min(until, *due);
      bell.wait(until);
      while (const auto line = load_.read_line(Nanos{0})) take(*line);
      monitor_.look();
      facts.interrupted = stop;
      facts.overdue = monotonic_now() > deadline;
      notice_early_ends();
      for (const int output : chatter)
        if (bell.hung_up(output)) bell.mute(output);
      if (load_.output_ended()) break;
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
  ResourceMonitor& monitor() noexcept { return monitor_; }

 private:
  void take(const std::string& line) {
    auto parsed = parse_load_line(line);
    if (!parsed) {
      if (facts.unreadable.empty()) facts.unreadable = parsed.error().message;
      return;
    }
    if (parsed->event == LoadEvent::window_start) {
      monitor_.window_start();
      watcher_.phase_begins(TrialPhase::measuring);
    }
    if (parsed->event == LoadEvent::progress) tell(parsed->progress);
    if (parsed->event == LoadEvent::window_end) {
      monitor_.window_end();
      watcher_.phase_begins(TrialPhase::ending);
    }
    if (parsed->measurement) measurement = std::move(parsed->measurement);
  }

  void tell(const LoadProgress& now) {
    const double seconds = std::chrono::duration<double>(now.elapsed - last_.elapsed).count();
    LiveLook look{.elapsed = now.elapsed};
    if (looked_ && seconds > 0) {
      look.good_per_s = static_cast<double>(now.good - last_.good) / seconds;
      look.bad_per_s = static_cast<double>(now.bad - last_.bad) / seconds;
    }
    if (now.service_time_p99 > Nanos::zero()) look.service_time_p99 = now.service_time_p99;
    if (looked_) watcher_.looked(look);
    last_ = now;
    looked_ = true;
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
  ResourceMonitor monitor_;
  LoadProgress last_;
  bool looked_ = false;
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
  const StoreCallMeter meter(rig, planned.target.is_ours());
  auto sides = rig.sides();  // takes longer than a short warm-up, if the target's processes are found by its port
  auto load = LoadProcess::start(spec, programs.load());
  if (!load) return refuse(record, load.error());
  watcher.phase_begins(TrialPhase::loading);
  LoadWatch watch(*load, rig, std::move(sides), watcher);
  watch.follow(spec.warm_up + spec.duration + 2 * spec.timeout + kGraceForLoad, stop);
  if (watch.measurement) {
    // Of one that ran already only the kernel knows where it runs.
    const bool shares_cpus =
        planned.target.runs_already() ? target.cpus().overlaps(planned.load.cpus) : planned.shares_cpus();
    const bool all_seen = watch.facts.ended_early.empty() && planned.target.is_ours() && !planned.target.has_front();
    const auto calls = watch.facts.ended_early.empty() ? meter.read() : StoreCalls{};
    record.database_calls = calls.by_database;
    const auto counted = target.stop().counts;
    if (all_seen) record.target_counts = counted;
    cross_check(*watch.measurement, shares_cpus, record.target_counts, verified);
    check_store_calls(*watch.measurement, calls, record.target_counts, planned.expected_store_calls);
    if (!exposure.empty()) watch.measurement->verdict.raise(load::VerdictLevel::suspect, exposure);
    watch.facts.measurement = &*watch.measurement;
  }
  if (watch.measurement && record.busy_before > kLoudShare)
    watch.measurement->verdict.raise(
        load::VerdictLevel::suspect,
        fmt::format("others kept {:.1f} processors busy before the trial, although it waited {}; stop them, or let "
                    "idle_wait be longer",
                    record.busy_before, format_duration(Nanos(record.quiet_wait_ns))));
  const auto judgement = judge_trial(watch.facts);
  record.state = judgement.state;
  record.reason = judgement.reason;
  record.crash_is_result =
      judgement.state == TrialState::failed && watch.facts.target_ended && scenario.stop_series_at == "crash";
  record.measurement = std::move(watch.measurement);
  auto& monitor = watch.monitor();
  const Nanos window = record.measurement ? record.measurement->window : spec.duration;
  if (const auto cpu = monitor.target_cpu(window)) record.target_cpu_ns = static_cast<double>(cpu->count());
  if (const auto cpu = monitor.own_cpu()) record.harness_cpu_ns = static_cast<double>(cpu->count());
  record.resources = monitor.take_samples();
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

void cross_check(load::Measurement& measurement, bool shares_cpus,
                 const std::optional<results::TargetCounts>& counted_by_target, std::uint64_t verified) {
  if (shares_cpus)
    measurement.verdict.raise(load::VerdictLevel::suspect,
                              "target and load share processors, so each slows the other down; give target.cpus and "
                              "load.cpus that do not meet, or use a machine with more processors");
  const auto& total = measurement.total;
  const bool all_answered = total.sent == total.answered;  // else how far the rest came is not ours to know
  if (counted_by_target && all_answered && counted_by_target->requests != total.answered + verified)
    measurement.verdict.raise(load::VerdictLevel::suspect,
                              fmt::format("the target counted {} requests, but load and verification had {} answers",
                                          counted_by_target->requests, total.answered + verified));
}

void run_trial(const PlannedCase& planned, const Scenario& scenario, const CaseGround& ground, const Programs& programs,
               const StopFlag& stop, CaseMemory& memory, SessionWatcher& watcher, results::TrialRecord& record) {
  if (!memory.unfit.empty()) {
    refuse(record, {memory.unfit, ExitCode::invalid_run});
    record.finished_at_us = wall_clock_us();
    return;
  }
  const auto quiet = wait_until_quiet(scenario.idle_wait, stop);
  record.quiet_wait_ns = quiet.waited.count();
  record.busy_before = quiet.busy;
  watcher.phase_begins(TrialPhase::starting);
  TargetProcess::Start start;
  auto rig = Rig::start({.planned = planned, .scenario_file = scenario.file, .ground = ground, .programs = programs},
                        stop, start);
  record.target_command = start.command;
  if (!rig) {
    refuse(record, rig.error());
    record.target_log = start.log_tail;
  } else {
    record.services = rig->service_runs();
    record.time_to_ready_ns = rig->target().time_to_ready().count();
    load_and_measure(planned, scenario, programs, stop, *rig, memory, watcher, record);
    if (record.state != TrialState::ok) record.target_log = rig->log_tail();
  }
  record.finished_at_us = wall_clock_us();
}

}  // namespace hotlap::harness
