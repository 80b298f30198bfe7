#include "loadgen/cookies.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;  // 2023-11-14

std::string head(std::initializer_list<std::string_view> set_cookies) {
  std::string text = "HTTP/1.1 200 OK\r\nX-Set-Cookie: no=1\r\n";
  for (const auto cookie : set_cookies) text += "set-COOKIE: " + std::string(cookie) + "\r\n";
  return text + "Content-Length: 0\r\n\r\n";
}

TEST(Cookies, AreSentBackInTheOrderInWhichTheyCame) {
  Cookies cookies;
  EXPECT_EQ(cookies.line(), "");
  cookies.take(head({}), kNow);
  EXPECT_EQ(cookies.line(), "");
  cookies.take(head({"a=1; Path=/; HttpOnly", " b = two words ;Secure"}), kNow);
  EXPECT_EQ(cookies.line(), "Cookie: a=1; b=two words\r\n");
  cookies.take(head({"a=3", "c=x=y", "d="}), kNow);
  EXPECT_EQ(cookies.line(), "Cookie: a=3; b=two words; c=x=y; d=\r\n");
  cookies.clear();
  EXPECT_EQ(cookies.line(), "");
}

TEST(Cookies, AgeAndDateDelete) {
  const auto left = [](std::string_view cookie) {
    Cookies cookies;
    cookies.take(head({"a=1", "keep=1"}), kNow);
    cookies.take(head({cookie}), kNow);
    return std::string(cookies.line());
  };
  constexpr const char* kGone = "Cookie: keep=1\r\n";
  EXPECT_EQ(left("a=; Max-Age=0"), kGone);
  EXPECT_EQ(left("a=; max-age=-5; Path=/"), kGone);
  EXPECT_EQ(left("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), kGone);
  EXPECT_EQ(left("a=; expires=Sunday, 06-Nov-94 08:49:37 GMT"), kGone);
  constexpr const char* kKept = "Cookie: a=2; keep=1\r\n";
  EXPECT_EQ(left("a=2; Max-Age=1"), kKept);
  EXPECT_EQ(left("a=2; Max-Age=never"), kKept);
  EXPECT_EQ(left("a=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT"), kKept);
  EXPECT_EQ(left("a=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"), kKept) << "Max-Age wins";
  EXPECT_EQ(left("a=2; Expires=whenever"), kKept);
  EXPECT_EQ(left("a=2; Max-Age; Expires"), kKept);
}

TEST(Cookies, WhatIsNoCookieIsIgnored) {
  Cookies cookies;
  cookies.take(head({"", "novalue", "=x", ";", "a=1" + std::string(Cookies::kLongestCookie, 'x')}), kNow);
  EXPECT_EQ(cookies.line(), "");
}

TEST(Cookies, AServerCannotMakeUsGrow) {
  Cookies cookies;
  for (int i = 0; i < 1000; ++i) cookies.take(head({"c" + std::to_string(i) + "=1"}), kNow);
  EXPECT_TRUE(cookies.line().starts_with("Cookie: c950=1; "));
  EXPECT_TRUE(cookies.line().ends_with("; c999=1\r\n"));
}

TEST(CookieDate, IsReadInEveryFormThatServersUse) {
  const auto date = [](std::string_view text) {
    std::int64_t seconds = -1;
    return parse_cookie_date(text, seconds) ? seconds : -1;
  };
  constexpr std::int64_t kExample = 784111777;
  EXPECT_EQ(date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(date("Sun Nov  6 08:49:37 1994"), kExample);
  EXPECT_EQ(date("Fri, 01 Jan 2038 00:00:00 GMT"), 2145916800);
  for (const char* bad : {"", "tomorrow", "Sun, 31 Feb 2020 00:00:00 GMT", "06 Nov 1994", "06 Nov 1994 25:00:00",
                          "08:49:37 Nov 1994", "1 Jan 1600 00:00:00"})
    EXPECT_EQ(date(bad), -1) << bad;
}

}  // namespace
}  // namespace hotlap::loadgen
