#include "harness/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Placeholders, AreNamesInBracesAndNothingElse) {
  EXPECT_THAT(placeholders("/{page}?d={depth}"), ElementsAre("page", "depth"));
  EXPECT_THAT(placeholders(R"({"hello": {"a": 1}})"), IsEmpty());
  EXPECT_THAT(placeholders("{ page } {Page} {}"), IsEmpty());
  EXPECT_THAT(placeholders("{port}{tuplestore}"), ElementsAre("port", "tuplestore"));
}

TEST(FillIn, ReplacesWhatItKnowsAndLeavesTheRest) {
  EXPECT_EQ(fill_in("/{page}/{x}/{page}", {{"page", "ugly"}}), "/ugly/{x}/ugly");
  EXPECT_EQ(fill_in(R"({"a": "{page}"})", {{"page", "ugly"}}), R"({"a": "ugly"})");
  EXPECT_EQ(fill_in("{page", {{"page", "ugly"}}), "{page");
  EXPECT_EQ(fill_in("{a}", {{"a", "{b}"}, {"b", "c"}}), "{b}");
}

TEST(TargetFrom, ReadsEveryKeyOfOurTarget) {
  const auto spec = target_from({{"engine", "pipelined", {}},
                                 {"workers", "2", {}},
                                 {"workers_as", "processes", {}},
                                 {"threads", "4", {}},
                                 {"burn", "1.5us", {}},
                                 {"gather_responses", "8", {}},
                                 {"gather_bytes", "4KiB", {}},
                                 {"store", "tarantool", {}},
                                 {"store_connections", "pool:8", {}},
                                 {"store_schema", "jsonb", {}},
                                 {"store_rating_index", "off", {}},
                                 {"operations", "article", {}},
                                 {"port", "8080", {}},
                                 {"cpus", "0-1", {}},
                                 {"program", "/x/hotlap-target", {}}},
                                "s.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->engine, "pipelined");
  EXPECT_EQ(spec->workers, 2);
  EXPECT_EQ(spec->workers_as, "processes");
  EXPECT_EQ(spec->threads, 4U);
  EXPECT_EQ(spec->burn, Nanos(1500));
  EXPECT_EQ(spec->gather_responses, 8U);
  EXPECT_EQ(spec->gather_bytes, 4096U);
  EXPECT_EQ(spec->store, "tarantool");
  EXPECT_EQ(spec->store_connections, "pool:8");
  EXPECT_EQ(spec->store_schema, "jsonb");
  EXPECT_EQ(spec->store_rating_index, "off");
  EXPECT_EQ(spec->operations, "article");
  EXPECT_EQ(spec->port, 8080);
  EXPECT_EQ(spec->cpus.text(), "0-1");
  EXPECT_TRUE(spec->is_ours());
}

TEST(TargetFrom, ReadsEveryKeyOfACommand) {
  const auto spec = target_from({{"command", "./server", {}},
                                 {"command", "{port}", {}},
                                 {"environment MODE", "fast: yes", {}},
                                 {"directory", "/srv", {}},
                                 {"log", "server.log", {}},
                                 {"ready_fd", "true", {}},
                                 {"ready", "/health", {}},
                                 {"ready_status", "200", {}},
                                 {"ready_body", "ok", {}},
                                 {"ready_timeout", "30s", {}},
                                 {"git", "v1.2", {}},
                                 {"repository", "../server", {}},
                                 {"build", "make -j 'all of it'", {}},
                                 {"build_timeout", "1m", {}},
                                 {"front", "nginx", {}},
                                 {"front_upstream", "close", {}},
                                 {"front_errors", "broken", {}},
                                 {"front_cpus", "1", {}},
                                 {"needs", "python:aiohttp, wrk", {}},
                                 {"cpus", "0", {}}},
                                "s.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_THAT(spec->command, ElementsAre("./server", "{port}"));
  EXPECT_THAT(spec->environment, ElementsAre(std::pair<std::string, std::string>("MODE", "fast: yes")));
  EXPECT_EQ(spec->directory, "/srv");
  EXPECT_EQ(spec->log, "server.log");
  EXPECT_TRUE(spec->ready_fd);
  EXPECT_EQ(spec->ready, "/health");
  EXPECT_EQ(spec->ready_status_low, 200);
  EXPECT_EQ(spec->ready_status_high, 200);
  EXPECT_EQ(spec->ready_body, "ok");
  EXPECT_EQ(spec->ready_timeout, std::chrono::seconds(30));
  EXPECT_EQ(spec->git, "v1.2");
  EXPECT_EQ(spec->repository, "../server");
  EXPECT_THAT(spec->build, ElementsAre("make", "-j", "all of it"));
  EXPECT_EQ(spec->build_timeout, std::chrono::minutes(1));
  EXPECT_EQ(spec->front, "nginx");
  EXPECT_EQ(spec->front_upstream, "close");
  EXPECT_EQ(spec->front_errors, "broken");
  EXPECT_EQ(spec->front_cpus.text(), "1");
  EXPECT_THAT(spec->needs, ElementsAre("python:aiohttp", "wrk"));
  EXPECT_FALSE(spec->is_ours());
  EXPECT_FALSE(spec->runs_already());
  EXPECT_TRUE(spec->has_front());
}

TEST(TargetFrom, ReadsAServerThatRunsAlready) {
  const auto spec = target_from({{"url", "http://127.0.0.1:8080", {}}, {"ready", "/up", {}}}, "s.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_TRUE(spec->runs_already());
  EXPECT_FALSE(spec->is_ours());
}

std::string refusal_of(std::vector<Setting> settings) {
  settings.front().place = {.line = 4, .column = 2};
  const auto spec = target_from(settings, "s.yaml");
  return spec ? "taken" : spec.error().message;
}

TEST(TargetFrom, RefusesOtherHostsUnlessTheyAreMeant) {
  EXPECT_THAT(refusal_of({{"url", "http://192.168.0.1", {}}}),
              testing::AllOf(testing::StartsWith("s.yaml:4:2: target.url: http://192.168.0.1 is another host"),
                             testing::HasSubstr("allow_remote: true")));
  EXPECT_EQ(refusal_of({{"url", "http://192.168.0.1", {}}, {"allow_remote", "true", {}}}), "taken");
  EXPECT_THAT(refusal_of({{"front", "nginx", {}}, {"url", "http://192.168.0.1", {}}, {"allow_remote", "true", {}}}),
              testing::HasSubstr("target.front stands before a server of this host only"));
}

TEST(TargetFrom, RefusesKeysOfAnotherKindOfTarget) {
  EXPECT_THAT(refusal_of({{"engine", "epoll", {}}, {"url", "http://127.0.0.1", {}}}),
              testing::HasSubstr("target.engine does not go with target.url"));
  EXPECT_THAT(refusal_of({{"command", "{port}", {}}, {"url", "http://127.0.0.1", {}}}),
              testing::HasSubstr("target.command does not go with target.url"));
  EXPECT_THAT(refusal_of({{"engine", "epoll", {}}, {"command", "{port}", {}}}),
              testing::HasSubstr("target.engine is for hotlap-target"));
  EXPECT_THAT(refusal_of({{"ready_body", "ok", {}}}), testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"environment A", "b", {}}}), testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"allow_remote", "true", {}}}), testing::HasSubstr("needs target.command or target.url"));
}

TEST(TargetFrom, RefusesABuildWithoutARevision) {
  EXPECT_THAT(refusal_of({{"build", "make", {}}}), testing::HasSubstr("target.build needs target.git"));
  EXPECT_THAT(refusal_of({{"git", "--upload-pack=x", {}}}), testing::HasSubstr("is no revision of git"));
}

TEST(TargetFrom, WantsACommandToBeToldWhereToListen) {
  EXPECT_THAT(refusal_of({{"command", "./server", {}}}), testing::HasSubstr("target.command has no {port}"));
  EXPECT_EQ(refusal_of({{"command", "./server", {}}, {"command", "--unix={socket}", {}}}), "taken");
  EXPECT_EQ(refusal_of({{"command", "./server", {}}, {"environment PORT", "{port}", {}}}), "taken");
}

TEST(LoadFrom, ReadsEveryKey) {
  const auto spec = load_from({{"path", "/good", {}},
                               {"method", "POST", {}},
                               {"threads", "2", {}},
                               {"connections", "100", {}},
                               {"pipeline", "24", {}},
                               {"duration", "2s", {}},
                               {"warm_up", "300ms", {}},
                               {"timeout", "5s", {}},
                               {"rate", "20k/s", {}},
                               {"arrivals", "poisson", {}},
                               {"catch_up", "cap:3", {}},
                               {"seed", "9", {}},
                               {"cpus", "1", {}},
                               {"requests_per_connection", "10", {}},
                               {"expect.status", "200-204", {}},
                               {"expect.length", "12B", {}},
                               {"expect.body", "Hello world!", {}},
                               {"header X-A", "b: c", {}}},
                              "s.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->url.target, "/good");
  EXPECT_EQ(spec->method, "POST");
  EXPECT_EQ(spec->threads, 2);
  EXPECT_EQ(spec->connections, 100);
  EXPECT_EQ(spec->pipeline_depth, 24);
  EXPECT_EQ(spec->duration, std::chrono::seconds(2));
  EXPECT_EQ(spec->warm_up, std::chrono::milliseconds(300));
  EXPECT_EQ(spec->timeout, std::chrono::seconds(5));
  EXPECT_EQ(spec->rate->first().per_second, 20'000);
  EXPECT_EQ(spec->gaps, load::Gaps::poisson);
  EXPECT_EQ(spec->catch_up.text(), "cap:3");
  EXPECT_EQ(spec->seed, 9U);
  EXPECT_EQ(spec->cpus.text(), "1");
  EXPECT_EQ(spec->requests_per_connection, 10U);
  EXPECT_EQ(spec->expect.status_high, 204);
  EXPECT_EQ(spec->expect.body_length, 12U);
  EXPECT_EQ(spec->expect.body, "Hello world!");
  EXPECT_THAT(spec->headers, ElementsAre(std::pair<std::string, std::string>("X-A", "b: c")));
}

TEST(LoadFrom, FindsRequestsBesideTheScenario) {
  const std::string scenario = HOTLAP_SOURCE_DIR "/scenarios/s.yaml";
  const auto spec = load_from({{"requests", "requests/sticker_site.json", {}}}, scenario);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->requests_file, HOTLAP_SOURCE_DIR "/scenarios/requests/sticker_site.json");
  EXPECT_EQ(load_from({{"requests", "no.json", {.line = 3, .column = 2}}}, "a/s.yaml").error().message,
            "a/s.yaml:3:2: load.requests: there is no file a/no.json; it is looked for beside the scenario");
}

TEST(LoadFrom, PutsWhatDoesNotFitTogetherInItsPlace) {
  const auto poisson = load_from({{"path", "/", {}}, {"arrivals", "poisson", {.line = 7, .column = 3}}}, "s.yaml");
  EXPECT_EQ(poisson.error().message, "s.yaml:7:3: load.arrivals: poisson gaps need a rate");
  const auto capped = load_from({{"catch_up", "cap:2", {.line = 8, .column = 3}}}, "s.yaml");
  EXPECT_TRUE(capped.error().message.starts_with("s.yaml:8:3: load.catch_up: ")) << capped.error().message;
}

TEST(LoadFrom, AWarmUpLastsUntilThroughputIsSteady) {
  const auto spec = load_from({{"warm_up", "steady", {}}}, "s.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_TRUE(spec->until_steady);
  EXPECT_EQ(spec->warm_up, std::chrono::seconds(10));
  const auto bounded =
      load_from({{"warm_up_most", "3s", {}}, {"warm_up", "steady", {}}, {"verify_every", "64", {}}}, "s.yaml");
  ASSERT_TRUE(bounded) << bounded.error().message;
  EXPECT_EQ(bounded->warm_up, std::chrono::seconds(3));
  EXPECT_EQ(bounded->expect.every, 64U);
  EXPECT_THAT(load_from({{"warm_up_most", "3s", {.line = 7, .column = 3}}}, "s.yaml").error().message,
              HasSubstr("s.yaml:7:3: load.warm_up_most is for 'warm_up: steady'"));
  EXPECT_THAT(load_from({{"warm_up", "steady", {}}, {"rate", "1k/s..2k/s", {}}}, "s.yaml").error().message,
              HasSubstr("steady is for closed loops and steady rates"));
}

TEST(LoadFrom, RefusesPathsThatAreNone) {
  EXPECT_FALSE(load_from({{"path", "ugly", {}}}, "s.yaml"));
  EXPECT_FALSE(load_from({{"path", "/a b", {}}}, "s.yaml"));
}

}  // namespace
}  // namespace hotlap::harness
