#include "targets/engines/request_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace hotlap::targets {
namespace {

// The targets of the requests in `bytes`, fed as a server reads them: what is left over is put before the next piece.
std::string targets_of(std::string_view bytes, std::size_t piece) {
  RequestReader reader;
  std::string unread, targets;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    unread += bytes.substr(at, piece);
    std::string_view input = unread;
    for (auto next = reader.next(input); next.kind != RequestReader::Kind::need_more; next = reader.next(input)) {
      if (next.kind == RequestReader::Kind::bad) return targets + "bad " + std::to_string(next.head.reject_status);
      targets += std::string(next.head.target) + " ";
    }
    unread.erase(0, unread.size() - input.size());
  }
  return targets;
}

TEST(RequestReader, FindsEveryRequestHoweverItArrives) {
  const std::string bytes =
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nGET /no HTT"
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n"
      "\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(targets_of(bytes, piece), "/a /b /c /d ") << piece;
}

TEST(RequestReader, BadRequestsStopTheConversation) {
  EXPECT_EQ(targets_of("GET /a HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", 100), "/a bad 400");
  EXPECT_EQ(targets_of("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 100), "/a bad 400");
  EXPECT_EQ(targets_of("GET / HTTP/3.0\r\nHost: x\r\n\r\n", 100), "bad 505");
}

TEST(RequestReader, RejectionsAnnounceTheClose) {
  for (const int status : {400, 414, 431, 501, 505}) {
    EXPECT_TRUE(rejection(status).starts_with("HTTP/1.1 " + std::to_string(status)));
    EXPECT_NE(rejection(status).find("Connection: close"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace hotlap::targets
