#include "harness/conformance/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/conformance/conversation.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(NextAnswer, TakesOneAnswerAndSaysHowLongItWas) {
  const std::string_view first = "HTTP/1.1 200 OK\r\ncontent-length:  4 \r\nDate: now\r\n\r\nUGLY";
  const auto answer = next_answer(std::string(first) + "HTTP/1.1 404", false, false);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->bytes, first.size());
  EXPECT_EQ((*answer)->content_length, "4");
  EXPECT_EQ((*answer)->date, "now");
  EXPECT_EQ((*answer)->body, "UGLY");
}

TEST(NextAnswer, CountsInterimAnswersAndChunksIn) {
  const std::string_view whole =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nUG\r\n0\r\n\r\n";
  const auto answer = next_answer(std::string(whole) + "more", false, false);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->bytes, whole.size());
  EXPECT_EQ((*answer)->body, "UG");
  EXPECT_EQ((*answer)->content_length, "");
}

TEST(NextAnswer, AnAnswerToHeadHasALengthAndNoBody) {
  const auto answer = next_answer("HTTP/1.1 200 OK\r\nContent-Length: 92\r\n\r\nHTTP", false, true);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->content_length, "92");
  EXPECT_EQ((*answer)->body, "");
}

TEST(NextAnswer, SaysHowMuchOfABodyIsMissing) {
  EXPECT_THAT(next_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nUGLY", true, false).error().message,
              HasSubstr("ended after 4 of 9 body bytes"));
}

TEST(Cut, LosesNoByte) {
  EXPECT_THAT(cut_at("abc", 1), ElementsAre("a", "bc"));
  EXPECT_THAT(cut_everywhere("abc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(cut_into("abcde", 2), ElementsAre("abc", "de"));
  EXPECT_THAT(cut_into("ab", 10), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace hotlap::harness
