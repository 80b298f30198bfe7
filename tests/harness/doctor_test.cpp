#include "harness/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

using Level = Sign::Level;

MachineFacts good_machine() {
  return {.cpus = 8,
          .governor = "performance",
          .clocksource = "tsc",
          .open_files_soft = 1024,
          .open_files_hard = 1'048'576,
          .somaxconn = 4096,
          .first_port = 32'768,
          .last_port = 60'999,
          .congestion_control = "cubic",
          .io_uring_errno = 0,
          .perf_event_paranoid = 1,
          .root = false,
          .cpu_quota = "max 100000",
          .free_bytes_here = std::uint64_t{10} << 30,
          .free_bytes_temporary = std::uint64_t{10} << 30};
}

const Sign& named(const std::vector<Sign>& signs, std::string_view name) {
  static const Sign none{.level = Level::lacks, .name = "none", .value = {}, .advice = {}};
  for (const auto& sign : signs)
    if (sign.name == name) return sign;
  return none;
}

TEST(SignsOfAMachine, AreAllWellOnAGoodOne) {
  EXPECT_THAT(signs_of(good_machine()), Each(AllOf(Field(&Sign::level, Level::ok), Field(&Sign::advice, ""))));
}

TEST(SignsOfAMachine, ComeWithWhatToDo) {
  auto facts = good_machine();
  facts.cpus = 1;
  facts.governor = "powersave";
  facts.clocksource = "hpet";
  facts.open_files_hard = 1024;
  facts.somaxconn = 128;
  facts.first_port = 60'000;
  facts.congestion_control = "bbr";
  facts.io_uring_errno = EPERM;
  facts.perf_event_paranoid = 4;
  facts.cpu_quota = "50000 100000";
  facts.free_bytes_here = 0;
  facts.free_bytes_temporary = 0;
  const auto signs = signs_of(facts);
  EXPECT_THAT(signs, Each(AllOf(Field(&Sign::level, Level::note), Field(&Sign::advice, Not("")))));
  EXPECT_THAT(named(signs, "io_uring").value, HasSubstr("Operation not permitted"));
  EXPECT_THAT(named(signs, "somaxconn").advice, HasSubstr("sysctl net.core.somaxconn=4096"));
}

TEST(SignsOfAMachine, CanBeReadOnThisOne) {
  const auto facts = read_machine_facts();
  EXPECT_GE(facts.cpus, 1);
  EXPECT_GT(facts.open_files_hard, 0U);
  EXPECT_GT(facts.free_bytes_temporary, 0U);
}

Plan plan_of(std::vector<std::vector<std::string>> needs_of_cases) {
  Plan plan;
  Scenario scenario;
  scenario.name = "stacks";
  scenario.file = "stacks.yaml";
  plan.scenarios.push_back(scenario);
  for (auto& needs : needs_of_cases) {
    PlannedCase planned;
    planned.target.needs = std::move(needs);
    plan.cases.push_back(std::move(planned));
  }
  return plan;
}

TEST(SignsOfCases, SayWhatKeepsHowManyFromRunning) {
  Machine machine([](const std::string& need) { return need == "sh" ? "" : need + " is not there"; });
  std::vector<std::string> packages;
  const auto signs = signs_of_cases(plan_of({{"sh"}, {"node", "python:tornado"}, {"node"}}), {"/x"}, machine, packages);
  EXPECT_THAT(signs, ElementsAre(Sign{Level::lacks, "stacks", "1 of 3 cases can run here", ""},
                                 Sign{Level::lacks, "", "2 cases", "node is not there"},
                                 Sign{Level::lacks, "", "1 case", "python:tornado is not there"}));
  EXPECT_THAT(packages, ElementsAre("nodejs", "python3-tornado"));
}

TEST(Diagnosis, EndsInTheLineThatMendsIt) {
  const Diagnosis diagnosis{.parts = {{"scenarios", {{Level::lacks, "a", "0 of 1 cases can run here", ""}}},
                                      {"machine", {{Level::ok, "io_uring", "works", ""}}}},
                            .packages = {"nodejs", "wrk"}};
  EXPECT_EQ(diagnosis_text(diagnosis, {}),
            "scenarios\n  lacks  a  0 of 1 cases can run here\n"
            "\nmachine\n  ok     io_uring  works\n"
            "\nTo mend it:  apt-get install nodejs wrk\n");
  EXPECT_EQ(exit_code_of(diagnosis), ExitCode::missing_program);
}

TEST(Diagnosis, HasColoursOnlyWhereTheyAreWanted) {
  const Diagnosis diagnosis{.parts = {{"machine", {{Level::note, "somaxconn", "128", "more"}}}}, .packages = {}};
  EXPECT_THAT(diagnosis_text(diagnosis, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(diagnosis_text(diagnosis, {.color = true}), HasSubstr("\x1b[33mnote"));
  EXPECT_EQ(exit_code_of(diagnosis), ExitCode::success);
}

}  // namespace
}  // namespace hotlap::harness
