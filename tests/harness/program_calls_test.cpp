#include <gmock/gmock.h>

#include <fstream>

#include "program_fixture.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// What a request asks of its database, by the database's own count.
class Calls : public ProgramTest {
 protected:
  static constexpr const char* kTwo = "path: \"/queries?queries=2\", expect: {status: 200, store_calls: 2}";

  // hotlap-target as a stranger to the harness.
  [[nodiscard]] static std::string stranger() {
    return "command: [\"" + program("hotlap-target") +
           "\", --engine, epoll, --port, \"{port}\", --store, tuplestore, --store-address, \"{tuplestore}\"]";
  }
  // A service of the user's own in Tarantool's place; `calls` is what it does when it is asked for its count.
  void write_service(const std::string& calls) const {
    std::filesystem::create_directories(path("services/tarantool"));
    std::ofstream(path("services/tarantool/start.sh"))
        << "#!/usr/bin/env bash\n# counts: calls\nif [[ ${1:-} == --version ]]; then echo mine; exit; fi\n"
        << "cd \"$HOTLAP_WORK_DIR\"\nif [[ ${1:-} == --calls ]]; then " << calls << "; exit; fi\n"
        << "\"$HOTLAP_TUPLESTORE\" --port \"$HOTLAP_PORT\" > >(sed -u s/hotlap-tuplestore/hotlap-tarantool/) &\n"
        << "trap 'kill $!; wait; exit 0' TERM\nwait\n";
  }
};

TEST_F(Calls, OfAServerThatIsNotOursAreCountedToo) {
  EXPECT_EQ(run({"run", scenario(stranger(), kTwo, "services: tuplestore\n")}).status, 0) << errors();
  const auto wrong = scenario(stranger(), "path: /db, expect: {status: 200, store_calls: 2}", "services: tuplestore\n");
  EXPECT_EQ(run({"run", wrong}).status, 20);
  EXPECT_THAT(run({"show", "last:1"}).out, HasSubstr("but expect.store_calls is 2"));
}

TEST_F(Calls, ThatNobodyWouldCountAreRefusedBeforeAnythingRuns) {
  const auto file = scenario("command: [./server, \"{port}\"]", kTwo);
  for (const char* command : {"validate", "plan", "run"}) {
    const auto end = run({command, file});
    EXPECT_EQ(end.status, 30) << command;
    EXPECT_THAT(end.err, AllOf(ContainsRegex("s.yaml:5:[0-9]+: load.expect.store_calls: nobody would count them"),
                               HasSubstr("name a database in 'services'")));
  }
}

TEST_F(Calls, BeyondWhatTheTargetMadeMakeTheTrialInvalid) {
  write_service(
      "echo x >>asked; echo $((1000 * $(wc -l <asked) + $(\"$HOTLAP_TUPLESTORE\" --calls 127.0.0.1:$HOTLAP_PORT)))");
  const auto end = run({"run", scenario("engine: epoll, store: tarantool", "path: /db")});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(run({"show", "last:1"}).out,
              ContainsRegex("the database counted [0-9]+ calls under this load, but hotlap-target [0-9]+: "));
}

TEST_F(Calls, ThatAServiceFailsToCountAreSuspect) {
  write_service("echo no idea");
  const auto end = run({"run", scenario("engine: epoll, store: tarantool", "path: /db")});
  EXPECT_EQ(end.status, 0) << end.err;
  const auto shown = run({"show", "last:1"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("SUSPECT"), HasSubstr("service tarantool did not count its calls: --calls ended "
                                                           "with exit code 0 and said 'no idea'; its start script has "
                                                           "to print one whole number")));
  EXPECT_THAT(shown, Not(HasSubstr("it counted 0 calls")));
}

}  // namespace
}  // namespace hotlap::harness
