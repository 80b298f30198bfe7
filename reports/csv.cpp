#include "reports/csv.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <string_view>
#include <vector>

namespace hotlap::reports {
namespace {

bool is_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
}

class Line {
 public:
  Line& add(std::string_view text) {
    const bool formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front()) && !is_number(text);
    std::string cell = formula ? "'" : "";
    cell += text;
    if (cell.find_first_of("\",\r\n") == std::string::npos) return raw(cell);
    std::string quoted = "\"";
    for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return raw(quoted + '"');
  }
  Line& add(const std::string& text) { return add(std::string_view(text)); }
  Line& add(const char* text) { return add(std::string_view(text)); }
  template <std::integral Number>
  Line& add(Number number) {
    return raw(fmt::format("{}", number));
  }
  Line& add(double number) { return raw(fmt::format("{}", number)); }
  template <class Value>
  Line& add(const std::optional<Value>& value) {
    return value ? add(*value) : raw({});
  }
  Line& add(const Percentiles& percentiles, load::Percentile::Kind kind = load::Percentile::Kind::known) {
    for (const auto& one : {percentiles.p50, percentiles.p90, percentiles.p99, percentiles.p99_9, percentiles.max})
      add(one.kind == kind ? std::optional(one.value.count()) : std::nullopt);
    return *this;
  }
  Line& skip(int cells) {
    for (int i = 0; i < cells; ++i) raw({});
    return *this;
  }
  [[nodiscard]] std::string end() const { return text_ + "\r\n"; }

 private:
  Line& raw(std::string_view cell) {
    if (!first_) text_ += ',';
    first_ = false;
    text_ += cell;
    return *this;
  }
  std::string text_;
  bool first_ = true;
};

std::vector<std::string> axes_of(const View& view) {
  std::vector<std::string> axes;
  for (const auto& row : view.cases)
    for (const auto& [axis, value] : row.parameters)
      if (std::ranges::find(axes, axis) == axes.end()) axes.push_back(axis);
  return axes;
}

Line begin_header(const std::vector<std::string>& axes) {
  Line line;
  line.add("session_id").add("session_uuid").add("scenario").add("case_id").add("case");
  for (const auto& axis : axes) line.add("parameter_" + axis);
  return line;
}

Line begin_row(const View& view, const CaseRow& row, const std::vector<std::string>& axes) {
  Line line;
  line.add(view.id).add(view.uuid).add(row.scenario).add(row.id).add(row.label);
  for (const auto& axis : axes) {
    const auto found = std::ranges::find_if(row.parameters, [&](const auto& p) { return p.first == axis; });
    line.add(found == row.parameters.end() ? std::string_view() : std::string_view(found->second));
  }
  return line;
}

void add_percentile_names(Line& line, std::string_view what, std::string_view ending = "_ns") {
  for (const char* which : {"p50", "p90", "p99", "p99_9", "max"}) line.add(fmt::format("{}_{}{}", what, which, ending));
}

constexpr std::string_view kAtLeast = "_at_least_ns";

}  // namespace

std::string trials_csv(const View& view) {
  const auto axes = axes_of(view);
  Line header = begin_header(axes);
  for (const char* name : {"trial_id",
                           "position",
                           "repetition",
                           "arm",
                           "pair",
                           "state",
                           "reason",
                           "excluded_from_summary",
                           "started_at",
                           "time_to_ready_ns",
                           "verdict",
                           "verdict_reasons",
                           "target_cpu_ns",
                           "window_ns",
                           "sent",
                           "answered",
                           "good",
                           "failed",
                           "timed_out",
                           "in_flight_at_end",
                           "errors",
                           "good_in_window",
                           "throughput_per_s",
                           "bytes_received",
                           "connections_requested",
                           "connections_established",
                           "connections_served",
                           "connections_reconnects",
                           "load_cpu_user_ns",
                           "load_cpu_system_ns"})
    header.add(name);
  for (const char* what : {"response_time", "service_time", "send_lag"}) add_percentile_names(header, what);
  for (const char* what : {"response_time", "service_time"}) add_percentile_names(header, what, kAtLeast);
  for (const char* name : {"warm_up_ns", "target_resident_max_bytes", "target_voluntary_switches",
                           "target_involuntary_switches", "load_resident_max_bytes", "load_voluntary_switches",
                           "load_involuntary_switches", "machine_cpu_ns", "steal_ns", "throttled_ns", "harness_cpu_ns",
                           "database_calls", "database_calls_per_request", "target_syscalls", "load_syscalls"})
    header.add(name);
  constexpr int kMeasuredCells = 17 + 5 * 5;

  std::string text = header.end();
  for (const auto& row : view.cases)
    for (const auto& trial : row.trials) {
      Line line = begin_row(view, row, axes);
      std::string reasons;
      for (const auto& reason : trial.verdict_reasons) reasons += (reasons.empty() ? "" : "; ") + reason;
      line.add(trial.id).add(trial.position).add(trial.repetition).add(trial.arm);
      line.add(trial.pair < 0 ? std::optional<int>() : trial.pair).add(trial.state).add(trial.reason);
      line.add(trial.excluded_from_summary ? 1 : 0).add(trial.started_at).add(trial.time_to_ready_ns);
      line.add(trial.verdict).add(reasons).add(trial.target_cpu_ns);
      if (trial.measured) {
        line.add(trial.window_ns).add(trial.requests.sent).add(trial.requests.answered).add(trial.requests.good);
        line.add(trial.requests.failed).add(trial.requests.timed_out).add(trial.requests.in_flight_at_end);
        line.add(trial.errors).add(trial.good_in_window).add(trial.throughput_per_s).add(trial.bytes_received);
        line.add(trial.connections.requested).add(trial.connections.established).add(trial.connections.served);
        line.add(trial.connections.reconnects).add(trial.load_cpu_user_ns).add(trial.load_cpu_system_ns);
        line.add(trial.response_time).add(trial.service_time).add(trial.send_lag);
        line.add(trial.response_time, load::Percentile::Kind::at_least);
        line.add(trial.service_time, load::Percentile::Kind::at_least);
      } else {
        line.skip(kMeasuredCells);
      }
      line.add(trial.measured ? std::optional(trial.warm_up_ns) : std::nullopt);
      for (const auto* side : {&trial.target, &trial.load})
        line.add(side->resident_max_bytes).add(side->voluntary_switches).add(side->involuntary_switches);
      line.add(trial.machine_cpu_ns).add(trial.steal_ns).add(trial.throttled_ns).add(trial.harness_cpu_ns);
      line.add(trial.database_calls).add(trial.database_calls_per_request);
      line.add(trial.target.syscalls).add(trial.load.syscalls);
      text += line.end();
    }
  return text;
}

std::string claims_csv(const View& view) {
  Line header;
  for (const char* name : {"session_id", "session_uuid", "scenario", "claim", "statement", "computation", "expected",
                           "unit", "published", "measured", "low", "high", "verdict", "reason", "caveat"})
    header.add(name);
  std::string text = header.end();
  for (const auto& row : view.claims) {
    Line line;
    line.add(view.id).add(view.uuid).add(row.scenario).add(row.id).add(row.statement).add(row.computation);
    line.add(row.expected).add(row.unit).add(row.published).add(row.measured).add(row.low).add(row.high);
    line.add(results::to_text(row.verdict)).add(row.reason).add(row.caveat);
    text += line.end();
  }
  return text;
}

std::string cases_csv(const View& view) {
  const auto axes = axes_of(view);
  Line header = begin_header(axes);
  for (const char* name : {"trials_ok", "trials_bad", "trials_planned", "throughput_per_s", "throughput_low_per_s",
                           "throughput_high_per_s"})
    header.add(name);
  add_percentile_names(header, "response_time");
  for (const char* name : {"errors", "target_cpu_us_per_request", "load_cpu_us_per_request", "verdict"})
    header.add(name);
  add_percentile_names(header, "response_time", kAtLeast);
  header.add("trials_skipped").add("skipped_because");

  std::string text = header.end();
  for (const auto& row : view.cases) {
    Line line = begin_row(view, row, axes);
    const auto& summary = row.summary;
    line.add(summary.trials_ok).add(summary.trials_bad).add(summary.trials_planned);
    line.add(summary.throughput_per_s).add(summary.throughput_low_per_s).add(summary.throughput_high_per_s);
    line.add(summary.response_time).add(summary.has_run() ? std::optional(summary.errors) : std::nullopt);
    line.add(summary.target_cpu_us_per_request).add(summary.load_cpu_us_per_request).add(summary.verdict);
    line.add(summary.response_time, load::Percentile::Kind::at_least);
    line.add(summary.trials_skipped).add(summary.skipped_because);
    text += line.end();
  }
  return text;
}

}  // namespace hotlap::reports
