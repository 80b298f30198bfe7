// Sessions that do not go to their end at once: stopped, given up, resumed; and what they tell while they run.
#include <gmock/gmock.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "program_fixture.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::vector<std::string> names_of(const std::vector<nlohmann::json>& events) {
  std::vector<std::string> names;
  for (const auto& event : events) names.push_back(event["event"]);
  return names;
}

class Session : public ProgramTest {
 protected:
  [[nodiscard]] std::string two_engines(const std::string& more = "") const {
    return scenario("engine: \"{engine}\"", "path: /ugly", "matrix: {engine: [blocking, epoll]}\n" + more);
  }
  // Runs until the events hold `text`, then sends `signal`.
  void send_at(Process& process, const std::string& text, int signal) const {
    while (!contents("events").contains(text) && !process.poll_exit()) (void)process.wait(std::chrono::milliseconds(5));
    ASSERT_FALSE(process.poll_exit()) << errors();
    ASSERT_EQ(::kill(process.pid(), signal), 0);
  }
};

TEST_F(Session, EventsTellEveryStep) {
  const auto end = run({"run", two_engines(), "--events", "-", "--quiet"});
  EXPECT_EQ(end.status, 0) << end.err;
  const auto events = json_lines(end.out);
  auto names = names_of(events);
  std::erase(names, "trial_progress");
  EXPECT_THAT(
      names, ElementsAre("session_started", "trial_started", "trial_phase", "trial_phase", "trial_phase", "trial_phase",
                         "trial_phase", "trial_finished", "trial_started", "trial_phase", "trial_phase", "trial_phase",
                         "trial_phase", "trial_phase", "trial_finished", "session_finished"));
  EXPECT_EQ(events.back()["exit_code"], 0);
}

TEST_F(Session, FirstInterruptLetsTheTrialEndAndResumeRunsTheRest) {
  const auto file = two_engines();
  auto process = start({"run", file, "--trials", "2", "--events", "events"});
  send_at(process, "measuring", SIGINT);
  const auto end = end_of(process);
  EXPECT_EQ(end.status, 130) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("Ctrl-C again stops at once"), HasSubstr("trial 1 of 4"),
                             Not(HasSubstr("trial 2 of 4")), HasSubstr("hotlap resume 1")));
  EXPECT_THAT(run({"list"}).out, AllOf(HasSubstr("interrupted"), HasSubstr("1 of 4")));
  const auto resumed = run({"resume"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_THAT(resumed.err, AllOf(Not(HasSubstr("trial 1 of 4")), HasSubstr("trial 2 of 4"), HasSubstr("trial 4 of 4"),
                                 HasSubstr("session 1")));
  EXPECT_THAT(run({"list"}).out, AllOf(HasSubstr("done"), HasSubstr("4 of 4")));
  const auto again = run({"resume"});
  EXPECT_EQ(again.status, 0) << again.err;  // nothing is left to do
  EXPECT_THAT(again.err, Not(HasSubstr("trial 1 of 4")));
}

TEST_F(Session, SecondInterruptStopsAtOnceAndTheTrialIsDoneAgain) {
  std::ofstream(path("long.yaml")) << "name: long\ntrials: 1\ntarget: {engine: epoll}\n"
                                      "load: {path: /ugly, connections: 2, duration: 60s}\n";
  auto stopped = start({"run", path("long.yaml"), "--events", "events"});
  send_at(stopped, "measuring", SIGINT);
  while (!errors().contains("Ctrl-C again") && !stopped.poll_exit()) (void)stopped.wait(std::chrono::milliseconds(5));
  ASSERT_EQ(::kill(stopped.pid(), SIGINT), 0);
  const auto end = end_of(stopped);
  EXPECT_EQ(end.status, 130) << end.err;
  EXPECT_THAT(run({"show", "last:1"}).out, AllOf(HasSubstr("planned"), HasSubstr("attempt 2")));
}

TEST_F(Session, StopsAtATargetThatNeverGetsReadyAndKeepsGoingWhenTold) {
  const auto file = scenario("command: [\"{program}\", \"{port}\", \"0\"]", "path: /",
                             "seed: 2\nmatrix: {program: [\"/bin/false\", \"" + program("stand_in_server") + "\"]}\n");
  const auto end = run({"run", file, "--trials", "3"});
  EXPECT_EQ(end.status, 21) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("a target never got ready (case 'program=/bin/false': the target ended"),
                             HasSubstr("--keep-going"), HasSubstr("hotlap resume 1"), Not(HasSubstr("trial 6 of 6"))));
  const auto resumed = run({"resume", "--keep-going"});
  EXPECT_EQ(resumed.status, 20) << resumed.err;  // three trials are good, three failed
  EXPECT_THAT(run({"list"}).out, HasSubstr("3 of 6"));
  const auto through = run({"run", file, "--keep-going"});
  EXPECT_THAT(through.err, HasSubstr("trial 2 of 2"));
}

TEST_F(Session, AResumedSessionIsHeldToWhatItsFileAsksOfItsClaims) {
  std::ofstream(path("s.yaml")) << "name: s\ntrials: 1\nidle_wait: 0s\n"
                                   "target: {command: [bash, -c, 'test -e go && exec " +
                                       program("hotlap-target") +
                                       " --port {port}'], directory: \"{here}\"}\n"
                                       "load: {path: /ugly, pipeline: \"{depth}\", connections: 2, duration: 50ms}\n"
                                       "matrix: {depth: [1, 2]}\n"
                                       "claims: [{id: H1, statement: No such thing, published: 1000,\n"
                                       "  ratio: {of: {depth: 2}, to: {depth: 1}}}]\n";
  std::ofstream(path("night.yaml")) << "session: {scenarios: [s.yaml], claims: must_agree, budget: 20m}\n";
  EXPECT_EQ(run({"run", path("night.yaml")}).status, 21) << errors();
  std::ofstream(path("go")) << "\n";
  const auto resumed = run({"resume", "--failed"});
  EXPECT_EQ(resumed.status, 12) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("1 of 1 claims do not agree: H1 (s, "));
}

TEST_F(Session, KeepsWhatWasUsedAndHowOftenTheStoreWasAsked) {
  std::ofstream(path("calls.yaml")) << "name: calls\ntrials: 1\ntarget: {engine: epoll, store: tuplestore}\n"
                                       "load: {path: /good, connections: 2, duration: 1200ms, warm_up: steady,\n"
                                       "  warm_up_most: 300ms, verify_every: 16, expect: {store_calls: \"{calls}\"}}\n"
                                       "matrix: {calls: [4, 7]}\n";
  const auto end = run({"run", path("calls.yaml"), "--events", "events", "--csv", "c.csv"});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("calls=7 · invalid: "),
                             ContainsRegex("the database counted [0-9]+ calls for [0-9]+ answers, 4(\\.0[0-9])? for "
                                           "each, but expect.store_calls is 7"),
                             Not(HasSubstr("calls=4 · invalid"))));
  EXPECT_THAT(run({"show", "last:1"}).out,
              AllOf(HasSubstr("store calls and"),
                    ContainsRegex("database       it counted [0-9]+ calls under this load"), HasSubstr("tuplestore "),
                    HasSubstr("machine "), HasSubstr("hotlap itself"), HasSubstr("was not steady after 300 ms"),
                    HasSubstr("--warm-up steady --warm-up-most 300ms"), HasSubstr("--expect-every 16")));
  EXPECT_THAT(contents("c.csv"), HasSubstr("target_voluntary_switches"));
  EXPECT_THAT(names_of(json_lines(contents("events"))), testing::Contains("trial_progress"));
}

TEST_F(Session, ABudgetThatIsTooSmallNamesTheLeast) {
  const auto end = run({"run", two_engines(), "--trials", "100", "--budget", "1s"});
  EXPECT_EQ(end.status, 2);
  EXPECT_THAT(end.err, HasSubstr("a budget of 1s is too little; with 3 trials of each case"));
  EXPECT_FALSE(std::filesystem::exists(path("hotlap.db")));
  const auto plan = run({"plan", two_engines(), "--trials", "100", "--budget", "20s"});
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.err, HasSubstr("trials of each case instead of 100"));
}

TEST_F(Session, ACrashAtSomeRateEndsTheSeriesAndIsAResult) {
  const auto file =
      scenario("command: [\"" + program("stand_in_server") + "\", \"{port}\", \"14\"]", "path: /, rate: \"{rate}\"",
               "stop_series_at: crash\nmatrix: {rate: [\"50/s\", \"2k/s\", \"4k/s\"]}\n");
  const auto end = run({"run", file, "--trials", "2"});
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("rate=2k/s · failed: the target ended in mid-trial: killed by signal 9"),
                             HasSubstr("rate=4k/s · skipped: the series ends at rate=2k/s, where the target crashed")));
}

TEST_F(Session, IsNotResumedWhereSomethingHasChanged) {
  const auto own = path("own-target");
  std::filesystem::copy_file(program("hotlap-target"), own);
  const auto file = scenario("engine: epoll, program: " + own, "path: /ugly");
  auto process = start({"run", file, "--trials", "3", "--events", "events"});
  send_at(process, "measuring", SIGINT);
  ASSERT_EQ(end_of(process).status, 130);
  std::ofstream(own, std::ios::app) << "another build";
  const auto refused = run({"resume"});
  EXPECT_EQ(refused.status, 20) << refused.err;
  EXPECT_THAT(refused.err, AllOf(HasSubstr("program own-target: "), HasSubstr("--force")));
  const auto forced = run({"resume", "--force"});
  EXPECT_EQ(forced.status, 0) << forced.err;
  EXPECT_THAT(forced.out, HasSubstr("resumed although something had changed"));
  EXPECT_THAT(run({"report"}).out, HasSubstr("program own-target:"));
}

TEST_F(Session, IsNotResumedWhileItRunsNorFromAnotherFolder) {
  auto process = start({"run", two_engines(), "--trials", "1000", "--events", "events"});
  while (!contents("events").contains("trial_started") && !process.poll_exit())
    (void)process.wait(std::chrono::milliseconds(5));
  auto second = run({"resume"});
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.err, HasSubstr("is being carried out by process " + std::to_string(process.pid())));
  ASSERT_EQ(::kill(process.pid(), SIGKILL), 0);
  (void)end_of(process);
  std::filesystem::create_directories(path("elsewhere"));
  ProcessOptions options;
  options.arguments = {program("hotlap"), "resume", "--db", path("hotlap.db")};
  options.working_directory = path("elsewhere");
  auto elsewhere = Process::start(options);
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->wait(std::chrono::seconds(30))->status, 2);
  EXPECT_THAT(elsewhere->output_tail(), HasSubstr("was started in " + folder_.string()));
}

}  // namespace
}  // namespace hotlap::harness
