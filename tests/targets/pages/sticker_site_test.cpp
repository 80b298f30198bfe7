#include "targets/pages/sticker_site.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/targets/pages/site_client.h"

namespace hotlap::targets {
namespace {

using enum OperationKind;
using Kinds = std::vector<OperationKind>;

Kinds operator+(Kinds a, const Kinds& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Kinds kCandidate = {call, eval, insert};
constexpr const char* kKnown = "Cookie: a=b; session=00000000-0000-4000-8000-000000000001\r\n";

class StickerSite : public testing::Test {
 protected:
  CountingStore store_{embedded_store()};
  SiteClient article_{{.store = &store_, .operations = OperationCount::article}};
  SiteClient code_{{.store = &store_}};

  Kinds kinds_of(SiteClient& site, const std::string& target, const std::string& fields = "",
                 const std::string& form = "") {
    store_.operations.clear();
    store_.leases = 0;
    EXPECT_EQ((form.empty() ? site.get(target, fields) : site.ask("POST", target, fields, form)).status, 200);
    EXPECT_EQ(store_.leases, 1) << "a page holds one link";
    Kinds kinds;
    for (const auto& operation : store_.operations) kinds.push_back(operation.kind);
    return kinds;
  }
  Tuple sticker(const Value& id) {
    return first_row(embedded_store(), {.kind = select, .space = std::to_underlying(Space::stickers), .key = {id}});
  }
  Tuple server() {
    return first_row(embedded_store(),
                     {.kind = select, .space = std::to_underlying(Space::server), .key = {std::int64_t{1}}});
  }
  Tuple secret(const std::string& token) {
    return first_row(embedded_store(), {.kind = select, .space = std::to_underlying(Space::secret), .key = {token}});
  }
  Tuple session(const std::string& id) {
    return first_row(embedded_store(), {.kind = select, .space = std::to_underlying(Space::sessions), .key = {id}});
  }
};

// All values of hidden inputs of one name.
std::vector<std::string> hidden(const std::string& html, const std::string& name) {
  const auto mark = "name=\"" + name + "\" value=\"";
  std::vector<std::string> values;
  for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1))
    values.push_back(html.substr(at + mark.size(), html.find('"', at + mark.size()) - at - mark.size()));
  return values;
}

std::vector<int> ratings(const std::string& html) {
  std::vector<int> found;
  for (auto at = html.find("<strong>"); at != std::string::npos; at = html.find("<strong>", at + 1))
    found.push_back(std::stoi(html.substr(at + 8)));
  return found;
}

TEST_F(StickerSite, GoodAndBadCostThreeOperationsInTheArticleAndFourInItsCode) {
  for (const char* page : {"/good", "/bad"}) {
    EXPECT_EQ(kinds_of(article_, page), (Kinds{eval, upsert, select})) << page;
    EXPECT_EQ(kinds_of(code_, page), (Kinds{eval, update, upsert, select})) << page;
    EXPECT_EQ(kinds_of(article_, page, kKnown), (Kinds{upsert, select})) << page;
    EXPECT_EQ(kinds_of(code_, page, kKnown), (Kinds{upsert, select})) << page;
  }
}

TEST_F(StickerSite, IndexCostsNineOperationsInTheArticleAndTenInItsCode) {
  const auto page = kCandidate + kCandidate + Kinds{update};
  EXPECT_EQ(kinds_of(article_, "/index"), (Kinds{eval, upsert}) + page);
  EXPECT_EQ(kinds_of(code_, "/index"), (Kinds{eval, update, upsert}) + page);
  EXPECT_EQ(kinds_of(code_, "/index", kKnown), Kinds{upsert} + page);
}

TEST_F(StickerSite, AVoteCostsNineOperationsMore) {
  const auto html = article_.get("/index").body;
  const auto form = "vote_plus=" + hidden(html, "vote_plus").at(0) + "&vote_minus=" + hidden(html, "vote_minus").at(0);
  EXPECT_EQ(kinds_of(article_, "/index", kKnown, form),
            (Kinds{select, select, erase, erase, update, update, update, update, update, upsert}) + kCandidate +
                kCandidate + Kinds{update});
}

TEST_F(StickerSite, OneCallPagesCostOneOperation) {
  for (const char* page : {"/good-one-call", "/bad-one-call", "/index-one-call"})
    EXPECT_EQ(kinds_of(article_, page), Kinds{call}) << page;
}

TEST_F(StickerSite, AVoteChangesBothStickersOnceHoweverOftenItIsSent) {
  for (const std::string page : {"/index", "/index-one-call"}) {
    const auto html = article_.get(page).body;
    const auto plus = hidden(html, "vote_plus");
    const auto minus = hidden(html, "vote_minus");
    ASSERT_EQ(plus.size(), 2U);
    ASSERT_EQ(minus, (std::vector{plus[1], plus[0]})) << "the second form is the other way round";
    EXPECT_NE(html.find("action=\"" + page + '"'), std::string::npos);
    const auto better = secret(plus[0]).at(2);
    const auto worse = secret(plus[1]).at(2);
    if (better == worse) continue;  // the article's page does not exclude it either
    const auto better_before = sticker(better);
    const auto worse_before = sticker(worse);
    const auto votes_before = std::get<std::int64_t>(server().at(3));
    const auto changed = [](const Tuple& row, std::int64_t by, std::size_t counter) {
      auto expected = row;
      expected[1] = std::get<std::int64_t>(row[1]) + by;
      expected[counter] = std::get<std::int64_t>(row[counter]) + by;
      return expected;
    };
    for (int click = 0; click < 2; ++click) {
      const auto answer =
          article_.ask("POST", page, kKnown, "vote_plus=" + plus[0] + "&vote_minus=" + plus[1] + "&submit=1");
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(hidden(answer.body, "vote_plus").size(), 2U) << "new stickers come with the answer";
      EXPECT_EQ(sticker(better), changed(better_before, 1, 4));
      EXPECT_EQ(sticker(worse), changed(worse_before, -1, 5));
      EXPECT_EQ(std::get<std::int64_t>(server().at(3)), votes_before + 1);
      EXPECT_TRUE(secret(plus[0]).empty());
      EXPECT_TRUE(secret(plus[1]).empty());
    }
  }
}

TEST_F(StickerSite, AVoteThatIsNoneChangesNothing) {
  const auto before = server().at(3);
  const auto token = hidden(article_.get("/index").body, "vote_plus").at(0);
  for (const std::string form : {"x=1", "vote_plus=a", "vote_plus=a&vote_minus=b"})
    EXPECT_EQ(article_.ask("POST", "/index", kKnown, form).status, 200) << form;
  EXPECT_EQ(article_.ask("POST", "/index", kKnown, "vote_plus=" + token + "&vote_minus=gone").status, 200);
  EXPECT_FALSE(secret(token).empty()) << "a token is not spent on half a vote";
  EXPECT_EQ(article_.ask("POST", "/index", kKnown, "vote_plus=" + token + "&vote_minus=" + token).status, 200);
  EXPECT_EQ(server().at(3), before) << "nor can a sticker win against itself";
}

TEST_F(StickerSite, EachIndexIsAClick) {
  const auto before = std::get<std::int64_t>(server().at(2));
  article_.get("/index");
  article_.get("/index-one-call");
  EXPECT_EQ(std::get<std::int64_t>(server().at(2)), before + 2);
}

TEST_F(StickerSite, TheOneCallPagesShowWhatTheOthersShow) {
  for (const std::string page : {"/good", "/bad"})
    EXPECT_EQ(article_.get(page, kKnown).body, article_.get(page + "-one-call", kKnown).body);
}

TEST_F(StickerSite, GoodIsTheNineBestAndBadTheNineWorst) {
  const auto best = ratings(article_.get("/good").body);
  const auto worst = ratings(article_.get("/bad").body);
  ASSERT_EQ(best.size(), 9U);
  ASSERT_EQ(worst.size(), 9U);
  EXPECT_TRUE(std::ranges::is_sorted(best, std::greater<>{}));
  EXPECT_TRUE(std::ranges::is_sorted(worst));
  EXPECT_GT(best.back(), worst.back());
  EXPECT_LT(worst.front(), 0) << "the data has negative ratings";
}

TEST_F(StickerSite, ANewVisitorGetsASessionAndAKnownOneKeepsIt) {
  for (const std::string page : {"/good", "/index", "/bad-one-call", "/index-one-call"}) {
    const auto users = [&] { return std::get<std::int64_t>(server().at(1)); };
    const auto before = users();
    const auto cookie = code_.get(page, "User-Agent: tester\r\n").field("Set-Cookie");
    ASSERT_TRUE(cookie) << page;
    EXPECT_EQ(users(), before + 1) << page;
    const auto id = cookie->substr(8, 36);
    EXPECT_EQ(session(id).at(2), Value(std::int64_t{0}));
    EXPECT_EQ(session(id).at(4), Value(std::string("tester")));
    EXPECT_FALSE(code_.get(page, "Cookie: a=b; session=" + id + "\r\n").field("Set-Cookie")) << page;
    EXPECT_EQ(session(id).at(2), Value(std::int64_t{1}));
    EXPECT_EQ(session(id).at(4), Value(std::string("Not detected")));
    EXPECT_TRUE(code_.get(page, "Cookie: session=evil\r\n").field("Set-Cookie")) << page;
    article_.get(page);
    EXPECT_EQ(users(), before + 2) << "the article does not count users";
  }
}

TEST_F(StickerSite, TheApiListsPacksTheirStickersAndOneSticker) {
  const auto json = [&](const std::string& target) {
    const auto answer = article_.get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    return nlohmann::json::parse(answer.body);
  };
  const auto packs = json("/stickers?limit=3");
  ASSERT_EQ(packs.size(), 3U);
  EXPECT_GE(packs[0]["rating"], packs[1]["rating"]);
  EXPECT_EQ(json("/stickers").size(), 20U);
  const auto pack = packs[0]["name"].get<std::string>();
  const auto stickers = json("/stickers/" + pack);
  ASSERT_EQ(stickers.size(), 27U);
  EXPECT_EQ(stickers[5]["pack_url"], packs[0]["url"]);
  const auto id = stickers[5]["id"].get<std::string>();
  EXPECT_EQ(json("/stickers/" + pack + "/" + id), stickers[5]);
  for (const auto& nowhere : {std::string("/stickers/nobody"), "/stickers/" + pack + "/1", "/stickers/other/" + id,
                              "/stickers/" + pack + "/" + id + "/more"})
    EXPECT_EQ(article_.get(nowhere).status, 404) << nowhere;
}

}  // namespace
}  // namespace hotlap::targets
