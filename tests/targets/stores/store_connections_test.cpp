#include "targets/stores/store_connections.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

using Kind = StoreConnections::Kind;

TEST(StoreConnections, ReadsTheThreeKinds) {
  EXPECT_EQ(parse_store_connections("per-request").value().kind, Kind::per_request);
  EXPECT_EQ(parse_store_connections("one").value().kind, Kind::one);
  EXPECT_EQ(parse_store_connections("pool:32").value(), (StoreConnections{.kind = Kind::pool, .size = 32}));
}

TEST(StoreConnections, WritesWhatItReads) {
  for (const auto* text : {"per-request", "one", "pool:1", "pool:10000"})
    EXPECT_EQ(text_of(parse_store_connections(text).value()), text);
}

TEST(StoreConnections, RefusesOthersAndNamesTheChoices) {
  for (const auto* text : {"", "two", "pool", "pool:", "pool:0", "pool:-1", "pool:8x", "pool:10001", "ONE"}) {
    const auto parsed = parse_store_connections(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ExitCode::usage);
    EXPECT_TRUE(parsed.error().message.contains("per-request, one or pool:N")) << parsed.error().message;
  }
}

}  // namespace
}  // namespace hotlap::targets
