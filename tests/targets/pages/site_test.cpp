#include "targets/pages/site.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "targets/stores/embedded/embedded_store.h"

namespace hotlap::targets {
namespace {

class NoDeferral final : public Deferral {
 public:
  Done defer() override {
    ADD_FAILURE() << "a store that answers at once needs no deferral";
    return [](std::string) {};
  }
};

std::string ask(Store* store, const std::string& target, const std::string& method = "GET",
                const std::string& fields = "") {
  load_templates();
  static const Statistics statistics{.stickers = 16200, .packs = 600};
  Site site(store, statistics);
  NoDeferral no_deferral;
  const std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  std::string out;
  EXPECT_TRUE(site.handle({http1::parse_request_head(bytes), {}}, out, no_deferral));
  return out;
}

TEST(Site, PagesHaveTheSizesOfTheArticles) {
  EXPECT_EQ(ask(nullptr, "/").size(), 92U);
  EXPECT_TRUE(ask(nullptr, "/").ends_with("\r\n\r\nHello world!"));
  EXPECT_EQ(ask(nullptr, "/ugly").size(), 83U);
  EXPECT_EQ(ask(nullptr, "/ugly?x=1").size(), 83U);
  EXPECT_EQ(ask(nullptr, "/about").size(), 2948U);
}

TEST(Site, TheConstantPagesEqualWhatTheWriterWouldWrite) {
  // HEAD and Connection: close take the other path; their heads must be the same fields.
  for (const char* page : {"/", "/ugly"}) {
    const auto whole = ask(nullptr, page);
    EXPECT_EQ(ask(nullptr, page, "HEAD"), whole.substr(0, whole.find("\r\n\r\n") + 4)) << page;
  }
  EXPECT_NE(ask(nullptr, "/ugly", "GET", "Connection: close\r\n").find("Connection: close"), std::string::npos);
}

TEST(Site, PlaintextAndJsonFollowTechEmpower) {
  const auto json = ask(nullptr, "/json");
  EXPECT_EQ(nlohmann::json::parse(json.substr(json.find("\r\n\r\n") + 4)),
            nlohmann::json({{"message", "Hello, World!"}}));
  EXPECT_NE(json.find("Content-Type: application/json\r\n"), std::string::npos);
  const auto plain = ask(nullptr, "/plaintext");
  EXPECT_TRUE(plain.ends_with("\r\n\r\nHello, World!"));
  for (const char* field : {"Server: ", "Date: ", "Content-Length: 13"})
    EXPECT_NE(plain.find(field), std::string::npos);
}

TEST(Site, WhatIsNotThereOrNotAllowedSaysSo) {
  EXPECT_TRUE(ask(nullptr, "/nothing").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask(nullptr, "/", "POST").starts_with("HTTP/1.1 405 "));
  EXPECT_NE(ask(nullptr, "/", "POST").find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_TRUE(ask(nullptr, "/", "GRAB").starts_with("HTTP/1.1 501 "));
  EXPECT_TRUE(ask(nullptr, "/", "get").starts_with("HTTP/1.1 501 ")) << "methods have a case, RFC 9110 §9.1";
  EXPECT_TRUE(ask(nullptr, "/good").starts_with("HTTP/1.1 503 "));
}

TEST(Site, AnAbsoluteTargetIsItsPath) {
  EXPECT_EQ(ask(nullptr, "http://x/ugly?a"), ask(nullptr, "/ugly"));
  EXPECT_EQ(ask(nullptr, "http://x"), ask(nullptr, "/"));
}

TEST(Site, TellsAnOldClientThatTheConnectionStaysOpen) {
  load_templates();
  const Statistics statistics;
  Site site(nullptr, statistics);
  NoDeferral no_deferral;
  std::string kept, closed;
  const auto old = http1::parse_request_head("GET /ugly HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(site.handle({old, {}}, kept, no_deferral));
  EXPECT_NE(kept.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << "ab -k waits for it";
  EXPECT_TRUE(site.handle({http1::parse_request_head("GET /ugly HTTP/1.0\r\n\r\n"), {}}, closed, no_deferral));
  EXPECT_NE(closed.find("\r\nConnection: close\r\n"), std::string::npos);
}

std::vector<int> ratings(const std::string& html) {
  std::vector<int> found;
  for (auto at = html.find("<strong>"); at != std::string::npos; at = html.find("<strong>", at + 1))
    found.push_back(std::stoi(html.substr(at + 8)));
  return found;
}

TEST(Site, GoodIsTheNineBestAndBadTheNineWorst) {
  const auto store = make_embedded_store();
  const auto best = ratings(ask(store.get(), "/good"));
  const auto worst = ratings(ask(store.get(), "/bad"));
  ASSERT_EQ(best.size(), 9U);
  ASSERT_EQ(worst.size(), 9U);
  EXPECT_TRUE(std::ranges::is_sorted(best, std::greater<>{}));
  EXPECT_TRUE(std::ranges::is_sorted(worst));
  EXPECT_GT(best.back(), worst.back());
  EXPECT_LT(worst.front(), 0) << "the data has negative ratings";
}

TEST(Site, ANewVisitorGetsASessionAndAKnownOneKeepsIt) {
  const auto store = make_embedded_store();
  const auto first = ask(store.get(), "/good");
  const auto cookie = first.find("Set-Cookie: session=");
  ASSERT_NE(cookie, std::string::npos);
  const auto session = first.substr(cookie + 20, 36);
  EXPECT_EQ(ask(store.get(), "/good", "GET", "Cookie: a=b; session=" + session + "\r\n").find("Set-Cookie"),
            std::string::npos);
  EXPECT_NE(ask(store.get(), "/good", "GET", "Cookie: session=evil\r\n").find("Set-Cookie"), std::string::npos);

  std::int64_t visits = -1;
  store->lease([&](std::expected<LinkLease, StoreError> link) {
    ASSERT_TRUE(link);
    (*link)->submit(
        {.kind = OperationKind::select, .space = static_cast<std::uint32_t>(Space::sessions), .key = {session}},
        [&](Outcome rows) {
          ASSERT_TRUE(rows);
          ASSERT_EQ(rows->size(), 1U);
          visits = std::get<std::int64_t>(rows->front().at(2));
        });
  });
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(read_statistics(*store).users, 2) << "two visitors came without a valid cookie";
}

}  // namespace
}  // namespace hotlap::targets
