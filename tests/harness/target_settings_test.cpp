#include "harness/target_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;

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
                                 {"version", "sh -c 'server --version'", {}},
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
  EXPECT_THAT(spec->version, ElementsAre("sh", "-c", "server --version"));
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

TEST(TargetFrom, TrustIsForHttps) {
  EXPECT_EQ(refusal_of({{"url", "https://localhost:8443", {}}, {"insecure", "true", {}}}), "taken");
  EXPECT_THAT(refusal_of({{"insecure", "true", {}}, {"url", "http://127.0.0.1:8080", {}}}),
              testing::StartsWith("s.yaml:4:2: target.insecure says whom to trust over https://"));
  EXPECT_THAT(refusal_of({{"cacert", "nowhere.pem", {}}, {"url", "https://localhost", {}}}),
              testing::StartsWith("s.yaml:4:2: target.cacert: there is no file nowhere.pem"));
  EXPECT_THAT(refusal_of({{"cacert", "a.pem", {}}, {"insecure", "true", {}}, {"url", "https://localhost", {}}}),
              testing::HasSubstr("target.insecure trusts anybody"));
  EXPECT_THAT(refusal_of({{"front", "nginx", {}}, {"url", "https://localhost", {}}}),
              testing::HasSubstr("target.front speaks http"));
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
  EXPECT_THAT(refusal_of({{"version", "server --version", {}}}),
              testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"command", "server {port}", {}}, {"version", "", {}}}),
              testing::HasSubstr("target.version: a command line is empty"));
  EXPECT_THAT(refusal_of({{"ready_body", "ok", {}}}), testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"environment A", "b", {}}}), testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"allow_remote", "true", {}}}), testing::HasSubstr("needs target.command or target.url"));
  EXPECT_THAT(refusal_of({{"insecure", "true", {}}}), testing::HasSubstr("needs target.command or target.url"));
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

}  // namespace
}  // namespace hotlap::harness
