#include "targets/pages/response_writer.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

TEST(ResponseWriter, WritesFieldsInTheArticlesOrder) {
  std::string out;
  append_response(out, {.content_type = "text/plain", .body = "abc", .fields = "X: y\r\n", .keep_alive = false});
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\nX: y\r\nConnection: close\r\n\r\nabc");
}

TEST(ResponseWriter, HeadHasTheLengthButNotTheBody) {
  std::string out;
  append_response(out, {.status = 404, .content_type = "text/plain", .body = "gone", .head_only = true});
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\n");
}

}  // namespace
}  // namespace hotlap::targets
