// A session as rows for reading: what every report shows, computed once. Pure: the same record gives the same view.
// Percentiles come from merged histograms, never from averaged percentiles, and know what they do not know
// (load::Percentile): fewer than ten values above, or only at least so long. Only trials that ended well, were not
// excluded and are not INVALID are summed up; the others stay visible as rows. Source: docs/method.md, "What the report
// shows".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/claim_verdict.h"
#include "results/comparison.h"
#include "results/record.h"

namespace hotlap::reports {

struct Percentiles {
  load::Percentile p50, p90, p99, p99_9, max;  // max is too_few when there is no value at all
};

// What one side used in a window.
struct SideUse {
  std::optional<std::int64_t> resident_max_bytes;
  std::optional<std::uint64_t> voluntary_switches, involuntary_switches;
  std::optional<std::uint64_t> syscalls;  // where the program publishes them
};

struct TrialRow {
  std::int64_t id = 0;
  int position = 0, repetition = 0;
  std::string arm;
  int pair = -1;
  std::string state, reason;
  bool excluded_from_summary = false;
  bool expected = false;   // went wrong just as a claim or the scenario's series says: a result, not an accident
  std::string started_at;  // ISO 8601, UTC
  std::int64_t time_to_ready_ns = 0;
  std::optional<std::uint64_t> database_calls;  // by the database's own count, of the whole load
  std::optional<double> database_calls_per_request;
  bool measured = false;  // what follows is 0 otherwise
  std::int64_t window_ns = 0;
  load::RequestCounts requests;
  std::uint64_t good_in_window = 0;
  double throughput_per_s = 0;
  std::uint64_t bytes_received = 0;
  load::ConnectionCounts connections;
  Percentiles response_time, service_time, send_lag;
  std::uint64_t errors = 0;  // bad answers, failed and timed out
  double target_cpu_ns = 0, load_cpu_user_ns = 0, load_cpu_system_ns = 0;
  std::int64_t warm_up_ns = 0;
  SideUse target, load;
  std::optional<std::int64_t> machine_cpu_ns, steal_ns, throttled_ns;  // sampled second by second
  double harness_cpu_ns = 0;
  std::string verdict;  // VALID, SUSPECT, INVALID; empty: did not run
  std::vector<std::string> verdict_reasons;
};

struct Summary {
  int trials_ok = 0, trials_bad = 0, trials_planned = 0;  // in the summary, not in it, not run yet
  int trials_skipped = 0;
  std::string skipped_because;  // of the first that was
  [[nodiscard]] bool has_run() const noexcept { return trials_ok + trials_bad > 0; }
  std::optional<double> throughput_per_s, throughput_low_per_s, throughput_high_per_s;
  Percentiles response_time;
  std::uint64_t errors = 0;  // of all trials, also those not in the summary
  std::optional<double> target_cpu_us_per_request, load_cpu_us_per_request;
  std::string verdict;  // the worst of the trials
};

struct PercentilePoint {
  double q = 0;
  std::int64_t value_ns = 0;                    // of all trials merged
  bool at_least = false;                        // requests without a whole response leave it open: it is this or more
  std::optional<std::int64_t> low_ns, high_ns;  // over the trials, where all of them know theirs
};

// One second of the windows of a case's trials.
struct SecondRow {
  std::int64_t second = 0;                                                           // from the start of the window
  double throughput_per_s = 0, throughput_low_per_s = 0, throughput_high_per_s = 0;  // mean, and over trials
  std::uint64_t bad = 0, lost = 0;
  load::Percentile p50, p99;  // of response times
};

// What one side, or the machine, kept busy or held: means over the trials that know it, by time.
struct Use {
  double processors = 0;                           // of the machine: whoever ran
  std::optional<std::int64_t> resident_max_bytes;  // the most of any trial
  std::optional<double> voluntary_switches_per_s, involuntary_switches_per_s, syscalls_per_s;
  std::optional<double> steal_processors, throttled_processors;  // of the machine
};

struct UseRow {
  std::string side;                                   // target, load, a service's name, or machine
  int trials = 0;                                     // that know it
  Use whole;                                          // of their windows
  std::vector<std::pair<std::int64_t, Use>> seconds;  // counted from the start of the window
};

struct StatusRow {
  std::string status_class;  // "2xx"
  std::uint64_t answered = 0;
  std::map<int, std::uint64_t> codes;
  Percentiles service_time;
};

struct RequestRow {
  std::string name;
  load::RequestCounts requests;
  Percentiles response_time;
};

struct CaseRow {
  std::int64_t id = 0;  // of the case; in a check both sides carry it
  std::string scenario, label;
  results::Parameters parameters;  // in a check with "side"
  Summary summary;
  std::vector<TrialRow> trials;
  std::vector<PercentilePoint> percentiles;
  std::vector<SecondRow> seconds;
  std::vector<UseRow> resources;  // target and load first, the machine last; empty: nothing was recorded
  std::vector<StatusRow> statuses;
  std::vector<RequestRow> requests;  // empty when there was one kind only
};

struct ErrorRow {
  std::string scenario, case_label, kind;
  std::uint64_t count = 0;
  std::string first;
};

// A kind of warning: one sentence for all the cases that it concerns, and each of them.
struct Warning {
  std::string sentence;               // names the worst case and ends in what to do
  std::vector<std::string> of_cases;  // the worst first, with its own figures; empty when the sentence says it all
};

struct View {
  std::string title;  // the scenarios' names; of many the first, and how many there are
  std::int64_t id = 0;
  std::string uuid, kind, status;
  std::uint64_t seed = 0;
  std::string started_at, finished_at;  // ISO 8601, UTC; empty when not yet
  std::string command_line, tool_version, verdict;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<results::ScenarioRecord> scenarios;
  std::vector<CaseRow> cases;
  std::vector<results::ClaimFinding> claims;
  std::optional<results::Comparison> comparison;  // of a check that has a verdict on it
  std::vector<ErrorRow> errors;
  std::vector<std::string> notes;  // what happened to the session beside its plan
  std::vector<Warning> warnings;   // what makes figures wrong first
  bool closed_loop = false;        // some trial was
};

[[nodiscard]] View build_view(const results::SessionRecord& session);

// "quick, depth"; "30 scenarios: agents, depth, links and 27 more".
[[nodiscard]] std::string title_of(const std::vector<results::ScenarioRecord>& scenarios);

// `at_least`: times of requests without a whole response.
[[nodiscard]] Percentiles percentiles_of(const Histogram& known, const Histogram& at_least = {});
// As text for people: "1.25 ms"; ">2.00 s" where it is at least that; "-" where too few values stand behind it.
[[nodiscard]] std::string percentile_text(const load::Percentile& percentile);

// "2026-11-20T10:36:00Z"; empty for 0.
[[nodiscard]] std::string iso_time(std::int64_t wall_clock_us);

}  // namespace hotlap::reports
