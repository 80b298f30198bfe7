#include <gmock/gmock.h>

#include "base/program_path.h"
#include "program_fixture.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class HotlapRun : public ProgramTest {};

TEST_F(HotlapRun, MeasuresEveryTrialAndKeepsIt) {
  const auto file = scenario("engine: \"{engine}\"", "path: /ugly, expect: {body: UGLY}",
                             "matrix: {engine: [blocking, epoll, pipelined]}\n");
  const auto end = run({"run", file, "--trials", "2", "--html", "r.html", "--csv", "r.csv"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("epoll"));
  EXPECT_THAT(end.err, HasSubstr("trial 6 of 6"));
  EXPECT_THAT(end.err, HasSubstr("database hotlap.db, session 1"));
  EXPECT_THAT(contents("r.html"), HasSubstr("epoll"));
  EXPECT_THAT(contents("r.csv"), HasSubstr("epoll"));
  EXPECT_THAT(contents("r-cases.csv"), HasSubstr("epoll"));

  const auto list = run({"list"});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("6 of 6"));
  const auto report = run({"report"});
  EXPECT_EQ(report.status, 0) << report.err;
  EXPECT_THAT(report.out, HasSubstr("epoll"));
  const auto show = run({"show", "last", "last:1"});
  EXPECT_EQ(show.status, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("hotlap-target --engine"));
  EXPECT_THAT(show.out, Not(HasSubstr("the target counted")));  // load and target agree to the request
}

TEST_F(HotlapRun, AHostOfTheScenarioTakesThePlaceOfOurs) {
  const auto end = run({"run", scenario("engine: epoll", "path: /ugly, headers: {host: example.org}")});
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST_F(HotlapRun, StartsTheDatabaseThatTheStoreNames) {
  const auto file = scenario("engine: epoll, store: tuplestore, store_connections: \"{c}\"", "path: /good",
                             "matrix: {c: [one, per-request, \"pool:2\"]}\n");
  const auto end = run({"run", file});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("trial 3 of 3"));
}

TEST_F(HotlapRun, StartsARealTarantool) {
  if (!find_program("tarantool")) GTEST_SKIP() << "tarantool is not installed";
  std::filesystem::create_directory_symlink(HOTLAP_SOURCE_DIR "/scenarios/services", path("services"));
  const auto end = run({"run", scenario("engine: epoll, store: tarantool", "path: /good")});
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST_F(HotlapRun, StartsARealPostgres) {
  if (!find_program("/usr/lib/postgresql/15/bin/postgres") && !find_program("postgres"))
    GTEST_SKIP() << "PostgreSQL's server is not installed";
  std::filesystem::create_directory_symlink(HOTLAP_SOURCE_DIR "/scenarios/services", path("services"));
  const auto end = run({"run", scenario("engine: epoll, store: postgres, store_schema: jsonb", "path: /good")});
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST_F(HotlapRun, MeasuresAServerThatIsNotOurs) {
  const auto file =
      scenario("command: [\"" + program("hotlap-target") + "\", --engine, epoll, --port, \"{port}\"], ready: /ugly",
               "path: /ugly");
  const auto end = run({"run", file});
  EXPECT_EQ(end.status, 0) << end.err;
}

TEST_F(HotlapRun, DoesWhatPlanPrints) {
  const auto file = scenario("engine: \"{engine}\"", "path: /ugly", "matrix: {engine: [blocking, epoll]}\n");
  const auto plan = run({"plan", file});
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("2 trials of 2 cases take about"));
  EXPECT_FALSE(std::filesystem::exists(path("hotlap.db")));
  ASSERT_EQ(run({"run", file}).status, 0);
  const auto show = run({"show", "last:1", "last:2"});
  for (const char* engine : {"blocking", "epoll"}) {
    const auto command = program("hotlap-target") + " --engine " + engine + " --port 0 --workers 1";
    EXPECT_THAT(plan.out, HasSubstr(command));
    EXPECT_THAT(show.out, HasSubstr(command));
  }
}

TEST_F(HotlapRun, KeepsFinishedTrialsWhenInterrupted) {
  auto process = start({"run", scenario("engine: epoll", "path: /ugly"), "--trials", "1000"});
  while (!errors().contains("trial 2 of 1000") && !process.poll_exit())
    (void)process.wait(std::chrono::milliseconds(20));
  ASSERT_FALSE(process.poll_exit()) << errors();
  process.signal_group(SIGINT);
  const auto end = end_of(process);
  EXPECT_EQ(end.status, 130);
  EXPECT_THAT(end.err, HasSubstr("interrupted: every finished trial is kept"));
  EXPECT_THAT(end.out, HasSubstr("single"));  // the comparison so far
  const auto list = run({"list"});
  EXPECT_THAT(list.out, HasSubstr("interrupted"));
  EXPECT_THAT(list.out, Not(HasSubstr(" 0 of 1000")));
}

class HotlapCheck : public ProgramTest {
 protected:
  [[nodiscard]] ProgramEnd check(const std::string& base, const std::string& candidate,
                                 std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"check", "--base", base,    "--new",     candidate, "-c",
                                          "4",     "-d",     "300ms", "--warm-up", "20ms"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
};

TEST_F(HotlapCheck, PairsThatCannotDecideAnythingAreRefused) {
  const auto end = check("engine=epoll", "engine=epoll", {"--pairs", "4"});
  EXPECT_EQ(end.status, 2) << end.err;
  EXPECT_THAT(end.err, HasSubstr("--pairs: 4 pairs can only be INCONCLUSIVE"));
}

TEST_F(HotlapCheck, VerdictTableAndLaterReportAgreeWhateverTheEffectLooked) {
  // Slower beyond doubt, but by less than this effect.
  const auto end = check("engine=pipelined", "engine=pipelined,gather_responses=1",
                         {"--pairs", "7", "--pipeline", "24", "--min-effect", "98%", "--html", "c.html"});
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  const auto report = run({"report"});
  for (const auto& text : {end.out, report.out}) {
    EXPECT_THAT(text, HasSubstr("SAME: "));
    EXPECT_THAT(text, Not(HasSubstr("REGRESSED")));
  }
  EXPECT_THAT(contents("c.html"), HasSubstr("\"comparison\":{\"verdict\":\"SAME\""));
  EXPECT_THAT(run({"list"}).out, HasSubstr("check: SAME"));
}

TEST_F(HotlapCheck, OneWritePerAnswerIsSlowerThanGatheredWrites) {
  const auto end =
      check("engine=pipelined", "engine=pipelined,gather_responses=1", {"--pairs", "8", "--pipeline", "24"});
  EXPECT_EQ(end.status, 10) << end.out << end.err;
  EXPECT_THAT(end.out, HasSubstr("REGRESSED"));
}

TEST_F(HotlapCheck, PairsThatCannotBeMeasuredAreNoVerdict) {
  const auto end = check("engine=epoll", program("stand_in_server") + " {port} 2", {"--pairs", "7"});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.out, HasSubstr("INVALID: 7 of 7 pairs"));
  EXPECT_THAT(run({"report"}).out, HasSubstr("the check is INVALID"));
}

class HotlapLoad : public ProgramTest {};

TEST_F(HotlapLoad, IsHotlapLoad) {
  const auto end = run({"load", "--help"});
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(end.out, HasSubstr("--pipeline"));
}

}  // namespace
}  // namespace hotlap::harness
