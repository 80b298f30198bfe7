#include "targets/pages/site.h"

#include <gtest/gtest.h>

#include <coroutine>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "targets/pages/templates.h"
#include "tests/targets/pages/site_client.h"

namespace hotlap::targets {
namespace {

// As it stands on the wire.
std::string bytes_of(const Response& response) {
  return response.head + response.body;
}

TEST(Site, PagesHaveTheSizesOfTheArticles) {
  SiteClient site({});
  EXPECT_EQ(bytes_of(site.get("/")).size(), 92U);
  EXPECT_EQ(site.get("/").body, "Hello world!");
  EXPECT_EQ(bytes_of(site.get("/ugly")).size(), 83U);
  EXPECT_EQ(bytes_of(site.get("/ugly?x=1")).size(), 83U);
  EXPECT_EQ(bytes_of(site.get("/about")).size(), 2948U);
}

TEST(Site, TheConstantPagesEqualWhatTheWriterWouldWrite) {
  // HEAD and Connection: close take the other path; their heads must be the same fields.
  SiteClient site({});
  for (const char* page : {"/", "/ugly", "/plaintext"}) {
    const auto whole = site.get(page);
    const auto head = site.ask("HEAD", page);
    EXPECT_EQ(head.body, "");
    const auto without_date = [](const Response& response) {
      return response.head.substr(0, response.head.find("Date"));
    };
    EXPECT_EQ(without_date(head), without_date(whole)) << page;
    EXPECT_EQ(site.get(page, "Connection: close\r\n").field("Connection"), "close");
  }
}

TEST(Site, HeadHasTheFieldsOfGetAndNoBody) {
  SiteClient site({.store = &embedded_store()});
  for (const char* page : {"/about", "/stickers", "/fortunes", "/agents", "/agents/hello", "/events?channel=small"}) {
    const auto get = site.get(page);
    const auto head = site.ask("HEAD", page);
    EXPECT_EQ(head.status, 200) << page;
    EXPECT_EQ(head.body, "") << page;
    EXPECT_EQ(head.field("Content-Length"), std::to_string(get.body.size())) << page;
    EXPECT_EQ(head.field("Content-Type"), get.field("Content-Type")) << page;
  }
}

TEST(Site, WhatIsNotThereOrNotAllowedSaysSo) {
  SiteClient site({.store = &embedded_store()});
  for (const char* nowhere : {"/nothing", "/good/", "/stickers/", "/Good", "/agents/hello/x"})
    EXPECT_EQ(site.get(nowhere).status, 404) << nowhere;
  EXPECT_EQ(site.ask("POST", "/nothing").status, 404);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const auto answer = site.ask(method, "/good");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.field("Allow"), "GET, HEAD");
    EXPECT_EQ(site.ask(method, "/").status, 405) << method;
  }
  for (const char* method : {"GRAB", "get"})  // methods have a case, RFC 9110 §9.1
    for (const char* page : {"/", "/good", "/nothing"}) EXPECT_EQ(site.ask(method, page).status, 501) << method << page;
  const auto answer = site.ask("PUT", "/index");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.field("Allow"), "GET, HEAD, POST");
}

TEST(Site, WithoutADatabaseItsPagesAnswer503AndTheOthersServe) {
  SiteClient site({});
  for (const char* page :
       {"/good", "/index", "/db", "/agents", "/events?channel=small", "/cached-worlds", "/select-sync"})
    EXPECT_EQ(site.get(page).status, 503) << page;
  for (const char* page : {"/", "/ugly", "/about", "/json", "/plaintext", "/agents/hello"})
    EXPECT_EQ(site.get(page).status, 200) << page;
}

TEST(Site, AnAbsoluteTargetIsItsPathAndQuery) {
  SiteClient site({.store = &embedded_store()});
  EXPECT_EQ(site.get("http://x/ugly?a").body, "UGLY");
  EXPECT_EQ(site.get("http://x").body, "Hello world!");
  EXPECT_EQ(site.get("http://x/stickers?limit=1").body, site.get("/stickers?limit=1").body);
}

TEST(Site, TellsAnOldClientThatTheConnectionStaysOpen) {
  SiteClient site({});
  for (const std::string page : {"/ugly", "/plaintext", "/about"}) {
    EXPECT_EQ(site.send("GET " + page + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection"),
              "keep-alive")
        << "ab -k waits for it";
    EXPECT_EQ(site.send("GET " + page + " HTTP/1.0\r\n\r\n").field("Connection"), "close");
  }
}

// Refuses everything, with a reason.
class BrokenStore final : public Store, private Link {
 public:
  explicit BrokenStore(bool gives_links) : gives_links_(gives_links) {}
  void lease(LeaseCompletion done) override {
    if (gives_links_)
      done(LinkLease(this));
    else
      done(std::unexpected(StoreError{0, "no link"}));
  }

 private:
  void carry_out(const Operation&, Completion done) override {
    done(std::unexpected(StoreError{2, "Failed to allocate memory"}));
  }
  bool gives_links_;
};

TEST(Site, AStoreThatFailsIsA503WithItsReasonOnEveryPage) {
  BrokenStore no_links(false);
  BrokenStore no_answers(true);
  const std::vector<World> worlds;
  for (const char* page : {"/index",
                           "/good",
                           "/bad",
                           "/index-one-call",
                           "/good-one-call",
                           "/bad-one-call",
                           "/stickers",
                           "/stickers/a",
                           "/stickers/a/b",
                           "/db",
                           "/queries?queries=3",
                           "/updates?queries=3",
                           "/fortunes",
                           "/agents",
                           "/events?channel=small",
                           "/select-sync",
                           "/select-async",
                           "/select-lite",
                           "/eval-upsert",
                           "/upsert",
                           "/insert",
                           "/replace"}) {
    const auto unanswered = SiteClient({.store = &no_answers}).get(page);
    EXPECT_EQ(unanswered.status, 503) << page;
    EXPECT_EQ(unanswered.body, "The database did not answer: Failed to allocate memory (code 2)\n") << page;
    const auto unlinked = SiteClient({.store = &no_links}).get(page);
    EXPECT_EQ(unlinked.status, 503) << page;
    EXPECT_EQ(unlinked.body, "The database did not answer: no link (code 0)\n") << page;
  }
  EXPECT_EQ(SiteClient({.store = &no_answers, .worlds = &worlds}).get("/cached-worlds").status, 503);
}

TEST(Site, AboutShowsTheCachedStatistics) {
  CachedStatistics statistics;
  SiteClient site({.statistics = &statistics});
  statistics.write({.stickers = 16200, .packs = 600, .users = 1234567, .clicks = 3, .votes = 2});
  EXPECT_NE(site.get("/about").body.find("1234567"), std::string::npos);
}

// Lets time pass when the test says so.
class ToldSleeper final : public Sleeper {
 public:
  bool sleep(Nanos delay, std::coroutine_handle<> page) override {
    asked = delay;
    waiting = page;
    return true;
  }
  Nanos asked{};
  std::coroutine_handle<> waiting;
};

class OneDeferral final : public Deferral {
 public:
  Done defer() override {
    return [this](std::string response) { answer = std::move(response); };
  }
  std::optional<std::string> answer;
};

TEST(Site, SleepAnswersWhenTheTimeHasPassed) {
  ToldSleeper sleeper;
  Site site({.sleeper = &sleeper});
  const std::string bytes = "GET /sleep?ms=50 HTTP/1.1\r\nHost: x\r\n\r\n";
  std::string out;
  OneDeferral deferral;
  EXPECT_FALSE(site.handle({.head = http1::parse_request_head(bytes), .body = {}}, out, deferral));
  EXPECT_EQ(out, "");
  EXPECT_EQ(sleeper.asked, std::chrono::milliseconds(50));
  EXPECT_FALSE(deferral.answer);
  sleeper.waiting.resume();
  ASSERT_TRUE(deferral.answer);
  EXPECT_EQ(parse_response(*deferral.answer).body, "Slept 50 ms.\n");
}

TEST(Site, SleepTakesAWholeNumberOfMillisecondsWithinItsBound) {
  ToldSleeper sleeper;
  SiteClient site({.sleeper = &sleeper});
  for (const char* page : {"/sleep", "/sleep?ms=", "/sleep?ms=-1", "/sleep?ms=10001", "/sleep?ms=1.5", "/sleep?ms=x"})
    EXPECT_EQ(site.get(page).status, 400) << page;
  EXPECT_EQ(site.get("/sleep?ms=0").status, 200);
  EXPECT_EQ(SiteClient({}).get("/sleep?ms=1").status, 503);
}

}  // namespace
}  // namespace hotlap::targets
