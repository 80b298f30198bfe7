#include "results/store.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "results/sqlite.h"
#include "tests/results/session_fixture.h"

namespace hotlap::results {
namespace {

using testing::HasSubstr;

Store must_open(const std::string& path) {
  auto store = Store::open(path);
  EXPECT_TRUE(store) << store.error().message;
  return std::move(*store);
}

TEST(Store, ATakenOverSessionHasItsLostTrialPlannedAgainAndKeepsTheFinishedOnes) {
  const Folder folder;
  SessionRecord session = some_session();
  session.folder = "/home/me";
  session.runner = "12 34 boot";
  session.scenarios[0].file = "scenarios/quick.yaml";
  {
    Store store = must_open(folder / "a.db");
    ASSERT_TRUE(store.begin_session(session));
    for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(store.start_trial(session.trials[i]));
    ASSERT_TRUE(store.finish_trial(finished(session.trials[0])));
    auto failed = finished(session.trials[1]);
    failed.state = TrialState::failed;
    failed.reason = "the target ended in mid-trial";
    failed.crash_is_result = true;
    ASSERT_TRUE(store.finish_trial(failed));
  }
  for (const bool failed_too : {false, true}) {
    Store store = must_open(folder / "a.db");
    auto taken = *store.load_session("last");
    EXPECT_EQ(taken.folder, "/home/me");
    EXPECT_EQ(taken.scenarios[0].file, "scenarios/quick.yaml");
    EXPECT_EQ(taken.trials[1].crash_is_result, true);
    taken.runner = "56 78 boot";
    taken.keep_going = true;
    ASSERT_TRUE(store.take_over(taken, failed_too));
    ASSERT_TRUE(store.add_note(taken, {5, "something happened"}));
    const auto again = *store.load_session("last");
    EXPECT_EQ(again.status, "running");
    EXPECT_EQ(again.runner, "56 78 boot");
    EXPECT_TRUE(again.keep_going);
    EXPECT_EQ(again.notes.back().text, "something happened");
    EXPECT_EQ(again.notes.size(), failed_too ? 2U : 1U);
    EXPECT_EQ(again.trials[0].state, TrialState::ok);
    EXPECT_TRUE(again.trials[0].measurement);
    EXPECT_EQ(again.trials[1].state, failed_too ? TrialState::planned : TrialState::failed);
    EXPECT_EQ(again.trials[1].measurement.has_value(), !failed_too);
    EXPECT_EQ(again.trials[1].attempt, failed_too ? 2 : 1);
    EXPECT_EQ(again.trials[1].crash_is_result, !failed_too);
    EXPECT_EQ(again.trials[2].state, failed_too ? TrialState::ok : TrialState::planned);
    EXPECT_EQ(again.trials[2].attempt, 2);
    EXPECT_EQ(again.trials[2].started_at_us == 0, !failed_too);
    EXPECT_EQ(again.trials[3].attempt, 1);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(again.trials[i].repetition, session.trials[i].repetition);
    if (failed_too) continue;
    // The lost one can be stored.
    ASSERT_TRUE(store.finish_trial(finished(again.trials[2])));
  }
}

TEST(Store, GivesBackEverythingThatWasStored) {
  const Folder folder;
  SessionRecord session = some_session();
  session.claim_policy = ClaimPolicy::must_agree;
  {
    Store store = must_open(folder / "a.db");
    ASSERT_TRUE(store.begin_session(session));
    ASSERT_TRUE(store.start_trial(session.trials[0]));
    EXPECT_EQ(session.trials[0].state, TrialState::running);
    session.trials[0] = finished(session.trials[0]);
    ASSERT_TRUE(store.finish_trial(session.trials[0]));
    session.trials[1].state = TrialState::failed;
    session.trials[1].reason = "the target ended with status 1";
    ASSERT_TRUE(store.finish_trial(session.trials[1]));
    session.status = "done";
    session.verdict = "SAME";
    session.finished_at_us = 1'700'000'009'000'000;
    ASSERT_TRUE(store.finish_session(session));
  }
  const auto loaded = must_open(folder / "a.db").load_session("last");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->uuid, session.uuid);
  EXPECT_EQ(loaded->seed, session.seed);
  EXPECT_EQ(loaded->status, "done");
  EXPECT_EQ(loaded->verdict, "SAME");
  EXPECT_EQ(loaded->finished_at_us, session.finished_at_us);
  EXPECT_DOUBLE_EQ(loaded->comparison_policy.alpha, 0.02);
  EXPECT_DOUBLE_EQ(loaded->comparison_policy.min_effect, 0.125);
  EXPECT_DOUBLE_EQ(loaded->comparison_policy.fail_effect, 0.25);
  EXPECT_EQ(loaded->environment, session.environment);
  ASSERT_EQ(loaded->scenarios.size(), 1U);
  EXPECT_EQ(loaded->scenarios[0].estimator, "median_grouped");
  EXPECT_EQ(loaded->scenarios[0].claims, session.scenarios[0].claims);
  EXPECT_DOUBLE_EQ(loaded->scenarios[0].published_figures[0].value, 1214440.2);
  ASSERT_EQ(loaded->cases.size(), 2U);
  EXPECT_EQ(loaded->cases[1].parameters, session.cases[1].parameters);
  ASSERT_EQ(loaded->trials.size(), 4U);
  EXPECT_EQ(loaded->trials[1].reason, "the target ended with status 1");
  EXPECT_EQ(loaded->trials[2].state, TrialState::planned);
  EXPECT_EQ(loaded->trials[0].resources, session.trials[0].resources);
  EXPECT_EQ(loaded->claim_policy, ClaimPolicy::must_agree);
  EXPECT_EQ(loaded->trials[0].services, session.trials[0].services);
  EXPECT_EQ(loaded->trials[0].database_calls, 2997U);
  EXPECT_EQ(loaded->trials[0].target_counts, session.trials[0].target_counts);
  EXPECT_DOUBLE_EQ(loaded->trials[0].harness_cpu_ns, 4e6);
  EXPECT_EQ(loaded->trials[0].quiet_wait_ns, 50'000'000);
  EXPECT_DOUBLE_EQ(loaded->trials[0].busy_before, 0.25);
  EXPECT_EQ(loaded->trials[0].measurement->warm_up, std::chrono::milliseconds(300));

  const TrialRecord& trial = loaded->trials[0];
  EXPECT_EQ(trial.time_to_ready_ns, 12'345'678);
  EXPECT_EQ(trial.time_to_first_response_ns, 13'579'000);
  EXPECT_DOUBLE_EQ(trial.target_cpu_ns, 1.5e9);
  EXPECT_EQ(trial.target_log, "bye\n");
  ASSERT_TRUE(trial.measurement);
  const load::Measurement expected = some_measurement();
  EXPECT_TRUE(trial.measurement->response_time == expected.response_time);
  EXPECT_TRUE(trial.measurement->service_time == expected.service_time);
  EXPECT_TRUE(trial.measurement->send_lag == expected.send_lag);
  EXPECT_EQ(trial.measurement->held_up.count(), 1U);
  EXPECT_EQ(trial.measurement->requests.sent, expected.requests.sent);
  EXPECT_EQ(trial.measurement->total.answered, expected.total.answered);
  EXPECT_EQ(trial.measurement->status, expected.status);
  EXPECT_EQ(trial.measurement->errors[1].first, "HTTP/1.1 404");
  EXPECT_EQ(trial.measurement->connections.served, 8U);
  EXPECT_EQ(trial.measurement->cpu_system, expected.cpu_system);
  EXPECT_EQ(trial.measurement->verdict.level, load::VerdictLevel::suspect);
  EXPECT_EQ(trial.measurement->verdict.reasons, expected.verdict.reasons);
  EXPECT_EQ(trial.measurement->series[1].good, expected.series[1].good);
}

// Histograms come back as their buckets, so the measurement is compared with itself after one trip through its
// document.
// As one that a second interrupt broke off, which is planned again.
TEST(Store, ATrialThatIsFinishedAgainLeavesNothingOfTheFirstTime) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord broken_off = finished(session.trials[0]);
  broken_off.state = TrialState::planned;
  broken_off.services = {{.name = "tuplestore", .command = "start", .configuration_sha256 = ""}};
  ASSERT_TRUE(store.finish_trial(broken_off));
  TrialRecord whole = finished(session.trials[0]);
  whole.services = {{.name = "tarantool", .command = "start", .configuration_sha256 = ""}};
  const auto again = store.finish_trial(whole);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(store.load_session("last")->trials[0].services, whole.services);
}

TEST(Store, EverythingThatAMeasurementSaysComesBack) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord open = finished(session.trials[0]);
  open.measurement = full_measurement();
  ASSERT_TRUE(store.finish_trial(open));
  TrialRecord closed = finished(session.trials[1]);
  ASSERT_TRUE(store.finish_trial(closed));
  const auto loaded = store.load_session("last");
  ASSERT_TRUE(loaded) << loaded.error().message;
  for (const auto* trial : {&open, &closed}) {
    const auto& back = loaded->trials[static_cast<std::size_t>(trial->position)].measurement;
    ASSERT_TRUE(back);
    const auto expected = load::measurement_from_json(load::to_json(*trial->measurement));
    ASSERT_TRUE(expected) << expected.error().message;
    EXPECT_EQ(load::to_json(*back), load::to_json(*expected));
  }
}

TEST(Store, HistogramsOfALaterKindAreLeftAlone) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  ASSERT_TRUE(store.finish_trial(finished(session.trials[0])));
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(
      database->execute("INSERT INTO histogram(trial_id, kind, part, codec, count, data) "
                        "VALUES(1, 'moon_phase', 'full', 'hdr-v2-zlib', 1, x'00')"));
  EXPECT_TRUE(store.load_session("last"));
}

TEST(Store, OnlyKnownPercentilesBecomeMetrics) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord trial = finished(session.trials[0], 1980);  // 2000 answers: enough for p99, too few for p99.9
  ASSERT_TRUE(store.finish_trial(trial));
  TrialRecord late = finished(session.trials[1], 1980);
  for (int i = 0; i < 100; ++i) late.measurement->response_time_at_least.record(std::chrono::seconds(2));
  ASSERT_TRUE(store.finish_trial(late));
  auto database = Database::open(folder / "a.db");
  const auto metrics_of = [&](const TrialRecord& of) {
    std::vector<std::string> keys;
    EXPECT_TRUE(database->query(
        "SELECT key FROM trial_metric JOIN metric_def d ON d.id = metric_id WHERE trial_id = ? AND "
        "key LIKE 'response_time%' ORDER BY d.id",
        [&](const Statement& row) {
          keys.push_back(row.text(0));
          return Result<void>{};
        },
        of.id));
    return keys;
  };
  EXPECT_THAT(metrics_of(trial), testing::ElementsAre("response_time_p50_ns", "response_time_p90_ns",
                                                      "response_time_p99_ns", "response_time_max_ns"));
  EXPECT_THAT(metrics_of(late), testing::ElementsAre("response_time_p50_ns", "response_time_p90_ns"));
}

TEST(Store, ADamagedSecondIsNamed) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord session = some_session();
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord trial = finished(session.trials[0]);
  trial.measurement = full_measurement();
  ASSERT_TRUE(store.finish_trial(trial));
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("UPDATE series SET service_time_hdr = x'0102' WHERE second = 1"));
  const auto loaded = store.load_session("last");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ExitCode::store_failed);
  EXPECT_THAT(loaded.error().message, HasSubstr("second 1's histogram of trial 1 is damaged"));
}

TEST(Store, TrialsFindTheirCasesByTheCallersNumbers) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  EXPECT_EQ(session.trials[0].case_id, session.cases[1].id);
  EXPECT_EQ(session.trials[1].case_id, session.cases[0].id);
}

TEST(Store, TrialsFindUnnumberedCasesByIndex) {
  const Folder folder;
  SessionRecord session = some_session();
  for (auto& one : session.cases) one.id = 0;
  for (auto& trial : session.trials) trial.case_id = trial.position % 2;
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  EXPECT_EQ(session.trials[1].case_id, session.cases[1].id);
  EXPECT_NE(session.cases[0].id, session.cases[1].id);
}

TEST(Store, ASessionWithoutUuidGetsOne) {
  const Folder folder;
  SessionRecord session = some_session("");
  ASSERT_TRUE(must_open(folder / "a.db").begin_session(session));
  EXPECT_EQ(session.uuid.size(), 36U);
}

TEST(Store, AFailedBeginLeavesNothing) {
  const Folder folder;
  SessionRecord session = some_session();
  session.trials[3].case_id = 99;
  Store store = must_open(folder / "a.db");
  const auto begun = store.begin_session(session);
  ASSERT_FALSE(begun);
  EXPECT_THAT(begun.error().message, HasSubstr("case 99"));
  EXPECT_EQ(session.id, 0);
  EXPECT_TRUE(store.list_sessions()->empty());
}

TEST(Store, RefusesCountersThatDoNotAddUp) {
  const Folder folder;
  SessionRecord session = some_session();
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord trial = finished(session.trials[0]);
  trial.measurement->requests.sent += 1;
  const auto stored = store.finish_trial(trial);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ExitCode::invalid_run);
  EXPECT_THAT(stored.error().message, HasSubstr("do not add up"));
  EXPECT_FALSE(store.load_session("last")->trials[0].measurement);
}

TEST(Store, ATrialThatWasNeverPlannedIsRefused) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  TrialRecord stranger;
  stranger.id = 12;
  stranger.state = TrialState::failed;
  ASSERT_FALSE(store.finish_trial(stranger));
  ASSERT_FALSE(store.start_trial(stranger));
}

TEST(Store, AddsTrialsThatThePlanDidNotForesee) {
  const Folder folder;
  SessionRecord session = some_session();
  session.kind = "check";
  Store store = must_open(folder / "a.db");
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord extra;
  extra.case_id = session.cases[0].id;
  extra.position = 4;
  extra.arm = "new";
  extra.pair = 2;
  ASSERT_TRUE(store.add_trial(session.id, extra));
  ASSERT_TRUE(store.finish_trial(finished(extra)));
  const auto loaded = store.load_session("last");
  EXPECT_EQ(loaded->trials[4].arm, "new");
  EXPECT_EQ(loaded->trials[4].pair, 2);
  EXPECT_TRUE(loaded->trials[4].measurement);
}

TEST(Store, ListsSessionsNewestFirst) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord first = some_session("aaaa0000-0000-4000-8000-000000000000");
  SessionRecord second = some_session("aabb0000-0000-4000-8000-000000000000");
  ASSERT_TRUE(store.begin_session(first));
  ASSERT_TRUE(store.begin_session(second));
  ASSERT_TRUE(store.finish_trial(finished(first.trials[0])));
  first.trials[1].state = TrialState::invalid;
  ASSERT_TRUE(store.finish_trial(first.trials[1]));
  const auto sessions = store.list_sessions();
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_EQ((*sessions)[0].uuid, second.uuid);
  EXPECT_EQ((*sessions)[1].trials_ok, 1);
  EXPECT_EQ((*sessions)[1].trials_bad, 1);
  EXPECT_EQ((*sessions)[1].trials_planned, 4);
  EXPECT_EQ((*sessions)[1].scenarios, "quick");
}

TEST(Store, FindsASessionByIdUuidPrefixOrLast) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  EXPECT_THAT(store.load_session("last").error().message, HasSubstr("holds no session yet"));
  SessionRecord first = some_session("aaaa0000-0000-4000-8000-000000000000");
  SessionRecord second = some_session("aabb0000-0000-4000-8000-000000000000");
  ASSERT_TRUE(store.begin_session(first));
  ASSERT_TRUE(store.begin_session(second));
  EXPECT_EQ(store.load_session("1")->uuid, first.uuid);
  EXPECT_EQ(store.load_session("aaaa")->uuid, first.uuid);
  EXPECT_EQ(store.load_session("last")->uuid, second.uuid);
  const auto ambiguous = store.load_session("aa");
  ASSERT_FALSE(ambiguous);
  EXPECT_THAT(ambiguous.error().message, HasSubstr("could be 2 (aabb"));
  for (const char* unknown : {"17", "zz", "", "a%", "1 "}) {
    const auto missing = store.load_session(unknown);
    ASSERT_FALSE(missing) << unknown;
    EXPECT_EQ(missing.error().code, ExitCode::usage);
    EXPECT_THAT(missing.error().message, HasSubstr("there are 2"));
  }
}

TEST(Store, LikeEnvironmentsAreStoredOnce) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord first = some_session("aaaa0000-0000-4000-8000-000000000000");
  SessionRecord second = some_session("aabb0000-0000-4000-8000-000000000000");
  SessionRecord third = some_session("aacc0000-0000-4000-8000-000000000000");
  third.environment.emplace_back("governor", "powersave");
  for (auto* session : {&first, &second, &third}) ASSERT_TRUE(store.begin_session(*session));
  auto database = Database::open(folder / "a.db");
  EXPECT_EQ(*database->integer("SELECT count(*) FROM environment"), 2);
  EXPECT_EQ(store.load_session("3")->environment.size(), 3U);
}

TEST(Store, DerivedMetricsStandBesideTheRawForQueriesByHand) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord session = some_session();
  ASSERT_TRUE(store.begin_session(session));
  ASSERT_TRUE(store.finish_trial(finished(session.trials[0])));
  auto database = Database::open(folder / "a.db");
  EXPECT_EQ(*database->integer("SELECT count(*) FROM v_trial"), 4);
  EXPECT_EQ(*database->integer("SELECT response_time_p50_ns FROM v_trial WHERE state = 'ok'"),
            some_measurement().response_time.quantile(0.5).count());
  EXPECT_EQ(*database->integer("SELECT throughput_per_s FROM v_trial WHERE parameters_json ->> 'depth' = '24' AND "
                               "state = 'ok'"),
            450);
}

TEST(Store, ADamagedHistogramIsNamed) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord session = some_session();
  ASSERT_TRUE(store.begin_session(session));
  ASSERT_TRUE(store.finish_trial(finished(session.trials[0])));
  auto database = Database::open(folder / "a.db");
  ASSERT_TRUE(database->execute("UPDATE histogram SET count = count + 1 WHERE kind = 'response'"));
  const auto loaded = store.load_session("last");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ExitCode::store_failed);
  EXPECT_THAT(loaded.error().message, HasSubstr("response histogram of trial 1 is damaged"));
}

TEST(Store, ForeignTextIsKeptAsItIs) {
  const Folder folder;
  Store store = must_open(folder / "a.db");
  SessionRecord session = some_session();
  session.command_line = "'); DROP TABLE session; --";
  ASSERT_TRUE(store.begin_session(session));
  TrialRecord trial = finished(session.trials[0]);
  trial.target_log = std::string("nul \0 byte, \xff, \x1b[31m", 21);
  ASSERT_TRUE(store.finish_trial(trial));
  const auto loaded = store.load_session("last");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->command_line, session.command_line);
  EXPECT_EQ(loaded->trials[0].target_log, trial.target_log);
}

struct BadPlace {
  std::string path;
  std::string sentence;
};

TEST(Store, SaysWhyAPlaceCannotBeUsed) {
  const Folder folder;
  std::ofstream(folder / "garbage.db") << std::string(8192, 'g');
  std::filesystem::create_directory(folder / "folder.db");
  const std::vector<BadPlace> places = {{"", "file name is empty"},
                                        {folder / "none/x.db", "does not exist; create it"},
                                        {folder / "folder.db", "is a folder"},
                                        {folder / "garbage.db", "is not a database"},
                                        {"/proc/self/x.db", "cannot be opened or created"}};
  for (const auto& [path, sentence] : places) {
    const auto store = Store::open(path);
    ASSERT_FALSE(store) << path;
    EXPECT_EQ(store.error().code, ExitCode::store_failed) << path;
    EXPECT_THAT(store.error().message, HasSubstr(sentence));
    EXPECT_THAT(store.error().message, HasSubstr("--db")) << path;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));
  EXPECT_EQ(std::filesystem::file_size(folder / "garbage.db"), 8192U);
}

TEST(Store, ReadersDoNotCreateAFile) {
  const Folder folder;
  const auto store = Store::open(folder / "a.db", {.create = false});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("run a scenario first"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.db"));
}

TEST(Store, SaysWhenAnotherProcessHoldsTheLock) {
  const Folder folder;
  must_open(folder / "a.db");
  auto holder = Database::open(folder / "a.db");
  auto transaction = Transaction::begin(*holder);
  ASSERT_TRUE(transaction);
  auto store = Store::open(folder / "a.db", {.busy_timeout = std::chrono::milliseconds(0)});
  ASSERT_TRUE(store);
  SessionRecord session = some_session();
  const auto begun = store->begin_session(session);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ExitCode::store_failed);
  EXPECT_THAT(begun.error().message, HasSubstr("is locked by another hotlap"));
}

}  // namespace
}  // namespace hotlap::results
