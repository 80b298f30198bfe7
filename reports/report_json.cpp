#include "reports/report_json.h"

#include <fmt/core.h>

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

// Known, or what it is at least: of each pair of keys at most one is not null.
void add_percentile(Json& json, const std::string& name, const load::Percentile& percentile) {
  const auto when = [&](load::Percentile::Kind kind) {
    return percentile.kind == kind ? Json(percentile.value.count()) : Json(nullptr);
  };
  json[name + "_ns"] = when(load::Percentile::Kind::known);
  json[name + "_at_least_ns"] = when(load::Percentile::Kind::at_least);
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
               {"excluded_from_summary", trial.excluded_from_summary}};
  add_percentile(json, "p50", trial.response_time.p50);
  add_percentile(json, "p99", trial.response_time.p99);
  return json;
}

Json summary_json(const Summary& summary) {
  Json json = {{"trials_ok", summary.trials_ok},
               {"trials_bad", summary.trials_bad},
               {"throughput_per_s", or_null(summary.throughput_per_s)},
               {"throughput_low_per_s", or_null(summary.throughput_low_per_s)},
               {"throughput_high_per_s", or_null(summary.throughput_high_per_s)},
               {"errors", summary.errors},
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

// Column by column: a long run has many seconds.
Json seconds_json(const std::vector<SecondRow>& seconds) {
  const auto column = [&](auto value) {
    Json list = Json::array();
    for (const auto& second : seconds) list.push_back(value(second));
    return list;
  };
  const auto rate = [&](double SecondRow::* field) {
    return column([field](const SecondRow& second) { return std::round(second.*field * 10) / 10; });
  };
  const auto time = [&](load::Percentile SecondRow::* field) {
    return column([field](const SecondRow& second) {
      const auto& percentile = second.*field;
      return percentile.kind == load::Percentile::Kind::known ? Json(percentile.value.count()) : Json(nullptr);
    });
  };
  return {{"second", column([](const SecondRow& second) { return second.second; })},
          {"throughput_per_s", rate(&SecondRow::throughput_per_s)},
          {"throughput_low_per_s", rate(&SecondRow::throughput_low_per_s)},
          {"throughput_high_per_s", rate(&SecondRow::throughput_high_per_s)},
          {"bad", column([](const SecondRow& second) { return second.bad; })},
          {"lost", column([](const SecondRow& second) { return second.lost; })},
          {"p50_ns", time(&SecondRow::p50)},
          {"p99_ns", time(&SecondRow::p99)}};
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
  Json percentiles = Json::array();
  for (const auto& point : row.percentiles)
    percentiles.push_back({{"q", point.q},
                           {"value_ns", point.value_ns},
                           {"at_least", point.at_least},
                           {"low_ns", or_null(point.low_ns)},
                           {"high_ns", or_null(point.high_ns)}});
  return {{"id", row.id},
          {"scenario", row.scenario},
          {"label", row.label},
          {"parameters", pairs(row.parameters)},
          {"summary", summary_json(row.summary)},
          {"trials", std::move(trials)},
          {"percentiles", std::move(percentiles)},
          {"seconds", seconds_json(row.seconds)},
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
    errors.push_back(
        {{"case", error.case_label}, {"kind", error.kind}, {"count", error.count}, {"first", error.first}});

  const Json document = {{"schema", kReportSchema},       {"title", view.title},
                         {"session", session_json(view)}, {"environment", pairs(view.environment)},
                         {"warnings", view.warnings},     {"scenarios", std::move(scenarios)},
                         {"cases", std::move(cases)},     {"claims", std::move(claims)},
                         {"figures", std::move(figures)}, {"comparison", comparison_json(view.comparison)},
                         {"errors", std::move(errors)},   {"trials_csv", trials_csv(view)},
                         {"cases_csv", cases_csv(view)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hotlap::reports
