#include "reports/report_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/csv.h"

namespace hotlap::reports {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Known, or what it is at least; the key of the latter is there only then, for it is rare.
void add_percentile(Json& json, const std::string& name, const load::Percentile& percentile) {
  using Kind = load::Percentile::Kind;
  json[name + "_ns"] = percentile.kind == Kind::known ? Json(percentile.value.count()) : Json(nullptr);
  if (percentile.kind == Kind::at_least) json[name + "_at_least_ns"] = percentile.value.count();
}

// A list of values for each key takes a third of the room of a list of objects.
template <class Rows, class Value>
Json column(const Rows& rows, Value value) {
  Json list = Json::array();
  for (const auto& row : rows) list.push_back(value(row));
  return list;
}

// So many digits as there are figures in what was sampled; the raw values are in the database.
double rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

Json rounded_or_null(const std::optional<double>& value, double steps) {
  return value ? Json(rounded(*value, steps)) : Json(nullptr);
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& list) {
  Json json = Json::array();
  for (const auto& [name, value] : list) json.push_back(Json::array({name, value}));
  return json;
}

Json trial_json(const TrialRow& trial) {
  const auto measured = [&](auto value) { return trial.measured ? Json(value) : Json(nullptr); };
  Json json = {{"id", trial.id},
               {"position", trial.position},
               {"state", trial.state},
               {"reason", trial.reason},
               {"arm", trial.arm},
               {"pair", trial.pair < 0 ? Json(nullptr) : Json(trial.pair)},
               {"throughput_per_s", measured(trial.throughput_per_s)},
               {"errors", measured(trial.errors)},
               {"verdict", trial.verdict},
               {"verdict_reasons", trial.verdict_reasons},
               {"expected", trial.expected},
               {"excluded_from_summary", trial.excluded_from_summary}};
  add_percentile(json, "p50", trial.response_time.p50);
  add_percentile(json, "p99", trial.response_time.p99);
  return json;
}

Json summary_json(const Summary& summary) {
  Json json = {{"trials_ok", summary.trials_ok},
               {"trials_bad", summary.trials_bad},
               {"trials_planned", summary.trials_planned},
               {"trials_skipped", summary.trials_skipped},
               {"skipped_because", summary.skipped_because},
               {"throughput_per_s", or_null(summary.throughput_per_s)},
               {"throughput_low_per_s", or_null(summary.throughput_low_per_s)},
               {"throughput_high_per_s", or_null(summary.throughput_high_per_s)},
               {"errors", summary.has_run() ? Json(summary.errors) : Json(nullptr)},
               {"target_cpu_us_per_request", or_null(summary.target_cpu_us_per_request)},
               {"load_cpu_us_per_request", or_null(summary.load_cpu_us_per_request)},
               {"verdict", summary.verdict}};
  const auto& times = summary.response_time;
  add_percentile(json, "p50", times.p50);
  add_percentile(json, "p90", times.p90);
  add_percentile(json, "p99", times.p99);
  add_percentile(json, "p99_9", times.p99_9);
  add_percentile(json, "max", times.max);
  return json;
}

Json seconds_json(const std::vector<SecondRow>& seconds) {
  const auto rate = [&](double SecondRow::* field) {
    return column(seconds, [field](const SecondRow& second) { return rounded(second.*field, 10); });
  };
  const auto time = [&](load::Percentile SecondRow::* field) {
    return column(seconds, [field](const SecondRow& second) {
      const auto& percentile = second.*field;
      return percentile.kind == load::Percentile::Kind::known ? Json(percentile.value.count()) : Json(nullptr);
    });
  };
  return {{"second", column(seconds, [](const SecondRow& second) { return second.second; })},
          {"throughput_per_s", rate(&SecondRow::throughput_per_s)},
          {"throughput_low_per_s", rate(&SecondRow::throughput_low_per_s)},
          {"throughput_high_per_s", rate(&SecondRow::throughput_high_per_s)},
          {"bad", column(seconds, [](const SecondRow& second) { return second.bad; })},
          {"lost", column(seconds, [](const SecondRow& second) { return second.lost; })},
          {"p50_ns", time(&SecondRow::p50)},
          {"p99_ns", time(&SecondRow::p99)}};
}

Json percentiles_json(const std::vector<PercentilePoint>& points) {
  Json json = {{"q", column(points, [](const auto& point) { return point.q; })},
               {"value_ns", column(points, [](const auto& point) { return point.value_ns; })},
               {"low_ns", column(points, [](const auto& point) { return or_null(point.low_ns); })},
               {"high_ns", column(points, [](const auto& point) { return or_null(point.high_ns); })}};
  if (std::ranges::any_of(points, &PercentilePoint::at_least))
    json["at_least"] = column(points, [](const auto& point) { return point.at_least; });
  return json;
}

// What nobody knows of a side (steal of a process, memory of the machine) has no key.
Json use_json(const UseRow& row) {
  Json json = {{"side", row.side}, {"trials", row.trials}, {"processors", rounded(row.whole.processors, 1e4)}};
  Json seconds = {
      {"second", column(row.seconds, [](const auto& one) { return one.first; })},
      {"processors", column(row.seconds, [](const auto& one) { return rounded(one.second.processors, 1e3); })}};
  const auto add = [&](const char* name, const auto& figure) {
    const Json whole = figure(row.whole);
    if (whole.is_null()) return;
    json[name] = whole;
    seconds[name] = column(row.seconds, [&](const auto& one) { return figure(one.second); });
  };
  add("resident_max_bytes", [](const Use& use) { return or_null(use.resident_max_bytes); });
  add("voluntary_switches_per_s", [](const Use& use) { return rounded_or_null(use.voluntary_switches_per_s, 10); });
  add("involuntary_switches_per_s", [](const Use& use) { return rounded_or_null(use.involuntary_switches_per_s, 10); });
  add("syscalls_per_s", [](const Use& use) { return rounded_or_null(use.syscalls_per_s, 10); });
  add("steal_processors", [](const Use& use) { return rounded_or_null(use.steal_processors, 1e4); });
  add("throttled_processors", [](const Use& use) { return rounded_or_null(use.throttled_processors, 1e4); });
  if (row.seconds.size() > 1) json["seconds"] = std::move(seconds);  // one second is the whole
  return json;
}

Json warning_json(const Warning& warning) {
  return {{"sentence", warning.sentence}, {"of_cases", warning.of_cases}};
}

Json statuses_json(const std::vector<StatusRow>& statuses) {
  Json list = Json::array();
  for (const auto& row : statuses) {
    Json codes = Json::array();
    for (const auto& [code, count] : row.codes) codes.push_back({{"code", code}, {"count", count}});
    Json json = {{"class", row.status_class}, {"answered", row.answered}, {"codes", std::move(codes)}};
    add_percentile(json, "p50", row.service_time.p50);
    add_percentile(json, "p99", row.service_time.p99);
    add_percentile(json, "max", row.service_time.max);
    list.push_back(std::move(json));
  }
  return list;
}

Json requests_json(const std::vector<RequestRow>& requests) {
  Json list = Json::array();
  for (const auto& row : requests) {
    const auto& counts = row.requests;
    Json json = {{"name", row.name},
                 {"sent", counts.sent},
                 {"good", counts.good},
                 {"bad", counts.answered - counts.good},
                 {"lost", counts.failed + counts.timed_out}};
    add_percentile(json, "p50", row.response_time.p50);
    add_percentile(json, "p99", row.response_time.p99);
    add_percentile(json, "max", row.response_time.max);
    list.push_back(std::move(json));
  }
  return list;
}

Json case_json(const CaseRow& row) {
  Json trials = Json::array();
  for (const auto& trial : row.trials) trials.push_back(trial_json(trial));
  return {{"id", row.id},
          {"scenario", row.scenario},
          {"label", row.label},
          {"parameters", pairs(row.parameters)},
          {"summary", summary_json(row.summary)},
          {"trials", std::move(trials)},
          {"percentiles", percentiles_json(row.percentiles)},
          {"seconds", seconds_json(row.seconds)},
          {"resources", column(row.resources, use_json)},
          {"statuses", statuses_json(row.statuses)},
          {"requests", requests_json(row.requests)}};
}

Json session_json(const View& view) {
  return {{"id", view.id},
          {"uuid", view.uuid},
          {"kind", view.kind},
          {"status", view.status},
          {"seed", fmt::format("{}", view.seed)},
          {"started_at", view.started_at},
          {"finished_at", view.finished_at},
          {"command_line", view.command_line},
          {"tool_version", view.tool_version},
          {"verdict", view.verdict}};
}

// Each figure as a number in the claim's unit, and as people read it.
Json claim_json(const results::ClaimFinding& row) {
  return {{"scenario", row.scenario},
          {"claim", row.id},
          {"statement", row.statement},
          {"computation", row.computation},
          {"expected", row.expected},
          {"unit", row.unit},
          {"published", or_null(row.published)},
          {"measured", or_null(row.measured)},
          {"low", or_null(row.low)},
          {"high", or_null(row.high)},
          {"measured_text", row.measured_text},
          {"low_text", row.low_text},
          {"high_text", row.high_text},
          {"verdict", results::to_text(row.verdict)},
          {"reason", row.reason},
          {"caveat", row.caveat}};
}

Json comparison_json(const std::optional<results::Comparison>& comparison) {
  if (!comparison) return nullptr;
  return {{"verdict", results::to_text(comparison->outcome)},
          {"sentence", comparison->sentence},
          {"ratio", comparison->ratio},
          {"low", comparison->ratio_low},
          {"high", comparison->ratio_high},
          {"pairs", comparison->pairs}};
}

}  // namespace

std::string report_json(const View& view) {
  Json scenarios = Json::array();
  Json figures = Json::array();
  for (const auto& scenario : view.scenarios) {
    scenarios.push_back({{"name", scenario.name},
                         {"title", scenario.title},
                         {"question", scenario.question},
                         {"article", scenario.article},
                         {"yaml", scenario.resolved_yaml}});
    for (const auto& figure : scenario.published_figures)
      figures.push_back(
          {{"label", figure.label}, {"value", figure.value}, {"unit", figure.unit}, {"source", figure.source}});
  }
  Json cases = Json::array();
  for (const auto& row : view.cases) cases.push_back(case_json(row));
  Json claims = Json::array();
  for (const auto& row : view.claims) claims.push_back(claim_json(row));
  Json errors = Json::array();
  for (const auto& error : view.errors)
    errors.push_back({{"scenario", error.scenario},
                      {"case", error.case_label},
                      {"kind", error.kind},
                      {"count", error.count},
                      {"first", error.first}});

  const Json document = {{"schema", kReportSchema},
                         {"title", view.title},
                         {"session", session_json(view)},
                         {"environment", pairs(view.environment)},
                         {"warnings", column(view.warnings, warning_json)},
                         {"scenarios", std::move(scenarios)},
                         {"cases", std::move(cases)},
                         {"claims", std::move(claims)},
                         {"figures", std::move(figures)},
                         {"comparison", comparison_json(view.comparison)},
                         {"errors", std::move(errors)},
                         {"trials_csv", trials_csv(view)},
                         {"cases_csv", cases_csv(view)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hotlap::reports
