#include "harness/service.h"

#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

TEST(Service, LikeStartsHaveLikeTexts) {
  const auto plain = [](const std::string& folder, std::uint16_t port, const std::string& behind) {
    return without_places("nginx -p " + folder + "/ -c " + folder + "/nginx.conf; listen 127.0.0.1:" +
                              std::to_string(port) + " backlog=4096; server 127.0.0.1:" + behind + ";",
                          folder, port, {{"HOTLAP_UPSTREAM_PORT", behind}});
  };
  EXPECT_EQ(plain("/tmp/a", 4096, "5001"),
            "nginx -p {work_dir}/ -c {work_dir}/nginx.conf; listen 127.0.0.1:{port} backlog=4096; server {upstream};");
  EXPECT_EQ(plain("/tmp/a", 4096, "5001"), plain("/tmp/bcd", 40001, "5002"));
  EXPECT_NE(plain("/tmp/a", 4096, "5001"), plain("/tmp/a", 4096, "5001") + " ");
}

TEST(Service, AUnixSocketBehindItIsNamedToo) {
  EXPECT_EQ(without_places("server unix@/run/x/socket;", "/run/y", 1, {{"HOTLAP_UPSTREAM_SOCKET", "/run/x/socket"}}),
            "server unix@{upstream};");
  EXPECT_EQ(without_places("postgres -D /w/data -p 5433", "/w", 5433, {}), "postgres -D {work_dir}/data -p {port}");
}

TEST(Service, AScriptSaysThatItCountsCalls) {
  EXPECT_TRUE(counts_calls_by_script("#!/bin/sh\n# needs: x\n# counts: calls\nexec x\n"));
  EXPECT_TRUE(counts_calls_by_script("#!/bin/sh\n# counts: calls"));
  EXPECT_FALSE(counts_calls_by_script("#!/bin/sh\n# counts: callsigns\n"));
  EXPECT_FALSE(counts_calls_by_script("#!/bin/sh\necho '# counts: calls'\n"));
  EXPECT_FALSE(counts_calls_by_script(""));
}

}  // namespace
}  // namespace hotlap::harness
