#include "harness/scenario_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "harness/plan.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Files = std::map<std::string, std::string>;

Result<Scenario> read(const Files& files, const std::string& file, const ScenarioChoices& choices = {}) {
  const auto reader = [&](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(path + " cannot be read: No such file or directory", ExitCode::bad_config);
    return found->second;
  };
  return scenario_from_yaml(files.at(file), file, choices, reader);
}

Plan plan_of(const Result<Scenario>& scenario) {
  if (!scenario) throw std::runtime_error(scenario.error().message);  // GoogleTest fails the test with it
  auto plan = make_plan({*scenario}, {.machine = CpuSet::parse("0-1").value()});
  if (!plan) throw std::runtime_error(plan.error().message);
  return std::move(*plan);
}

// Of reading or, where it only shows then, of planning.
std::string refusal(const Files& files, const std::string& file, const ScenarioChoices& choices = {}) {
  const auto scenario = read(files, file, choices);
  if (!scenario) return scenario.error().message;
  const auto plan = make_plan({*scenario}, {});
  return plan ? "accepted" : plan.error().message;
}

std::string refusal(const std::string& yaml, const ScenarioChoices& choices = {}) {
  return refusal({{"s.yaml", yaml}}, "s.yaml", choices);
}

std::vector<std::string> texts(const std::vector<Setting>& settings, const std::string& key) {
  std::vector<std::string> found;
  for (const auto& setting : settings)
    if (setting.key == key) found.push_back(setting.text);
  return found;
}

TEST(Extends, MergesMappingsAndReplacesListsAndSingleValues) {
  const auto scenario =
      read({{"base.yaml",
             "name: base\ntitle: A title\ntrials: 7\nservices: [tuplestore, postgres]\n"
             "target: {engine: epoll, workers: 2}\nload: {path: /a, expect: {status: 200, body: a}}\n"},
            {"s.yaml",
             "name: s\nextends: base.yaml\ntrials: 2\nservices: tarantool\n"
             "target: {workers: 3}\nload: {expect: {body: b}}\n"}},
           "s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->name, "s");
  EXPECT_EQ(scenario->title, "A title");
  EXPECT_EQ(scenario->trials, 2);
  EXPECT_THAT(scenario->services, ElementsAre("tarantool"));
  EXPECT_THAT(texts(scenario->target, "engine"), ElementsAre("epoll"));
  EXPECT_THAT(texts(scenario->target, "workers"), ElementsAre("3"));
  EXPECT_THAT(texts(scenario->load, "expect.status"), ElementsAre("200"));
  EXPECT_THAT(texts(scenario->load, "expect.body"), ElementsAre("b"));
}

TEST(Extends, LaterFilesWinAndPathsAreRelativeToTheFileThatNamesThem) {
  const auto scenario = read({{"dir/s.yaml", "name: s\nextends: [../a.yaml, more/b.yaml]\n"},
                              {"a.yaml", "trials: 1\nload: {path: /a, pipeline: 2}\n"},
                              {"dir/more/b.yaml", "extends: c.yaml\nload: {path: /b}\n"},
                              {"dir/more/c.yaml", "load: {path: /c, connections: 77}\n"}},
                             "dir/s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->trials, 1);
  EXPECT_THAT(texts(scenario->load, "path"), ElementsAre("/b"));
  EXPECT_THAT(texts(scenario->load, "pipeline"), ElementsAre("2"));
  EXPECT_THAT(texts(scenario->load, "connections"), ElementsAre("77"));
}

TEST(Extends, ATargetOfAnotherKindReplacesTheWholeTargetButItsProcessors) {
  const Files files = {{"ours.yaml", "target: {engine: epoll, store: tuplestore, cpus: \"0\"}\n"},
                       {"s.yaml", "name: s\nextends: ours.yaml\ntarget: {command: [./x, \"{port}\"]}\n"},
                       {"back.yaml", "name: b\nextends: s.yaml\ntarget: {engine: blocking}\n"}};
  const auto other = plan_of(read(files, "s.yaml"));
  EXPECT_THAT(other.cases[0].target.command, ElementsAre("./x", "{port}"));
  EXPECT_EQ(other.cases[0].target.cpus.text(), "0");
  EXPECT_THAT(other.cases[0].services, IsEmpty());
  const auto ours = plan_of(read(files, "back.yaml"));
  EXPECT_TRUE(ours.cases[0].target.is_ours());
  EXPECT_EQ(ours.cases[0].target.engine, "blocking");
}

TEST(Extends, MessagesNameTheFileThatTheValueCameFrom) {
  EXPECT_EQ(refusal({{"s.yaml", "name: s\nextends: base.yaml\n"}, {"base.yaml", "load:\n  duration: 3x\n"}}, "s.yaml"),
            "base.yaml:2:13: load.duration: duration '3x' is not a number followed by ns, us, ms, s, m or h");
  EXPECT_EQ(refusal({{"s.yaml", "name: s\nextends: base.yaml\n"}, {"base.yaml", "trails: 3\n"}}, "s.yaml"),
            "base.yaml:1:1: key 'trails' is unknown in the scenario; did you mean 'trials'?");
  EXPECT_EQ(refusal({{"s.yaml", "name: s\nextends: base.yaml\n"}, {"base.yaml", "a: [1\n"}}, "s.yaml").substr(0, 12),
            "base.yaml:2:");
}

TEST(Extends, CirclesMissingFilesAndDepthAreRefusedWithBothPlaces) {
  EXPECT_EQ(refusal({{"s.yaml", "name: s\nextends: s.yaml\n"}}, "s.yaml"),
            "s.yaml:2:10: extends: s.yaml extends itself; take this out");
  EXPECT_EQ(refusal({{"s.yaml", "name: s\nextends: b.yaml\n"},
                     {"b.yaml", "extends: c.yaml\n"},
                     {"c.yaml", "extends: [./s.yaml]\n"}},
                    "s.yaml"),
            "c.yaml:1:11: extends: s.yaml extends this file in turn, at s.yaml:2:10; take one of the two out");
  EXPECT_EQ(refusal({{"d/s.yaml", "name: s\nextends: b.yaml\n"}}, "d/s.yaml"),
            "d/s.yaml:2:10: extends 'b.yaml': d/b.yaml cannot be read: No such file or directory");
  Files tower = {{"s.yaml", "name: s\nextends: 1.yaml\n"}};
  for (int i = 1; i < 20; ++i) tower[fmt::format("{}.yaml", i)] = fmt::format("extends: {}.yaml\n", i + 1);
  EXPECT_EQ(refusal(tower, "s.yaml"),
            "8.yaml:1:10: extends: more than 8 files one under the other, from s.yaml:2:10 on; merge some");
}

TEST(Extends, ManyFilesThatExtendManyAreRefusedBeforeTheyAreManyMore) {
  Files wide = {{"s.yaml", "name: s\nextends: [1.yaml, 1.yaml, 1.yaml]\n"}, {"8.yaml", "trials: 1\n"}};
  for (int i = 1; i < 8; ++i)
    wide[fmt::format("{}.yaml", i)] = fmt::format("extends: [{0}.yaml, {0}.yaml, {0}.yaml]\n", i + 1);
  EXPECT_THAT(refusal(wide, "s.yaml"), HasSubstr("more than 64 files in all, from s.yaml:2:"));
}

TEST(Extends, WhatAnotherFileSaysOfValuesThatAreGoneIsNoMistakeButTheOwnFileIsHeldToItsWord) {
  const std::string base =
      "load: {pipeline: \"{depth}\"}\nmatrix: {depth: [1, 24], exclude: [{depth: 24}], overrides: [{when: {depth: 24}, "
      "trials: 9}]}\nclaims: [{id: H, statement: s, ratio: {of: {depth: 24}, to: {depth: 1}}, published: 2}]\n";
  const auto plan = plan_of(
      read({{"base.yaml", base}, {"s.yaml", "name: s\nextends: base.yaml\nmatrix: {depth: [1, 8]}\n"}}, "s.yaml"));
  EXPECT_EQ(plan.cases.size(), 2U);
  EXPECT_EQ(refusal({{"base.yaml", base},
                     {"s.yaml", "name: s\nextends: base.yaml\nmatrix: {depth: [1, 8], exclude: [{depth: 24}]}\n"}},
                    "s.yaml"),
            "s.yaml:3:43: axis 'depth' has no value '24', named in matrix.exclude; expected one of 1, 8");
}

TEST(Vars, AreFilledIntoEveryValue) {
  const auto plan = plan_of(
      read({{"s.yaml",
             "name: s\ntitle: \"With {conns} connections\"\nvars: {conns: 50, page: /good, db: tuplestore, deep: 24}\n"
             "services: [\"{db}\"]\ntarget: {command: [./x, \"--port={port}\", \"--db={db}\"]}\n"
             "load: {path: \"{page}?n={conns}\", connections: \"{conns}\", pipeline: \"{depth}\"}\n"
             "matrix: {depth: [1, \"{deep}\"]}\n"}},
           "s.yaml"));
  EXPECT_EQ(plan.scenarios[0].title, "With 50 connections");
  EXPECT_THAT(plan.cases[0].services, ElementsAre("tuplestore"));
  EXPECT_THAT(plan.cases[0].target.command, ElementsAre("./x", "--port={port}", "--db=tuplestore"));
  EXPECT_EQ(plan.cases[0].load.url.target, "/good?n=50");
  EXPECT_EQ(plan.cases[1].load.pipeline_depth, 24);
}

TEST(Vars, AreRefusedWhereTheyWouldMislead) {
  EXPECT_EQ(refusal("name: s\nvars: {depth: 3}\nload: {pipeline: \"{depth}\"}\nmatrix: {depth: [1]}\n"),
            "s.yaml:2:8: 'depth' is a var and, in line 4, an axis; rename one of them");
  EXPECT_EQ(refusal("name: s\nvars: {conns: 3}\n"),
            "s.yaml:2:15: var 'conns' is used nowhere; write \"{conns}\" where it belongs, or take it out");
  EXPECT_EQ(refusal("name: s\nvars: {a: \"{b}\", b: 1}\nload: {path: \"/{a}{b}\"}\n"),
            "s.yaml:2:11: vars.a holds {b}, but vars are not filled into each other; write it out");
  EXPECT_EQ(refusal("name: s\nvars: {A: 1}\n"),
            "s.yaml:2:8: var name 'A' must be lower-case letters, digits and '_', and none of port, socket, "
            "ready_fd, source, work_dir, here, tuplestore, tarantool, postgres, include, exclude, overrides");
  EXPECT_EQ(refusal("name: s\nvars: {a: [1]}\nload: {path: \"/{a}\"}\n"),
            "s.yaml:2:11: vars.a is a list, but a single value is expected");
  EXPECT_EQ(refusal("name: s\nvars: {a: \"x\\ny\"}\nload: {path: \"/{a}\"}\n"),
            "s.yaml:2:11: vars.a: 'x\\ny' holds a line break");
  EXPECT_EQ(refusal("name: s\nvars: {conns: 3}\nload: {connections: \"{conn}\", pipeline: \"{conns}\"}\n"),
            "s.yaml:3:21: {conn} is no axis or var of this scenario; did you mean 'conns'?");
}

TEST(Vars, AMistakeInAValueThatIsOnlyAVarStandsWhereTheVarDoes) {
  EXPECT_EQ(refusal("name: s\nvars: {time: 3x}\nload: {duration: \"{time}\"}\n"),
            "s.yaml:2:14: load.duration: duration '3x' is not a number followed by ns, us, ms, s, m or h");
}

TEST(Vars, MuchCannotBeMadeOfLittle) {
  std::string yaml = "name: s\nvars: {a: \"" + std::string(10'000, 'x') + "\"}\nload: {path: \"/";
  for (int i = 0; i < 10'000; ++i) yaml += "{a}";
  EXPECT_THAT(refusal(yaml + "\"}\n"),
              HasSubstr("with vars filled in this scenario would have more than 1048576 bytes"));
}

TEST(Profile, ChangesWhateverItNamesAndExtendsOthers) {
  const std::string yaml =
      "name: s\ntrials: 5\nvars: {conns: 50}\ntarget: {engine: epoll, workers: 2}\n"
      "load: {connections: \"{conns}\", pipeline: \"{depth}\", duration: 9s}\nmatrix: {depth: [1, 24, 48]}\n"
      "profiles:\n"
      "  quick: {trials: 2, duration: 300ms}\n"
      "  ci:\n    extends: quick\n    seed: 9\n    vars: {conns: 8}\n    services: tuplestore\n"
      "    target: {workers: 1}\n    load: {timeout: 1s}\n"
      "    matrix: {depth: [1, 48], overrides: [{when: {depth: 48}, trials: 4, load: {duration: 1s}}]}\n";
  const auto plan = plan_of(read({{"s.yaml", yaml}}, "s.yaml", {.profile = "ci"}));
  ASSERT_EQ(plan.cases.size(), 2U);
  EXPECT_EQ(plan.seed, 9U);
  EXPECT_EQ(plan.cases[0].trials, 2);
  EXPECT_EQ(plan.cases[1].trials, 4);
  EXPECT_EQ(plan.cases[0].load.duration, std::chrono::milliseconds(300));
  EXPECT_EQ(plan.cases[1].load.duration, std::chrono::seconds(1));
  EXPECT_EQ(plan.cases[0].load.connections, 8);
  EXPECT_EQ(plan.cases[0].load.timeout, std::chrono::seconds(1));
  EXPECT_EQ(plan.cases[0].target.workers, 1);
  EXPECT_THAT(plan.cases[0].services, ElementsAre("tuplestore"));
  EXPECT_EQ(plan_of(read({{"s.yaml", yaml}}, "s.yaml")).cases.size(), 3U);
}

TEST(Profile, IsReadEvenWhenItIsNotChosen) {
  EXPECT_EQ(refusal("name: s\nprofiles:\n  p:\n    load: {pathe: /}\n"),
            "s.yaml:4:12: key 'pathe' is unknown in load; did you mean 'path'?");
  EXPECT_EQ(refusal("name: s\nprofiles:\n  a: {extends: b}\n  b: {extends: a}\n"),
            "s.yaml:4:16: extends: profile 'a' extends this one in turn, at line 3; take one of the two out");
  EXPECT_EQ(refusal("name: s\nprofiles:\n  a: {extends: bb}\n"), "s.yaml:3:16: profile 'bb' is unknown; expected a");
  EXPECT_EQ(refusal("name: s\nprofiles:\n  a: {title: b}\n").substr(0, 44),
            "s.yaml:3:7: key 'title' is unknown in profil");
}

TEST(Set, LiesOverFileAndProfile) {
  const std::string yaml =
      "name: s\nvars: {conns: 50}\nload: {connections: \"{conns}\", pipeline: \"{depth}\", duration: 9s}\n"
      "matrix: {depth: [1, 24], exclude: [{depth: 24}]}\nprofiles: {ci: {duration: 1s, trials: 1}}\n"
      "claims: [{id: H, statement: s, ratio: {of: {depth: 24}, to: {depth: 1}}, published: 2}]\n";
  const auto plan = plan_of(read({{"s.yaml", yaml}}, "s.yaml",
                                 {.profile = "ci",
                                  .sets = {"load.duration=5s", "vars.conns=7", "matrix.depth=[2,4]", "trials=6",
                                           "load.expect.status=404", "load.headers.X-A=a: b", "load.path=/x?a=b"}}));
  ASSERT_EQ(plan.cases.size(), 2U);
  const auto& load = plan.cases[1].load;
  EXPECT_EQ(load.pipeline_depth, 4);
  EXPECT_EQ(load.duration, std::chrono::seconds(5));
  EXPECT_EQ(load.connections, 7);
  EXPECT_EQ(plan.cases[1].trials, 6);
  EXPECT_EQ(load.expect.status_low, 404);
  EXPECT_EQ(load.url.target, "/x?a=b");
  EXPECT_THAT(load.headers, ElementsAre(std::pair<std::string, std::string>("X-A", "a: b")));
  EXPECT_EQ(plan.scenarios[0].claims.size(), 1U);
}

TEST(Set, IsCheckedAsStrictlyAsTheFileAndNamesItself) {
  const std::string yaml = "name: s\nload: {path: /, pipeline: \"{depth}\"}\nmatrix: {depth: [1]}\n";
  const auto refused = [&](std::vector<std::string> sets) { return refusal(yaml, {.sets = std::move(sets)}); };
  EXPECT_EQ(refused({"trials=2", "load.duration=5"}),
            "--set 2: load.duration: duration '5' is not a number followed by ns, us, ms, s, m or h");
  EXPECT_EQ(refused({"lod.path=/"}), "--set 1: key 'lod' is unknown in the scenario; did you mean 'load'?");
  EXPECT_EQ(refused({"load.pathe=/"}), "--set 1: key 'pathe' is unknown in load; did you mean 'path'?");
  EXPECT_EQ(refused({"vars.conns=3"}),
            "--set 1: var 'conns' is used nowhere; write \"{conns}\" where it belongs, or take it out");
  EXPECT_EQ(refused({"matrix.depth=[1,1]"}), "--set 1: axis 'depth' holds '1' twice");
  EXPECT_EQ(refused({"matrix.depth=[1"}).substr(0, 8), "--set 1:");
  EXPECT_EQ(refused({"load=5"}), "--set 1: load is a single value, but a mapping is expected");
  EXPECT_EQ(refused({"load.path.x=5"}),
            "--set 1: load.path is a single value, so x cannot be set in it; set it as a whole");
  EXPECT_EQ(refused({"trials=0"}), "--set 1: trials: 0 is not between 1 and 10000");
  EXPECT_EQ(refused({"trials"}), "--set 1: 'trials' is not like load.duration=5s or matrix.depth=[1,24]");
  EXPECT_EQ(refused({"=5"}), "--set 1: '=5' is not like load.duration=5s or matrix.depth=[1,24]");
  EXPECT_EQ(refused({"load..x=5"}), "--set 1: 'load..x' has an empty name between its dots");
  EXPECT_EQ(refused({"load.path=/\r\nX: y"}), "--set 1: 'load.path=/\\r\\nX: y' holds a control character");
  EXPECT_EQ(refused({"profiles.x.trials=1"}), "--set 1: profiles cannot be set; choose one with --profile");
}

TEST(Overrides, ApplyInOrderToTheCasesThatMatch) {
  const auto plan =
      plan_of(read({{"s.yaml",
                     "name: s\ntrials: 2\ntarget: {engine: epoll, workers: 2}\nload: {pipeline: \"{depth}\"}\n"
                     "matrix:\n  server: [ours, other]\n  depth: [1, 24]\n  overrides:\n"
                     "    - {when: {server: other}, target: {command: [./x, \"{port}\", \"{depth}\"]}, trials: 5}\n"
                     "    - {when: {depth: [24]}, load: {duration: 1s, path: \"/{server}\"}}\n"
                     "    - {when: {depth: [24], server: [ours, other]}, trials: 7, load: {duration: 3s}}\n"}},
                   "s.yaml"));
  ASSERT_EQ(plan.cases.size(), 4U);
  EXPECT_EQ(plan.cases[0].target.workers, 2);
  EXPECT_EQ(plan.cases[0].trials, 2);
  EXPECT_EQ(plan.cases[0].load.duration, std::chrono::seconds(10));
  EXPECT_EQ(plan.cases[1].trials, 7);
  EXPECT_EQ(plan.cases[1].load.duration, std::chrono::seconds(3));
  EXPECT_EQ(plan.cases[1].load.url.target, "/ours");
  EXPECT_THAT(plan.cases[2].target.command, ElementsAre("./x", "{port}", "1"));
  EXPECT_EQ(plan.cases[2].trials, 5);
  EXPECT_EQ(plan.cases[3].trials, 7);
  EXPECT_EQ(plan.cases[3].load.url.target, "/other");
}

TEST(Overrides, AreRefusedWhenTheyChooseOrChangeNothing) {
  const auto refused = [](const std::string& item) {
    return refusal("name: s\nload: {pipeline: \"{d}\"}\nmatrix:\n  d: [1, 2]\n  overrides:\n    - " + item + "\n");
  };
  EXPECT_EQ(refused("{trials: 3}"),
            "s.yaml:6:7: key 'when' is missing; it selects cases, like 'when: {engine: [epoll, uring]}'");
  EXPECT_EQ(refused("{when: {}, trials: 3}"),
            "s.yaml:6:14: 'when' names no axis, so this is for every case; write it into target or load");
  EXPECT_EQ(refused("{when: {d: 1}}"), "s.yaml:6:7: this override changes nothing; give it a target, a load or trials");
  EXPECT_EQ(refused("{when: {d: 3}, trials: 1}"),
            "s.yaml:6:18: axis 'd' has no value '3', named in matrix.overrides; did you mean '1'?");
  EXPECT_EQ(refused("{when: {e: 3}, trials: 1}"),
            "s.yaml:6:15: axis 'e' is unknown in matrix.overrides; did you mean 'd'?");
  EXPECT_EQ(refused("{when: {d: 1}, target: {workers: 0}}"), "s.yaml:6:40: target.workers: 0 is not between 1 and 256");
  EXPECT_EQ(refused("{when: {d: 1}, lod: {}}"),
            "s.yaml:6:22: key 'lod' is unknown in an item of matrix.overrides; did you mean 'load'?");
}

}  // namespace
}  // namespace hotlap::harness
