#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <ranges>
#include <string_view>

#include "base/socket.h"
#include "program_fixture.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Failures : public ProgramTest {};

TEST_F(Failures, ATargetThatCrashesInMidTrialFailsThatTrialAndTheRestGoesOn) {
  // The stand-in answers the readiness probe and the verification, then crashes under load; the other case is well.
  const auto file = scenario("command: [\"" + program("stand_in_server") + "\", \"{port}\", \"{answers}\"]", "path: /",
                             "matrix: {answers: [2, 0]}\n");
  const auto end = run({"run", file});
  EXPECT_EQ(end.status, 20) << end.out << end.err;
  EXPECT_THAT(end.err, HasSubstr("answers=2 · failed: the target ended in mid-trial: killed by signal 9"));
  EXPECT_THAT(end.err, HasSubstr("trial 2 of 2"));
  const auto show = run({"show", "last:1", "last:2"});
  EXPECT_THAT(show.out, HasSubstr("stand-in: this is the end"));
}

TEST_F(Failures, APortInUseEndsAtOnceAndNamesIt) {
  const auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  ASSERT_TRUE(listener);
  const auto port = std::to_string(local_address(*listener)->port());
  const auto end = run({"run", scenario("engine: epoll, port: " + port, "")});
  EXPECT_EQ(end.status, 21) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("ended before it was ready"), HasSubstr("port " + port)));
}

TEST_F(Failures, AMissingProgramIsNamedBeforeAnythingRuns) {
  const auto end = run({"run", scenario("program: /nowhere/hotlap-target", "")});
  EXPECT_EQ(end.status, 31);
  EXPECT_THAT(end.err, HasSubstr("program '/nowhere/hotlap-target' was not found"));
}

TEST_F(Failures, AReportWithoutAFolderIsNotedBeforeAnythingRuns) {
  const auto end = run({"run", scenario("engine: epoll", "path: /ugly"), "--html", "none/r.html"});
  EXPECT_EQ(end.status, 40);
  EXPECT_THAT(end.err, AllOf(HasSubstr("file 'none/r.html' cannot be written: folder 'none' does not exist; create it"),
                             Not(HasSubstr("trial 1"))));
}

TEST_F(Failures, WhatTheCommandLineGetsWrongIsNamed) {
  const auto unknown = run({"rnu"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("hotlap: command 'rnu' is unknown; did you mean 'run'?"));
  const auto filter =
      run({"plan", scenario("engine: \"{e}\"", "", "matrix: {e: [epoll, uring]}\n"), "--filter", "e=epol"});
  EXPECT_EQ(filter.status, 2);
  EXPECT_THAT(filter.err, HasSubstr("filter: axis 'e' has no value 'epol'; did you mean 'epoll'?"));
}

TEST_F(Failures, APageThatAnswersAnotherStatusIsNeverMeasured) {
  const auto end = run({"run", scenario("engine: epoll", "path: /nowhere")});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.err, HasSubstr("page /nowhere answers with status 404, but 200-299 is expected; check load.path"));
}

TEST_F(Failures, APageWithAnotherBodyIsNeverMeasured) {
  const auto end = run({"run", scenario("engine: epoll", "path: /ugly, expect: {body: PRETTY}")});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.err, HasSubstr("answers with the body 'UGLY', but 'PRETTY' is expected"));
}

TEST_F(Failures, ADatabaseThatCannotBeWrittenStopsBeforeAnythingRuns) {
  const auto end = run({"run", scenario("engine: epoll", ""), "--db", "/nowhere/x.db"});
  EXPECT_EQ(end.status, 40);
  EXPECT_THAT(end.err, HasSubstr("/nowhere/x.db"));
}

TEST_F(Failures, ADiskThatFillsUpKeepsFinishedTrialsAndStillPrintsWhatIsKnown) {
  std::signal(SIGXFSZ, SIG_IGN);  // inherited: a write beyond the limit is an error there, not a signal
  auto process = start({"run", scenario("engine: epoll", "path: /ugly"), "--trials", "1000"});
  while (!errors().contains("trial 2 of 1000") && !process.poll_exit())
    (void)process.wait(std::chrono::milliseconds(20));
  ASSERT_FALSE(process.poll_exit()) << errors();
  const rlimit nothing{0, 0};
  ASSERT_EQ(::prlimit(process.pid(), RLIMIT_FSIZE, &nothing, nullptr), 0);
  const auto end = end_of(process);
  EXPECT_EQ(end.status, 40);
  EXPECT_THAT(end.out, HasSubstr("single"));
  const auto list = run({"list"});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_THAT(list.out, Not(HasSubstr(" 0 of 1000")));
}

TEST_F(Failures, AReportFileThatCannotBeWrittenIsAnErrorAfterTheReport) {
  const auto end = run({"run", scenario("engine: epoll", "path: /ugly"), "--html", "/dev/full"});
  EXPECT_EQ(end.status, 40);
  EXPECT_THAT(end.out, HasSubstr("single"));
  EXPECT_THAT(end.err, HasSubstr("write /dev/full: No space left on device"));
}

TEST_F(Failures, AScenarioWithAMistakeIsRefusedAtItsPlace) {
  const auto end = run({"run", scenario("enigne: epoll", "")});
  EXPECT_EQ(end.status, 30);
  EXPECT_THAT(end.err, HasSubstr("s.yaml:4:10: key 'enigne' is unknown in target; did you mean 'engine'?"));
}

TEST_F(Failures, ACommandLineWithAMistakeIsAUsageError) {
  EXPECT_EQ(run({}).status, 2);
  EXPECT_EQ(run({"rum"}).status, 2);
  EXPECT_EQ(run({"run"}).status, 2);
  EXPECT_EQ(run({"run", scenario("engine: epoll", ""), "--trials", "0"}).status, 2);
  EXPECT_EQ(run({"run", path("s.yaml"), "--filter", "engine=epoll"}).status, 2);
  EXPECT_EQ(run({"check", "--base", "engine=epol", "--new", "engine=epoll"}).status, 2);
  EXPECT_EQ(run({"check", "--base", "engine=epoll", "--new", "engine=epoll", "-d", "1"}).status, 2);
  EXPECT_EQ(run({"report", "--db", path("none.db")}).status, 2);
}

TEST_F(Failures, HelpAndVersionAreNoFailures) {
  EXPECT_EQ(run({"--version"}).status, 0);
  for (const char* command : {"run", "plan", "report", "list", "show", "check"}) {
    const auto end = run({command, "--help"});
    EXPECT_EQ(end.status, 0) << command;
    EXPECT_THAT(end.out, HasSubstr("Exit codes")) << command;
    for (const auto line : std::views::split(end.out, '\n')) {
      const auto characters =
          std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      EXPECT_LE(characters, 80) << std::string_view(line.begin(), line.end());
    }
  }
}

}  // namespace
}  // namespace hotlap::harness
