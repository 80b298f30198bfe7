// What the store keeps: plain values, units in the names. Raw is the truth (histograms, every trial); percentiles are
// derived. Source of the layout: docs/method.md, "What is stored".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loadgen/contract/measurement.h"
#include "results/claim.h"
#include "results/comparison.h"
#include "results/parameters.h"

namespace hotlap::results {

struct PublishedFigure {  // context only: another machine's absolute number
  std::string label;
  double value = 0;
  std::string unit;
  std::string source;
};

struct ScenarioRecord {
  std::string name;
  std::string file;  // as given, from the session's folder; empty in sessions of before schema 4
  std::string title;
  std::string question;
  std::string article;
  std::string resolved_yaml;         // what ran: defaults, profile and filter in it; of a check without its targets
  std::string estimator = "median";  // or "median_grouped": how a case's throughput is summed up
  std::vector<Claim> claims;
  std::vector<PublishedFigure> published_figures;
};

struct CaseRecord {
  std::int64_t id = 0;
  std::string scenario;
  std::string label;  // "engine=epoll page=/good"
  Parameters parameters;
};

enum class TrialState { planned, running, ok, invalid, failed, skipped };
[[nodiscard]] std::string_view to_text(TrialState state) noexcept;
[[nodiscard]] std::optional<TrialState> parse_trial_state(std::string_view text) noexcept;

struct TrialError {
  std::string kind;
  std::uint64_t count = 0;
  std::string first;
};

// What one side, or the machine, used in one stretch of the window, of about a second.
struct ResourceSample {
  std::string side;  // target, load, machine, or the name of a service
  Nanos at{};        // its end, from the start of the window
  Nanos span{};
  Nanos cpu{};  // of the machine: of all its processors, whoever ran
  std::optional<std::int64_t> resident_bytes;
  std::optional<std::int64_t> proportional_bytes;  // the last sample only: shared pages shared out
  std::optional<std::uint64_t> voluntary_switches, involuntary_switches;
  std::optional<std::uint64_t> syscalls;  // of programs that publish them: base/system_calls.h
  std::optional<Nanos> steal, throttled;  // of the machine
  bool operator==(const ResourceSample&) const = default;
};

// What hotlap-target says of its whole life when it ends, warm-up and verification included.
struct TargetCounts {
  std::uint64_t requests = 0;
  std::optional<std::uint64_t> store_calls;  // operations sent to the database
  std::optional<std::uint64_t> syscalls;     // of the engine
  [[nodiscard]] std::optional<double> store_calls_per_request() const noexcept { return per_request(store_calls); }
  [[nodiscard]] std::optional<double> syscalls_per_request() const noexcept { return per_request(syscalls); }
  bool operator==(const TargetCounts&) const = default;

 private:
  [[nodiscard]] std::optional<double> per_request(const std::optional<std::uint64_t>& count) const noexcept {
    if (!count || requests == 0) return std::nullopt;
    return static_cast<double>(*count) / static_cast<double>(requests);
  }
};

// A service of a trial, or its front, as it ran. What differs from trial to trial stands as {work_dir}, {port} and
// {upstream}, so that like trials have like texts.
struct ServiceRun {
  std::string name;
  bool front = false;
  std::string command;
  std::string configuration_sha256;  // empty: it has none that it told of
  bool operator==(const ServiceRun&) const = default;
};

struct TrialRecord {
  std::int64_t id = 0;
  std::int64_t case_id = 0;
  int position = 0;            // in the session's seeded order, from 0
  int repetition = 0;          // of its case, from 0
  std::string arm = "single";  // or "base", "new" in a check
  int pair = -1;               // of a check, counted through the session; -1 for none
  TrialState state = TrialState::planned;
  std::string reason;              // why not ok, one sentence
  int attempt = 1;                 // one more each time that it was begun and the harness died before it ended
  bool crash_is_result = false;    // the target crashed where the scenario asks at which value it does
  bool excluded = false;           // taken out of every summary by hand; stays stored and shown
  std::int64_t started_at_us = 0;  // wall clock, label only
  std::int64_t finished_at_us = 0;
  std::int64_t time_to_ready_ns = 0;
  std::int64_t time_to_first_response_ns = 0;  // from the target's start to its first answer of the measured page
  std::string target_command;
  std::string load_command;
  std::vector<ServiceRun> services;  // in the order of their start; a front is the last
  std::string target_log;            // tail, when it did not end well
  double target_cpu_ns = 0;          // of the target's process group inside the window
  std::optional<TargetCounts> target_counts;
  std::optional<std::uint64_t> database_calls;  // operations that the database itself counted under the load
  double harness_cpu_ns = 0;                    // of hotlap itself inside the window
  std::int64_t quiet_wait_ns = 0;
  double busy_before = 0;  // processors that others kept busy when it began
  std::vector<ResourceSample> resources;
  std::optional<load::Measurement> measurement;
  // Over the answers of the whole load, which is what the database counted under.
  [[nodiscard]] std::optional<double> database_calls_per_request() const noexcept;
};

struct SessionNote {
  std::int64_t at_us = 0;
  std::string text;  // what happened to the session beside its plan, one sentence
};

// Does the trial count in figures? It ended well, was not taken out by hand, and its headline figure means something.
[[nodiscard]] bool in_summary(const TrialRecord& trial) noexcept;

struct SessionRecord {
  std::int64_t id = 0;
  std::string uuid;
  std::string kind = "explore";  // or "check"
  std::uint64_t seed = 0;
  std::int64_t started_at_us = 0;
  std::int64_t finished_at_us = 0;  // 0: still running or killed
  std::string status = "running";   // done, failed, interrupted
  std::string command_line;
  std::string folder;  // where it was started: relative paths in it begin here
  std::string runner;  // the process that carries it out, so that another knows whether that one lives
  ClaimPolicy claim_policy = ClaimPolicy::report;  // what its claims must come to
  bool keep_going = false;                         // go on with other cases when the target of one never gets ready
  std::string tool_version;
  std::string verdict;                 // of a check: REGRESSED, SAME …; empty otherwise
  ComparisonPolicy comparison_policy;  // what a check is judged by, whenever its comparison is computed
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<SessionNote> notes;
  std::vector<ScenarioRecord> scenarios;
  std::vector<CaseRecord> cases;
  std::vector<TrialRecord> trials;
};

}  // namespace hotlap::results
