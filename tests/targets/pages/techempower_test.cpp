// TechEmpower's verifiers as tests, over the embedded store.
#include "targets/pages/techempower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "targets/pages/templates.h"
#include "tests/targets/pages/site_client.h"

namespace hotlap::targets {
namespace {

using enum OperationKind;
constexpr auto kWorld = std::to_underlying(Space::world);

class TechEmpower : public testing::Test {
 protected:
  static void SetUpTestSuite() { worlds() = read_worlds(embedded_store()).value(); }
  static std::vector<World>& worlds() {
    static std::vector<World> all;
    return all;
  }
  CountingStore store_{embedded_store()};
  SiteClient site_{{.store = &store_, .worlds = &worlds(), .seed = 20170504}};

  nlohmann::json json(const std::string& target) {
    store_.operations.clear();
    const auto answer = site_.get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    return nlohmann::json::parse(answer.body);
  }
  static std::int64_t number_in_store(std::int64_t id) {
    return std::get<std::int64_t>(first_row(embedded_store(), {.kind = select, .space = kWorld, .key = {id}}).at(1));
  }
  static void expect_world(const nlohmann::json& row) {
    EXPECT_EQ(row.size(), 2U) << row;
    for (const char* key : {"id", "randomNumber"}) {
      ASSERT_TRUE(row.at(key).is_number_integer()) << row;
      EXPECT_GE(row[key], 1);
      EXPECT_LE(row[key], 10'000);
    }
  }
  std::size_t operations_of(OperationKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(store_.operations, kind, &Operation::kind));
  }
};

TEST_F(TechEmpower, EveryTestHasServerAndAFreshDate) {
  for (const char* page : {"/json", "/plaintext", "/db", "/queries?queries=2", "/updates?queries=2",
                           "/cached-worlds?count=2", "/fortunes"}) {
    const auto answer = site_.get(page);
    EXPECT_EQ(answer.field("Server"), "Hotlap") << page;
    EXPECT_EQ(answer.field("Content-Length"), std::to_string(answer.body.size())) << page;
    const auto date = answer.field("Date");
    ASSERT_TRUE(date) << page;
    tm parts{};
    const auto* end = ::strptime(date->c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_TRUE(end && *end == '\0') << *date;
    EXPECT_LE(std::abs(std::difftime(::timegm(&parts), std::time(nullptr))), 60) << "not from another day";
  }
}

TEST_F(TechEmpower, JsonAndPlaintext) {
  const auto answer = site_.get("/json");
  EXPECT_EQ(answer.body, R"({"message":"Hello, World!"})");
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  const auto plain = site_.get("/plaintext");
  EXPECT_EQ(plain.body, "Hello, World!");
  EXPECT_EQ(plain.field("Content-Type"), "text/plain");
}

TEST_F(TechEmpower, DbIsOneRandomRowByOneOperation) {
  std::set<std::int64_t> ids;
  for (int time = 0; time < 20; ++time) {
    const auto row = json("/db");
    expect_world(row);
    EXPECT_EQ(store_.operations.size(), 1U);
    EXPECT_EQ(row["randomNumber"], number_in_store(row["id"]));
    ids.insert(row["id"].get<std::int64_t>());
  }
  EXPECT_GT(ids.size(), 10U);
}

TEST_F(TechEmpower, TheNumberOfRowsIsClamped) {
  const std::map<std::string, std::size_t> cases = {
      {"", 1},    {"0", 1},     {"foo", 1},   {"-5", 1},  {"1", 1},
      {"20", 20}, {"500", 500}, {"501", 500}, {"1.5", 1}, {"99999999999999999999", 1}};
  for (const auto& [asked, rows] : cases) {
    EXPECT_EQ(json("/queries?queries=" + asked).size(), rows) << asked;
    EXPECT_EQ(operations_of(select), rows) << "a query for each row";
    EXPECT_EQ(json("/cached-worlds?count=" + asked).size(), rows) << asked;
    EXPECT_EQ(store_.operations.size(), 0U) << "the cache asks nobody";
    EXPECT_EQ(json("/updates?queries=" + asked).size(), rows) << asked;
    EXPECT_EQ(operations_of(select), rows);
    EXPECT_EQ(operations_of(update), rows);
  }
  for (const char* page : {"/queries", "/updates", "/cached-worlds"}) EXPECT_EQ(json(page).size(), 1U) << page;
}

TEST_F(TechEmpower, QueriesAnswerWhatTheStoreHolds) {
  const auto rows = json("/queries?queries=20");
  for (const auto& row : rows) {
    expect_world(row);
    EXPECT_EQ(row["randomNumber"], number_in_store(row["id"]));
  }
}

TEST_F(TechEmpower, UpdatesWriteWhatTheyAnswerInTheOrderOfTheIds) {
  const auto rows = json("/updates?queries=500");
  std::int64_t changed = 0;
  std::int64_t last = 0;
  for (const auto& row : rows) {
    expect_world(row);
    const auto id = row["id"].get<std::int64_t>();
    EXPECT_GT(id, last);
    last = id;
    EXPECT_EQ(row["randomNumber"], number_in_store(id));
    if (row["randomNumber"] != worlds()[static_cast<std::size_t>(id - 1)].random_number) ++changed;
  }
  EXPECT_GT(changed, 475) << "the verifier warns at 95 %";
  EXPECT_TRUE(std::ranges::is_sorted(store_.operations, {}, [](const Operation& operation) {
    return std::pair(operation.kind == update, std::get<std::int64_t>(operation.key.at(0)));
  }));
}

TEST_F(TechEmpower, CachedWorldsAnswerTheRowsOfTheCache) {
  for (const auto& row : json("/cached-worlds?count=100")) {
    expect_world(row);
    EXPECT_EQ(row["randomNumber"], worlds()[row["id"].get<std::size_t>() - 1].random_number);
  }
}

TEST_F(TechEmpower, FortunesAreSortedEscapedAndInTheExpectedTags) {
  const auto answer = site_.get("/fortunes");
  EXPECT_EQ(answer.field("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.body,
            "<!doctype html><html><head><title>Fortunes</title></head><body><table>"
            "<tr><th>id</th><th>message</th></tr>"
            "<tr><td>11</td><td>&lt;script&gt;alert(&quot;This should not be displayed in a browser alert "
            "box.&quot;);&lt;/script&gt;</td></tr>"
            "<tr><td>4</td><td>A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1</td></tr>"
            "<tr><td>5</td><td>A computer program does what you tell it to do, not what you want it to do.</td></tr>"
            "<tr><td>2</td><td>A computer scientist is someone who fixes things that aren&#39;t broken.</td></tr>"
            "<tr><td>8</td><td>A list is only as strong as its weakest link. — Donald Knuth</td></tr>"
            "<tr><td>0</td><td>Additional fortune added at request time.</td></tr>"
            "<tr><td>3</td><td>After enough decimal places, nobody gives a damn.</td></tr>"
            "<tr><td>7</td><td>Any program that runs right is obsolete.</td></tr>"
            "<tr><td>10</td><td>Computers make very fast, very accurate mistakes.</td></tr>"
            "<tr><td>6</td><td>Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen</td></tr>"
            "<tr><td>9</td><td>Feature: A bug with seniority.</td></tr>"
            "<tr><td>1</td><td>fortune: No such file or directory</td></tr>"
            "<tr><td>12</td><td>フレームワークのベンチマーク</td></tr>"
            "</table></body></html>");
  EXPECT_EQ(answer.body.size(), 1226U) << "the smallest rendering that the verifier accepts";
}

TEST_F(TechEmpower, TheSameSeedAsksForTheSameRows) {
  const auto ids = [&](std::uint64_t seed) {
    SiteClient site({.store = &embedded_store(), .seed = seed});
    std::vector<std::int64_t> found;
    for (const auto& row : nlohmann::json::parse(site.get("/queries?queries=20").body)) found.push_back(row["id"]);
    return found;
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_NE(ids(1), ids(2));
}

}  // namespace
}  // namespace hotlap::targets
