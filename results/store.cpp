#include "results/store.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/units.h"
#include "results/rows.h"
#include "results/schema.h"
#include "results/sqlite.h"

namespace hotlap::results {
namespace {

// RFC 9562, version 4.
Result<std::string> random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return fail_errno("getrandom", ExitCode::store_failed);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return text;
}

// The caller's number of each case → its place in the session.
std::map<std::int64_t, std::size_t> places_of_cases(const std::vector<CaseRecord>& cases) {
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < cases.size(); ++i) places.emplace(cases[i].id, i);
  if (places.size() == cases.size()) return places;
  places.clear();
  for (std::size_t i = 0; i < cases.size(); ++i) places.emplace(static_cast<std::int64_t>(i), i);
  return places;
}

std::optional<std::string> imbalance(const TrialRecord& trial) {
  if (!trial.measurement) return std::nullopt;
  for (const auto& [name, counts] :
       {std::pair("window", trial.measurement->requests), std::pair("whole run", trial.measurement->total)})
    if (!counts.balanced())
      return fmt::format(
          "trial {}: counters of the {} do not add up: {} sent is not {} answered ({} good) + {} failed + "
          "{} timed out + {} in flight; this is a bug of the load generator, the trial is not stored",
          trial.id, name, counts.sent, counts.answered, counts.good, counts.failed, counts.timed_out,
          counts.in_flight_at_end);
  return std::nullopt;
}

}  // namespace

struct Store::Connection {
  Database database;

  // `work` in one transaction: all of it or nothing.
  template <class Work>
  Result<void> whole(Work work) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    if (Result<void> done = work(); !done) return done;
    return transaction->commit();
  }

  // An UPDATE that has to meet a planned trial.
  Result<void> met(std::int64_t trial) {
    const auto changed = database.integer("SELECT changes()");
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 1) return {};
    return fail(
        fmt::format("database '{}' knows no trial {}; plan it with begin_session or add_trial", database.path(), trial),
        ExitCode::store_failed);
  }

  Result<std::int64_t> find_session(const std::string& which);
};

Store::Store(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& path, const StoreOptions& options) {
  auto database = Database::open(path, {.create = options.create, .busy_timeout = options.busy_timeout});
  if (!database) return std::unexpected(database.error());
  if (auto migrated = migrate(*database, schema_migrations()); !migrated) return std::unexpected(migrated.error());
  return Store(std::make_unique<Connection>(std::move(*database)));
}

Result<void> Store::begin_session(SessionRecord& session) {
  const auto places = places_of_cases(session.cases);
  SessionRecord written = session;  // ids reach the caller only when all is stored
  if (written.uuid.empty()) {
    auto uuid = random_uuid();
    if (!uuid) return std::unexpected(uuid.error());
    written.uuid = std::move(*uuid);
  }
  auto done = connection_->whole([&]() -> Result<void> {
    if (auto rows = write_session_rows(connection_->database, written); !rows) return rows;
    for (auto& trial : written.trials) {
      const auto place = places.find(trial.case_id);
      if (place == places.end())
        return fail(fmt::format("trial at position {} names case {}, which is not in the session", trial.position,
                                trial.case_id));
      trial.case_id = written.cases[place->second].id;
      if (auto row = insert_trial_row(connection_->database, written.id, trial); !row) return row;
    }
    return {};
  });
  if (done) session = std::move(written);
  return done;
}

Result<void> Store::start_trial(TrialRecord& trial) {
  auto done = connection_->database.run("UPDATE trial SET state = 'running', started_at_us = ? WHERE id = ?",
                                        trial.started_at_us, trial.id);
  if (done) done = connection_->met(trial.id);
  if (done) trial.state = TrialState::running;
  return done;
}

Result<void> Store::finish_trial(const TrialRecord& trial) {
  if (auto sentence = imbalance(trial)) return fail(std::move(*sentence), ExitCode::invalid_run);
  return connection_->whole([&]() -> Result<void> {
    if (auto row = update_trial_row(connection_->database, trial); !row) return row;
    if (auto met = connection_->met(trial.id); !met) return met;
    if (auto erased = erase_measurement_rows(connection_->database, trial.id); !erased) return erased;
    if (auto services = write_service_rows(connection_->database, trial); !services) return services;
    if (auto resources = write_resource_rows(connection_->database, trial); !resources) return resources;
    return write_measurement_rows(connection_->database, trial);
  });
}

Result<void> Store::add_trial(std::int64_t session_id, TrialRecord& trial) {
  return connection_->whole([&] { return insert_trial_row(connection_->database, session_id, trial); });
}

Result<void> Store::finish_session(const SessionRecord& session) {
  return connection_->database.run("UPDATE session SET status = ?, finished_at_us = ?, verdict = ? WHERE id = ?",
                                   session.status, session.finished_at_us, session.verdict, session.id);
}

Result<void> Store::take_over(SessionRecord& session, bool failed_too) {
  SessionRecord taken = session;
  taken.status = "running";
  taken.finished_at_us = 0;
  taken.verdict.clear();
  auto done = connection_->whole([&]() -> Result<void> {
    Steps steps(connection_->database);
    steps.run(
        "UPDATE session SET status = ?, finished_at_us = 0, verdict = '', runner = ?, keep_going = ? WHERE id = ?",
        taken.status, taken.runner, taken.keep_going ? 1 : 0, taken.id);
    for (auto& trial : taken.trials) {
      const bool went_wrong = trial.state == TrialState::failed || trial.state == TrialState::skipped;
      if (trial.state != TrialState::running && (!failed_too || !went_wrong)) continue;
      TrialRecord fresh;
      fresh.id = trial.id;
      fresh.case_id = trial.case_id;
      fresh.position = trial.position;
      fresh.repetition = trial.repetition;
      fresh.arm = trial.arm;
      fresh.pair = trial.pair;
      fresh.excluded = trial.excluded;
      fresh.attempt = trial.attempt + 1;
      trial = std::move(fresh);
      if (auto erased = erase_measurement_rows(connection_->database, trial.id); !erased) return erased;
      if (auto row = update_trial_row(connection_->database, trial); !row) return row;
    }
    return steps.result();
  });
  if (done) session = std::move(taken);
  return done;
}

Result<void> Store::add_note(SessionRecord& session, SessionNote note) {
  auto noted =
      connection_->database.run("INSERT INTO session_note(session_id, position, at_us, text) VALUES(?, ?, ?, ?)",
                                session.id, static_cast<std::int64_t>(session.notes.size()), note.at_us, note.text);
  if (noted) session.notes.push_back(std::move(note));
  return noted;
}

Result<std::vector<Store::SessionSummary>> Store::list_sessions() {
  std::vector<SessionSummary> sessions;
  auto read = connection_->database.query(
      "SELECT s.id, s.uuid, s.kind, s.status, "
      "ifnull((SELECT group_concat(name, ', ') FROM (SELECT name FROM scenario WHERE session_id = s.id ORDER BY "
      "position)), ''), s.verdict, s.started_at_us, "
      "(SELECT count(*) FROM trial WHERE session_id = s.id AND state = 'ok'), "
      "(SELECT count(*) FROM trial WHERE session_id = s.id), "
      "(SELECT count(*) FROM trial WHERE session_id = s.id AND state IN ('invalid', 'failed')), s.runner "
      "FROM session s ORDER BY s.id DESC",
      [&](const Statement& row) {
        sessions.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5),
                            row.text(10), row.integer(6), row.small(7), row.small(8), row.small(9)});
        return Result<void>{};
      });
  if (!read) return std::unexpected(read.error());
  return sessions;
}

Result<std::vector<Store::CaseThroughput>> Store::throughputs_of(const std::string& scenario) {
  std::vector<CaseThroughput> trials;
  auto read = connection_->database.query(
      "SELECT t.session_id, c.label, m.window_ns, m.throughput_per_s FROM scenario n "
      "JOIN scenario_case c ON c.scenario_id = n.id JOIN trial t ON t.case_id = c.id "
      "JOIN measurement m ON m.trial_id = t.id "
      "WHERE n.name = ? AND t.state = 'ok' AND t.excluded = 0 AND t.arm = 'single' AND m.verdict <> 'INVALID' "
      "ORDER BY t.session_id DESC, t.position LIMIT 100000",
      [&](const Statement& row) {
        trials.push_back({row.integer(0), row.text(1), row.integer(2), row.real(3)});
        return Result<void>{};
      },
      scenario);
  if (!read) return std::unexpected(read.error());
  return trials;
}

Result<std::int64_t> Store::Connection::find_session(const std::string& which) {
  std::vector<std::pair<std::int64_t, std::string>> known;  // newest first
  auto read = database.query("SELECT id, uuid FROM session ORDER BY id DESC", [&](const Statement& row) {
    known.emplace_back(row.integer(0), row.text(1));
    return Result<void>{};
  });
  if (!read) return std::unexpected(read.error());
  if (known.empty())
    return fail(
        fmt::format("database '{}' holds no session yet; run a scenario first: hotlap run FILE", database.path()),
        ExitCode::usage);
  if (which == "last") return known.front().first;

  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
  if (error == std::errc{} && end == which.data() + which.size())
    for (const auto& [id, uuid] : known)
      if (id == number) return id;

  std::vector<std::string> matches;
  std::int64_t found = 0;
  if (!which.empty())
    for (const auto& [id, uuid] : known)
      if (uuid.starts_with(which)) {
        matches.push_back(fmt::format("{} ({})", id, uuid));
        found = id;
      }
  if (matches.size() == 1) return found;
  if (matches.size() > 1)
    return fail(fmt::format("session '{}' could be {} or {}{}; give more of its uuid or its id", printable(which),
                            matches[0], matches[1], matches.size() > 2 ? " or another" : ""),
                ExitCode::usage);
  return fail(
      fmt::format("no session '{}' in database '{}'; there {}: give an id, the beginning of a uuid, or last "
                  "({}, uuid {})",
                  printable(which), database.path(), known.size() == 1 ? "is 1" : fmt::format("are {}", known.size()),
                  known.front().first, known.front().second),
      ExitCode::usage);
}

Result<SessionRecord> Store::load_session(const std::string& which) {
  const auto id = connection_->find_session(which);
  if (!id) return std::unexpected(id.error());
  SessionRecord session;
  if (auto read = read_session_rows(connection_->database, *id, session); !read) return std::unexpected(read.error());
  if (auto read = read_trial_rows(connection_->database, *id, session.trials); !read)
    return std::unexpected(read.error());
  return session;
}

}  // namespace hotlap::results
