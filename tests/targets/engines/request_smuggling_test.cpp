// Requests that two recipients could cut in two ways, RFC 9112 §11.2. Each row hides a second request behind a doubtful
// first one; a server that refuses the first has not been tricked, whatever stands in front of it. What it accepts, it
// must cut as the RFC does, and no other way.
#include <gtest/gtest.h>

#include <string>

#include "tests/targets/engines/request_conversation.h"

namespace hotlap::targets {
namespace {

using namespace std::string_literals;

const std::string kHidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n") + body;
}

struct Attempt {
  const char* idea;
  std::string bytes;
  const char* expected = "bad 400";
};

const Attempt kAttempts[] = {
    {"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\nX"},
    {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "8\r\nSMUGGLED\r\n0\r\n\r\n"},
    {"CL.TE with a length of 0", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TE.TE, the last unknown", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n") + "0\r\n\r\n"},
    {"TE.TE, the first unknown", post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
     "bad 501"},
    {"chunked twice in two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"chunked twice in one field", post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"},
    {"chunked, then identity", post("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n"},
    {"identity alone", post("Transfer-Encoding: identity\r\n") + kHidden},
    {"a prefix of x", post("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n"},
    {"a longer word", post("Transfer-Encoding: chunkedx\r\n") + "0\r\n\r\n"},
    {"quotes", post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n"},
    {"a parameter", post("Transfer-Encoding: chunked;a=b\r\n") + "0\r\n\r\n"},
    {"an empty coding", post("Transfer-Encoding: ,chunked\r\n") + "0\r\n\r\n"},
    {"no coding", post("Transfer-Encoding:\r\n") + "0\r\n\r\n"},
    {"a vertical tab", post("Transfer-Encoding:\x0b"
                            "chunked\r\n") +
                           "0\r\n\r\n"},
    {"a form feed", post("Transfer-Encoding: chunked\x0c\r\n") + "0\r\n\r\n"},
    {"a NUL", post("Transfer-Encoding: chunked\0\r\n"s) + "0\r\n\r\n"},
    {"a blank before the colon", post("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n"},
    {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n") + "0\r\n\r\n"},
    {"a blank before the name", post(" Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"folded: the name", post("Transfer-Encoding\r\n : chunked\r\n") + "0\r\n\r\n"},
    {"folded: the value", post("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n"},
    {"folded into another field", post("A: b\r\n Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"hidden behind a bare LF", post("A: b\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"hidden behind a bare CR", post("A: b\rTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"a bare LF at its end", post("Transfer-Encoding: chunked\n") + "0\r\n\r\n"},
    {"an underscore is another name", post("Transfer_Encoding: chunked\r\n") + kHidden,
     "POST /[]; GET /hidden[]; idle"},
    {"two lengths", post("Content-Length: 0\r\nContent-Length: 33\r\n") + kHidden},
    {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n") + "aaaaa"},
    {"a list of lengths", post("Content-Length: 5, 5\r\n") + "aaaaa"},
    {"a list of different lengths", post("Content-Length: 0, 33\r\n") + kHidden},
    {"a plus", post("Content-Length: +5\r\n") + "aaaaa"},
    {"a minus", post("Content-Length: -5\r\n") + "aaaaa"},
    {"hexadecimal", post("Content-Length: 0x5\r\n") + "aaaaa"},
    {"a fraction", post("Content-Length: 5.0\r\n") + "aaaaa"},
    {"a blank inside", post("Content-Length: 1 0\r\n") + "aaaaa"},
    {"quotes", post("Content-Length: \"5\"\r\n") + "aaaaa"},
    {"no number", post("Content-Length:\r\n") + kHidden},
    {"an overflow to 0", post("Content-Length: 18446744073709551616\r\n") + kHidden},
    {"an overflow to 5", post("Content-Length: 18446744073709551621\r\n") + "aaaaa"},
    {"a length behind a NUL", post("Content-Length: 0\0"
                                   "33\r\n"s) +
                                  kHidden},
    {"a blank before the colon", post("Content-Length : 33\r\n") + kHidden},
    {"a colon more", post("Content-Length:: 33\r\n") + kHidden},
    {"a name without a value before it", post("Content-Length\r\nContent-Length: 33\r\n") + kHidden},
    {"a chunk size with a sign", chunked("+5\r\naaaaa\r\n0\r\n\r\n")},
    {"a chunk size with 0x", chunked("0x5\r\naaaaa\r\n0\r\n\r\n")},
    {"a chunk size with an underscore", chunked("1_0\r\naaaaa\r\n0\r\n\r\n")},
    {"a blank before a chunk size", chunked(" 5\r\naaaaa\r\n0\r\n\r\n")},
    {"a blank behind a chunk size", chunked("5 \r\naaaaa\r\n0\r\n\r\n")},
    {"two chunk sizes", chunked("5 0\r\naaaaa\r\n0\r\n\r\n")},
    {"no chunk size", chunked("\r\naaaaa\r\n0\r\n\r\n")},
    {"only an extension", chunked(";a\r\n\r\n")},
    {"a chunk size that overflows", chunked("10000000000000005\r\naaaaa\r\n0\r\n\r\n")},
    {"a bare LF behind a chunk size", chunked("5\naaaaa\r\n0\r\n\r\n")},
    {"a bare CR behind a chunk size", chunked("5\raaaaa\r\n0\r\n\r\n")},
    {"TERM.EXT: a bare LF in an extension", chunked("5;a\naaaaa\r\n0\r\n\r\n" + kHidden)},
    {"a bare CR in an extension", chunked("5;a\rb\r\naaaaa\r\n0\r\n\r\n")},
    {"a NUL in an extension", chunked("5;\0\r\naaaaa\r\n0\r\n\r\n"s)},
    {"a chunk longer than its size", chunked("5\r\naaaaaa\r\n0\r\n\r\n")},
    {"a chunk shorter than its size", chunked("5\r\naaaa\r\n0\r\n\r\n")},
    {"a bare LF behind a chunk", chunked("5\r\naaaaa\n0\r\n\r\n")},
    {"a bare LF behind the last chunk", chunked("0\n\n" + kHidden)},
    {"a bare LF behind the trailers", chunked("0\r\n\n" + kHidden)},
    {"a request among the trailers", chunked("0\r\n" + kHidden)},
    {"a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")},
    {"a bare LF in a trailer", chunked("0\r\nA: b\nC: d\r\n\r\n")},
    {"a length among the trailers counts for nothing", chunked("0\r\nContent-Length: 33\r\n\r\n") + kHidden,
     "POST /[]; GET /hidden[]; idle"},
    {"a body of GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n" + kHidden,
     "GET /[GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n]; idle"},
    {"a tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + kHidden, "bad 501"},
    {"an upgrade", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + kHidden,
     "GET /[]; GET /hidden[]; idle"},
    {"a request line in a field of no name", post(": x\r\n") + kHidden},
    {"HTTP/0.9", "GET /\r\n" + kHidden},
};

TEST(RequestSmuggling, HasNoPlaceToHide) {
  static_assert(std::size(kAttempts) >= 40);
  for (const auto& [idea, bytes, expected] : kAttempts) {
    EXPECT_EQ(request_conversation(bytes, [](std::size_t left) { return left; }), expected) << idea << "\n" << bytes;
    EXPECT_EQ(request_conversation(bytes, [](std::size_t) { return 1; }), expected) << idea << ", byte by byte";
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto at_cut = [&](std::size_t left) { return left == bytes.size() ? cut : left; };
      ASSERT_EQ(request_conversation(bytes, at_cut), expected) << idea << ", cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace hotlap::targets
