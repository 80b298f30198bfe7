#include "base/socket.h"

#include <gtest/gtest.h>

namespace hotlap {
namespace {

TEST(Socket, AddressesAreReadAndWritten) {
  EXPECT_EQ(resolve("127.0.0.1:8080").value().text(), "127.0.0.1:8080");
  EXPECT_EQ(resolve("[::1]:80").value().text(), "[::1]:80");
  for (const char* bad : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":80", "127.0.0.1:8o"})
    EXPECT_FALSE(resolve(bad)) << bad;
}

TEST(Socket, APortInUseIsNamedWithTheRemedy) {
  const auto first = listen_tcp(resolve("127.0.0.1:0").value(), {});
  ASSERT_TRUE(first);
  const auto address = local_address(*first).value();
  const auto second = listen_tcp(address, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(std::to_string(address.port())), std::string::npos);
  EXPECT_NE(second.error().message.find("--port"), std::string::npos);
}

TEST(Socket, ConnectsAndSaysWhenNobodyListens) {
  auto listener = listen_tcp(resolve("127.0.0.1:0").value(), {});
  const auto address = local_address(*listener).value();
  EXPECT_TRUE(connect_tcp(address, std::chrono::seconds(5)));
  listener->reset();
  const auto refused = connect_tcp(address, std::chrono::seconds(5));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("refused"), std::string::npos);
}

TEST(Socket, AFileLimitOutOfReachIsRefusedWithTheNumber) {
  EXPECT_TRUE(ensure_file_limit(16));
  const auto refused = ensure_file_limit(1ULL << 40);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("ulimit"), std::string::npos);
}

}  // namespace
}  // namespace hotlap
