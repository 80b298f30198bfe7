#include "harness/load_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

using testing::ElementsAre;

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
                               {"spin", "true", {}},
                               {"transport", "uring", {}},
                               {"tls_resume", "true", {}},
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
  EXPECT_TRUE(spec->spin);
  EXPECT_EQ(spec->transport, load::TransportChoice::uring);
  EXPECT_TRUE(spec->resume_tls);
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
