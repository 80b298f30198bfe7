#include <fmt/core.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "results/claim_json.h"
#include "results/digest.h"
#include "results/rows.h"

namespace hotlap::results {
namespace {

using Json = nlohmann::ordered_json;

std::string to_json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parameters_to_json(const Parameters& parameters) {
  Json json = Json::object();
  for (const auto& [axis, value] : parameters) json[axis] = value;
  return json;
}

Parameters parameters_from_json(const Json& json) {
  Parameters parameters;
  for (const auto& [axis, value] : json.items())
    if (value.is_string()) parameters.emplace_back(axis, value.get<std::string>());
  return parameters;
}

std::string figures_to_json(const std::vector<PublishedFigure>& figures) {
  Json json = Json::array();
  for (const auto& figure : figures)
    json.push_back(
        {{"label", figure.label}, {"value", figure.value}, {"unit", figure.unit}, {"source", figure.source}});
  return to_json_text(json);
}

// Our own columns; whoever edited them by hand into something else gets an empty field, not a crash.
std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::vector<PublishedFigure> figures_from_json(const std::string& text) {
  std::vector<PublishedFigure> figures;
  for (const auto& json : Json::parse(text, nullptr, false))
    if (json.is_object())
      figures.push_back(
          {text_of(json, "label"), number_of(json, "value"), text_of(json, "unit"), text_of(json, "source")});
  return figures;
}

Parameters parameters_from_text(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? parameters_from_json(json) : Parameters();
}

Result<std::int64_t> intern_environment(Database& database,
                                        const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string whole;
  for (const auto& [name, value] : facts) whole += fmt::format("{}={}\n", name, value);
  const std::string hash = sha256_hex(whole);
  std::int64_t id = 0;
  const auto find = [&] {
    return database.query(
        "SELECT id FROM environment WHERE sha256 = ?",
        [&](const Statement& row) {
          id = row.integer(0);
          return Result<void>{};
        },
        hash);
  };
  if (auto found = find(); !found) return std::unexpected(found.error());
  if (id != 0) return id;
  Steps steps(database);
  steps.run("INSERT INTO environment(sha256) VALUES(?)", hash);
  id = database.last_insert_id();
  int position = 0;
  for (const auto& [name, value] : facts)
    steps.run("INSERT INTO environment_fact(environment_id, position, name, value) VALUES(?, ?, ?, ?)", id, position++,
              name, value);
  if (!steps.ok()) return std::unexpected(steps.result().error());
  return id;
}

Result<void> write_scenarios_and_cases(Database& database, SessionRecord& session) {
  Steps steps(database);
  std::map<std::string, std::int64_t> scenario_ids;
  int position = 0;
  for (const auto& scenario : session.scenarios) {
    steps.run(
        "INSERT INTO scenario(session_id, position, name, sha256, title, question, article, resolved_yaml, estimator, "
        "claims_json, published_figures_json, file) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        session.id, position++, scenario.name, sha256_hex(scenario.resolved_yaml), scenario.title, scenario.question,
        scenario.article, scenario.resolved_yaml, scenario.estimator, claims_to_json(scenario.claims),
        figures_to_json(scenario.published_figures), scenario.file);
    scenario_ids[scenario.name] = database.last_insert_id();
  }
  position = 0;
  for (auto& one : session.cases) {
    const auto scenario = scenario_ids.find(one.scenario);
    if (scenario == scenario_ids.end())
      return fail(fmt::format("case '{}' names scenario '{}', which is not in the session", one.label, one.scenario));
    steps.run("INSERT INTO scenario_case(scenario_id, position, label, parameters_json) VALUES(?, ?, ?, ?)",
              scenario->second, position++, one.label, to_json_text(parameters_to_json(one.parameters)));
    one.id = database.last_insert_id();
  }
  return steps.result();
}

}  // namespace

Result<void> write_session_rows(Database& database, SessionRecord& session) {
  const auto environment = intern_environment(database, session.environment);
  if (!environment) return std::unexpected(environment.error());
  if (auto inserted = database.run(
          "INSERT INTO session(uuid, environment_id, kind, status, seed, started_at_us, finished_at_us, command_line, "
          "tool_version, verdict, check_alpha, check_min_effect, check_fail_effect, folder, runner, keep_going, "
          "claim_policy) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          session.uuid, *environment, session.kind, session.status, fmt::format("{}", session.seed),
          session.started_at_us, session.finished_at_us, session.command_line, session.tool_version, session.verdict,
          session.comparison_policy.alpha, session.comparison_policy.min_effect, session.comparison_policy.fail_effect,
          session.folder, session.runner, session.keep_going ? 1 : 0, to_text(session.claim_policy));
      !inserted)
    return inserted;
  session.id = database.last_insert_id();
  return write_scenarios_and_cases(database, session);
}

Result<void> read_session_rows(Database& database, std::int64_t id, SessionRecord& session) {
  std::int64_t environment = 0;
  auto read = database.query(
      "SELECT id, uuid, environment_id, kind, status, seed, started_at_us, finished_at_us, command_line, tool_version, "
      "verdict, check_alpha, check_min_effect, check_fail_effect, folder, runner, keep_going, claim_policy "
      "FROM session WHERE id = ?",
      [&](const Statement& row) {
        session.id = row.integer(0);
        session.uuid = row.text(1);
        environment = row.integer(2);
        session.kind = row.text(3);
        session.status = row.text(4);
        const std::string seed = row.text(5);
        std::from_chars(seed.data(), seed.data() + seed.size(), session.seed);
        session.started_at_us = row.integer(6);
        session.finished_at_us = row.integer(7);
        session.command_line = row.text(8);
        session.tool_version = row.text(9);
        session.verdict = row.text(10);
        session.comparison_policy.alpha = row.real(11);
        session.comparison_policy.min_effect = row.real(12);
        session.comparison_policy.fail_effect = row.real(13);
        session.folder = row.text(14);
        session.runner = row.text(15);
        session.keep_going = row.integer(16) != 0;
        session.claim_policy = parse_claim_policy(row.text(17)).value_or(ClaimPolicy::report);
        return Result<void>{};
      },
      id);
  if (!read) return read;
  read = database.query(
      "SELECT name, value FROM environment_fact WHERE environment_id = ? ORDER BY position",
      [&](const Statement& row) {
        session.environment.emplace_back(row.text(0), row.text(1));
        return Result<void>{};
      },
      environment);
  if (!read) return read;
  read = database.query(
      "SELECT at_us, text FROM session_note WHERE session_id = ? ORDER BY position",
      [&](const Statement& row) {
        session.notes.push_back({row.integer(0), row.text(1)});
        return Result<void>{};
      },
      id);
  if (!read) return read;
  read = database.query(
      "SELECT name, file, title, question, article, resolved_yaml, estimator, claims_json, "
      "published_figures_json FROM scenario WHERE session_id = ? ORDER BY position",
      [&](const Statement& row) {
        session.scenarios.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5),
                                     row.text(6), claims_from_json(row.text(7)), figures_from_json(row.text(8))});
        return Result<void>{};
      },
      id);
  if (!read) return read;
  return database.query(
      "SELECT c.id, n.name, c.label, c.parameters_json FROM scenario_case c JOIN scenario n ON n.id = c.scenario_id "
      "WHERE n.session_id = ? ORDER BY c.position",
      [&](const Statement& row) {
        session.cases.push_back({row.integer(0), row.text(1), row.text(2), parameters_from_text(row.text(3))});
        return Result<void>{};
      },
      id);
}

}  // namespace hotlap::results
