#include "harness/needs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Programs kPrograms{HOTLAP_BIN_DIR};

// Beside the services that Hotlap brings.
Scenario here() {
  Scenario scenario;
  scenario.file = HOTLAP_SOURCE_DIR "/scenarios/test.yaml";
  return scenario;
}

TEST(PackageOf, NamesTheirDebianPackages) {
  EXPECT_EQ(package_of("nginx"), "nginx-light");
  EXPECT_EQ(package_of("node"), "nodejs");
  EXPECT_EQ(package_of("python:aiohttp"), "python3-aiohttp");
  EXPECT_EQ(package_of("python:google.protobuf"), "python3-google");
  EXPECT_EQ(package_of("python:asn1_modules"), "python3-asn1-modules");
  EXPECT_THAT(package_of("./my-server"), IsEmpty());
  EXPECT_THAT(package_of("python:a; rm -rf /"), IsEmpty());
}

TEST(RemedyFor, SaysWhatToType) {
  EXPECT_EQ(remedy_for("haproxy"), "install it with 'apt-get install haproxy'");
  EXPECT_EQ(remedy_for("./my-server"), "check its name, or install it");
}

TEST(NeedsInScript, AreTheWordsBehindItsMark) {
  EXPECT_THAT(needs_in_script("#!/bin/bash\n# needs: nginx, setpriv\nset -e\n# needs: bash\n# it needs: no"),
              ElementsAre("nginx", "setpriv", "bash"));
  EXPECT_THAT(needs_in_script(""), IsEmpty());
  EXPECT_THAT(needs_in_script("# needs:"), IsEmpty());
}

TEST(NeedsOf, ACommandAreItsProgramAndWhatTheScenarioSays) {
  PlannedCase planned;
  planned.target.command = {"gunicorn", "{port}"};
  planned.target.needs = {"python:flask"};
  auto scenario = here();
  scenario.needs = {"wrk"};
  EXPECT_THAT(needs_of(planned, scenario, kPrograms).value(), ElementsAre("wrk", "python:flask", "gunicorn"));
}

TEST(NeedsOf, ARevisionAreGitAndTheBuildersProgramButNotWhatIsStillToBeBuilt) {
  PlannedCase planned;
  planned.target.program = "{source}/build/bin/hotlap-target";
  planned.target.git = "HEAD";
  planned.target.build = {"cmake", "--build", "build"};
  EXPECT_THAT(needs_of(planned, here(), kPrograms).value(), ElementsAre("git", "cmake"));
}

TEST(NeedsOf, AServiceAreWhatItsStartScriptSays) {
  PlannedCase planned;
  planned.services = {"tuplestore", "tarantool", "postgres"};
  EXPECT_THAT(needs_of(planned, here(), kPrograms).value(), ElementsAre("bash", "tarantool", "postgres"));
}

TEST(NeedsOf, AServiceWithoutAStartScriptIsAnError) {
  PlannedCase planned;
  planned.services = {"nowhere"};
  const auto needs = needs_of(planned, here(), kPrograms);
  ASSERT_FALSE(needs);
  EXPECT_EQ(needs.error().code, ExitCode::missing_program);
  EXPECT_THAT(needs.error().message, HasSubstr("services/nowhere/start.sh"));
}

TEST(NeedsOf, ACommandBesideTheScenarioIsLookedForThere) {
  PlannedCase planned;
  planned.target.command = {"{here}/stacks/start", "{port}"};
  planned.target.needs = {"run: {here}/check"};
  EXPECT_THAT(needs_of(planned, here(), kPrograms).value(),
              ElementsAre("run: " HOTLAP_SOURCE_DIR "/scenarios/check", HOTLAP_SOURCE_DIR "/scenarios/stacks/start"));
}

TEST(NeedsOf, AServerThatRunsAlreadyAreNone) {
  PlannedCase planned;
  planned.target.url = "http://127.0.0.1:8080";
  EXPECT_THAT(needs_of(planned, here(), kPrograms).value(), IsEmpty());
}

TEST(WhyNotHere, NamesAllThatIsMissingWithItsRemedy) {
  PlannedCase planned;
  planned.target.command = {"node", "server.js", "{port}"};
  planned.target.needs = {"python:aiohttp", "bash"};
  Machine machine([](const std::string& need) { return need == "bash" ? "" : "no " + need; });
  EXPECT_EQ(why_not_here(planned, here(), kPrograms, machine), "no python:aiohttp; no node");
  Machine full([](const std::string&) { return ""; });
  EXPECT_THAT(why_not_here(planned, here(), kPrograms, full), IsEmpty());
}

TEST(Machine, IsAskedOnceForEachNeed) {
  int asked = 0;
  Machine machine([&](const std::string&) { return std::to_string(++asked); });
  EXPECT_EQ(machine.lacks("x"), "1");
  EXPECT_EQ(machine.lacks("x"), "1");
  EXPECT_EQ(asked, 1);
}

TEST(Machine, KnowsWhatIsHereAndWhatIsNot) {
  Machine machine;
  EXPECT_EQ(machine.lacks("sh"), "");
  EXPECT_EQ(machine.lacks("no-such-program-here"),
            "program 'no-such-program-here' was not found; check its name, or install it");
  EXPECT_EQ(machine.lacks("python:no_such_module_here"),
            "Python's module 'no_such_module_here' was not found; install it with 'apt-get install "
            "python3-no-such-module-here'");
  EXPECT_THAT(machine.lacks("python:x'); raise SystemExit(0)  #"), HasSubstr("was not found"));
  EXPECT_EQ(machine.lacks("run: true"), "");
  EXPECT_EQ(machine.lacks("run: sh -c 'echo buy a licence; exit 77'"), "buy a licence");
  EXPECT_EQ(machine.lacks("run: false"), "'false' ended with exit code 1");
  EXPECT_THAT(machine.lacks("run: no-such-program-here"), HasSubstr("was not found"));
}

}  // namespace
}  // namespace hotlap::harness
