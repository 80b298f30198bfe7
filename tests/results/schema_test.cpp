#include "results/schema.h"

#include <gmock/gmock.h>

#include <array>

#include "results/store.h"
#include "tests/results/session_fixture.h"

namespace hotlap::results {
namespace {

using testing::HasSubstr;

constexpr std::string_view kFirst =
    "CREATE TABLE schema_migration(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_us INTEGER NOT NULL);"
    "CREATE TABLE thing(id INTEGER PRIMARY KEY);";

TEST(Schema, OlderFilesAreBroughtForwardAndKeepTheirRows) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(migrate(*database, std::array{Migration{"first", kFirst}}));
  ASSERT_TRUE(database->execute("INSERT INTO thing VALUES(5)"));
  const std::array both = {Migration{"first", kFirst}, Migration{"second", "ALTER TABLE thing ADD COLUMN note TEXT"}};
  ASSERT_TRUE(migrate(*database, both));
  ASSERT_TRUE(migrate(*database, both));
  EXPECT_EQ(*database->integer("PRAGMA user_version"), 2);
  EXPECT_EQ(*database->integer("SELECT count(*) FROM schema_migration"), 2);
  EXPECT_EQ(*database->integer("SELECT id FROM thing WHERE note IS NULL"), 5);
}

TEST(Schema, AFailedMigrationChangesNothing) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(migrate(*database, std::array{Migration{"first", kFirst}}));
  const std::array broken = {Migration{"first", kFirst}, Migration{"second", "DROP TABLE thing; nonsense"}};
  EXPECT_FALSE(migrate(*database, broken));
  EXPECT_EQ(*database->integer("PRAGMA user_version"), 1);
  EXPECT_EQ(*database->integer("SELECT count(*) FROM thing"), 0);
}

TEST(Schema, ANewerFileIsRefusedWithTheRemedy) {
  const Folder folder;
  ASSERT_TRUE(Store::open(folder / "a.db"));
  ASSERT_TRUE(Database::open(folder / "a.db")->execute("PRAGMA user_version = 99"));
  const auto store = Store::open(folder / "a.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ExitCode::store_failed);
  EXPECT_THAT(store.error().message, HasSubstr("has schema version 99, this hotlap knows up to 11"));
}

TEST(Schema, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  const Folder folder;
  {
    auto other = Database::open(folder / "a.db");
    ASSERT_TRUE(other->execute("CREATE TABLE theirs(id INTEGER)"));
  }
  const auto store = Store::open(folder / "a.db");
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("belongs to another program"));
  auto other = Database::open(folder / "a.db");
  EXPECT_EQ(*other->integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(Schema, EveryTableIsStrictAndEveryForeignKeyHasAnIndex) {
  const Folder folder;
  ASSERT_TRUE(Store::open(folder / "a.db"));
  auto database = Database::open(folder / "a.db");
  EXPECT_EQ(*database->integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND "
                               "name NOT LIKE 'sqlite_%' AND strict = 0"),
            0);
  EXPECT_GT(*database->integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 1"), 10);
  // A foreign key's column leads an index, or is the row id itself.
  std::vector<std::string> bare;
  ASSERT_TRUE(database->query(
      "SELECT t.name || '.' || f.\"from\" FROM pragma_table_list t, pragma_foreign_key_list(t.name) f "
      "WHERE t.schema = 'main' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) c "
      "WHERE c.seqno = 0 AND c.name = f.\"from\") AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) p "
      "WHERE p.name = f.\"from\" AND p.pk = 1)",
      [&](const Statement& row) {
        bare.push_back(row.text(0));
        return Result<void>{};
      }));
  EXPECT_THAT(bare, testing::IsEmpty());
}

TEST(Schema, SessionsOfTheFirstSchemaGetThePolicyTheyWereReportedBy) {
  const Folder folder;
  {
    auto database = Database::open(folder / "a.db");
    ASSERT_TRUE(migrate(*database, schema_migrations().first(1)));
    ASSERT_TRUE(database->execute(
        "INSERT INTO environment(id, sha256) VALUES(1, 'x'); INSERT INTO session VALUES(1, 'u', 1, 'check', 'done', "
        "'1', 0, 0, '', '', 'SAME')"));
  }
  const auto session = Store::open(folder / "a.db")->load_session("last");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_DOUBLE_EQ(session->comparison_policy.alpha, 0.01);
  EXPECT_DOUBLE_EQ(session->comparison_policy.min_effect, 0.02);
  EXPECT_DOUBLE_EQ(session->comparison_policy.fail_effect, 0.05);
}

// A session as the second schema's program left it.
void write_second_schema(Database& database, const Histogram& response) {
  ASSERT_TRUE(migrate(database, schema_migrations().first(2)));
  ASSERT_TRUE(database.execute(
      "INSERT INTO environment(id, sha256) VALUES(1, 'x');"
      "INSERT INTO session(id, uuid, environment_id, kind, status, seed, started_at_us, finished_at_us, command_line, "
      "tool_version, verdict) VALUES(1, 'u', 1, 'explore', 'done', '1', 0, 0, '', '', '');"
      "INSERT INTO scenario VALUES(1, 1, 0, 'quick', 'h', '', '', '', '', 'median', '[]', '[]');"
      "INSERT INTO scenario_case VALUES(1, 1, 0, '', '{}');"
      "INSERT INTO trial(id, session_id, case_id, position, repetition, state) VALUES(1, 1, 1, 0, 0, 'ok');"
      "INSERT INTO measurement VALUES(1, 'closed', 2000000000, 920, 920, 920, 0, 0, 0, 920, 920, 920, 0, 0, 0, 920, "
      "460.0, 84640, 10, 10, 10, 0, 1, 2, 1, 'VALID', '[]');"
      "INSERT INTO trial_error VALUES(1, 0, 'reset', 1, 'by peer');"
      "INSERT INTO series VALUES(1, 0, 460, 0), (1, 1, 460, 0);"
      "INSERT INTO trial_metric SELECT 1, id, 5 FROM metric_def WHERE key LIKE 'response_time_p%'"));
  for (const char* kind : {"service", "response", "send_lag"})
    ASSERT_TRUE(
        database.run("INSERT INTO histogram(trial_id, kind, codec, count, data) VALUES(1, ?, 'hdr-v2-zlib', ?, ?)",
                     kind, response.count(), Blob{response.encode()}));
}

TEST(Schema, MeasurementsOfTheSecondSchemaAreStillThere) {
  const Folder folder;
  Histogram response;
  for (int i = 0; i < 920; ++i) response.record(Nanos(100'000 + 1'000 * i));
  {
    auto database = Database::open(folder / "a.db");
    write_second_schema(*database, response);
  }
  const auto session = Store::open(folder / "a.db")->load_session("last");
  ASSERT_TRUE(session) << session.error().message;
  ASSERT_EQ(session->trials.size(), 1U);
  const auto& measurement = session->trials[0].measurement;
  ASSERT_TRUE(measurement);
  EXPECT_TRUE(measurement->response_time == response);
  EXPECT_TRUE(measurement->send_lag == response);
  EXPECT_TRUE(measurement->response_time_at_least.empty());
  EXPECT_EQ(measurement->errors[0].first, "by peer");
  EXPECT_FALSE(measurement->errors[0].first_at);
  EXPECT_EQ(measurement->series[1].good, 460U);
  EXPECT_TRUE(measurement->series[1].service_time.empty());
  EXPECT_EQ(measurement->connections.most_answers, 0U);
  EXPECT_EQ(measurement->transport, "epoll");
  EXPECT_FALSE(measurement->audit);
}

TEST(Schema, MetricsThatTooFewValuesStandBehindAreTakenAway) {
  const Folder folder;
  auto database = Database::open(folder / "a.db");
  Histogram response;
  response.record(Nanos(1'000), 920);
  write_second_schema(*database, response);
  EXPECT_EQ(*database->integer("SELECT count(*) FROM trial_metric"), 4);
  ASSERT_TRUE(migrate(*database, schema_migrations()));
  EXPECT_EQ(*database->integer("SELECT count(*) FROM trial_metric JOIN metric_def d ON d.id = metric_id "
                               "WHERE key IN ('response_time_p50_ns', 'response_time_p90_ns')"),
            2);
  EXPECT_EQ(*database->integer("SELECT count(*) FROM trial_metric"), 2);
}

TEST(Schema, TimeToReadySaysWhichReadinessItMeans) {
  const Folder folder;
  ASSERT_TRUE(Store::open(folder / "a.db"));
  auto database = Database::open(folder / "a.db");
  EXPECT_EQ(*database->integer("SELECT count(*) FROM metric_def WHERE key = 'time_to_ready_ns' AND "
                               "title LIKE '%ready line%ready page'"),
            1);
}

TEST(Schema, ASessionTakesAllItsRowsAlong) {
  const Folder folder;
  {
    auto store = Store::open(folder / "a.db");
    SessionRecord session = some_session();
    ASSERT_TRUE(store->begin_session(session));
    TrialRecord trial = finished(session.trials[0]);
    trial.measurement = full_measurement();
    ASSERT_TRUE(store->finish_trial(trial));
  }
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(migrate(*database, schema_migrations()));
  EXPECT_GT(*database->integer("SELECT count(*) FROM trial_request"), 0);
  ASSERT_TRUE(database->execute("DELETE FROM session"));
  for (const char* table : {"scenario", "scenario_case", "trial", "measurement", "histogram", "trial_error",
                            "trial_status", "trial_request", "series", "trial_metric"})
    EXPECT_EQ(*database->integer("SELECT count(*) FROM " + std::string(table)), 0) << table;
}

}  // namespace
}  // namespace hotlap::results
