// The agents, the event bus and the store's limits, over the embedded store.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "targets/pages/agents.h"
#include "targets/pages/event_bus.h"
#include "targets/pages/store_limits.h"
#include "tests/targets/pages/site_client.h"

namespace hotlap::targets {
namespace {

using enum OperationKind;
using Kinds = std::vector<OperationKind>;

class DataPages : public testing::Test {
 protected:
  CountingStore store_{embedded_store()};
  SiteClient site_{{.store = &store_}};

  void execute(const Operation& operation) { (void)first_row(embedded_store(), operation); }
};

TEST_F(DataPages, AgentsHelloIsASmallObject) {
  EXPECT_EQ(site_.get("/agents/hello").body, R"({"hello":"world"})");
}

TEST_F(DataPages, AgentsAreFiftyRowsOfSevenKeys) {
  const auto answer = site_.get("/agents");
  EXPECT_EQ(answer.body.size(), 6401U);
  EXPECT_EQ(store_.operations.size(), 2U);
  const auto rows = nlohmann::json::parse(answer.body);
  ASSERT_EQ(rows.size(), 50U);
  EXPECT_EQ(rows.front(),
            nlohmann::json::parse(R"({"number":"300","extension":null,"context":null,"state_interface":null,)"
                                  R"("status":"offline","extension_status":"-1","paused":"0"})"));
  EXPECT_EQ(rows.back()["number"], "349");
}

TEST_F(DataPages, AnAgentWhoIsLoggedInShowsWhere) {
  const auto logins = std::to_underlying(Space::agent_logins);
  execute({.kind = insert,
           .space = logins,
           .tuple = {std::int64_t{2}, std::string("301"), std::string("1001"), std::string("default"),
                     std::string("SIP/1"), std::string("SIP/1@default"), std::int64_t{0}}});
  const auto rows = nlohmann::json::parse(site_.get("/agents").body);
  execute({.kind = erase, .space = logins, .key = {std::int64_t{2}}});
  EXPECT_EQ(rows.at(1), nlohmann::json::parse(R"({"number":"301","extension":"1001","context":"default",)"
                                              R"("state_interface":"SIP/1@default","status":"online",)"
                                              R"("extension_status":"-1","paused":"0"})"));
  EXPECT_EQ(rows.at(2)["status"], "offline");
}

TEST_F(DataPages, AChannelIsItsEventsInOrder) {
  const auto small = site_.get("/events?channel=small");
  EXPECT_EQ(small.body.size(), 1025U);
  const auto events = nlohmann::json::parse(small.body);
  ASSERT_EQ(events.size(), 8U);
  for (std::size_t at = 0; at < events.size(); ++at) EXPECT_EQ(events[at]["seq"], at + 1);
  EXPECT_EQ(store_.operations.size(), 1U);
  const auto large = site_.get("/events?channel=large");
  EXPECT_NEAR(static_cast<double>(large.body.size()), 65'536, 200);
  EXPECT_EQ(nlohmann::json::parse(large.body).size(), 512U);
}

TEST_F(DataPages, AnEmptyChannelHasNoContent) {
  const auto answer = site_.get("/events?channel=nothing");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_FALSE(answer.field("Content-Length"));
  EXPECT_FALSE(answer.field("Content-Type"));
  EXPECT_EQ(site_.get("/events").status, 400);
  EXPECT_EQ(site_.get("/events?channel=").status, 204);
}

TEST_F(DataPages, StoreLimitsDoOneThingAndSayHello) {
  const std::vector<std::pair<const char*, Kinds>> pages = {
      {"/select-sync", {select}}, {"/select-async", {select}}, {"/select-lite", {select}},      {"/upsert", {upsert}},
      {"/insert", {insert}},      {"/replace", {replace}},     {"/eval-upsert", {eval, upsert}}};
  for (const auto& [page, expected] : pages) {
    store_.operations.clear();
    const auto answer = site_.get(page);
    EXPECT_EQ(answer.status, 200) << page;
    EXPECT_EQ(answer.body, "Hello world!\n") << page;
    Kinds kinds;
    for (const auto& operation : store_.operations) kinds.push_back(operation.kind);
    EXPECT_EQ(kinds, expected) << page;
  }
}

TEST_F(DataPages, SelectSyncUsesTheBlockingStoreWhereThereIsOne) {
  CountingStore blocking(embedded_store());
  SiteClient site({.store = &store_, .blocking_store = &blocking});
  EXPECT_EQ(site.get("/select-sync").status, 200);
  EXPECT_EQ(blocking.operations.size(), 1U);
  EXPECT_EQ(store_.operations.size(), 0U);
  EXPECT_EQ(site.get("/select-async").status, 200);
  EXPECT_EQ(blocking.operations.size(), 1U);
  EXPECT_EQ(store_.operations.size(), 1U);
}

}  // namespace
}  // namespace hotlap::targets
