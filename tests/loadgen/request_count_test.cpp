#include "loadgen/request_count.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

TEST(RequestCount, RequestsAreCountedByTheirFraming) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ";
  const std::string chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  EXPECT_EQ(count_requests(get).requests, 1U);
  EXPECT_EQ(count_requests(get + post + chunked + get).requests, 4U);
  EXPECT_EQ(count_requests(get + post + chunked + get).why, nullptr);
}

TEST(RequestCount, BlankLinesBetweenRequestsAndBareLineFeedsAreLet) {
  EXPECT_EQ(count_requests("GET / HTTP/1.0\n\n\r\nGET / HTTP/1.1\r\n\r\n\r\n").requests, 2U);
}

TEST(RequestCount, OnlyHeadsOnTheirOwnAreToHead) {
  EXPECT_TRUE(count_requests("HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n").all_head);
  EXPECT_FALSE(count_requests("HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n").all_head);
}

TEST(RequestCount, WhatIsNoWholeRequestIsNamedWithItsPlace) {
  const auto text = [](std::string_view bytes) { return fault_text(count_requests(bytes), bytes); };
  EXPECT_EQ(text(""), "incomplete request at 1:1");
  EXPECT_EQ(text("GET "), "incomplete request at 1:5");
  EXPECT_EQ(text("GET / HTTP/1.1\r\nHost: a\r\n"), "incomplete request at 3:1");
  EXPECT_EQ(text("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"), "incomplete request at 4:4");
  for (const char* wrong :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"})
    EXPECT_NE(count_requests(wrong).why, nullptr) << wrong;
}

}  // namespace
}  // namespace hotlap::loadgen
