// What a server must make of a client's bytes, row by row out of RFC 9112 and RFC 9110. Every row is also cut in two at
// every byte, and fed byte by byte: the cuts must not matter.
#include <gtest/gtest.h>

#include <string>

#include "tests/targets/engines/request_conversation.h"

namespace hotlap::targets {
namespace {

using namespace std::string_literals;

struct Rule {
  const char* section;  // of RFC 9112, unless it says otherwise
  std::string bytes;
  const char* expected;
};

const std::string kHost = "Host: a\r\n";
const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST /p HTTP/1.1\r\nHost: a\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
const std::string kNext = "GET /n HTTP/1.1\r\nHost: a\r\n\r\n";

const Rule kRules[] = {
    // The request line
    {"3", kGet + "\r\n", "GET /[]; idle"},
    {"3", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "bad 400"},
    {"3", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET /\r\n\r\n", "bad 400"},
    {"3", "GET\r\n\r\n", "bad 400"},
    {"3", "GET / HTTP/1.1\nHost: a\r\n\r\n", "bad 400"},
    {"3", "GET / HTTP/1.1\rHost: a\r\n\r\n", "bad 400"},
    {"3.1", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.1", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get /[]; idle"},  // another method, for the site to refuse
    {"3.1", "X!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: a\r\n\r\n", "X!#$%&'*+-.^_`|~9 /[]; idle"},
    {"3.1", "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"s, "bad 400"},
    {"2.3", "GET / http/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.3", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /[]; idle"},
    {"2.3", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET /[]; idle"},
    {"2.3", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "bad 505"},
    {"2.3", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "bad 505"},
    {"2.3", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "bad 505"},
    {"2.3", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.3", "GET / HTTP/1.x\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.3", "GET / HTTP/1\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.3", "GET / HTTX/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.3", "GET / HTTP-1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"2.2", "\r\n" + kNext, "GET /n[]; idle"},
    {"2.2", "\r\n\r\n\r\n\r\n" + kNext, "GET /n[]; idle"},
    {"2.2", "\r\n\r\n\r\n\r\n\r\n" + kNext, "bad 400"},
    {"2.2", kNext + "\r\n" + kNext, "GET /n[]; GET /n[]; idle"},
    {"2.2", "\n" + kNext, "bad 400"},
    {"2.2", "\r" + kNext, "bad 400"},
    {"2.2", "\r\n", "idle"},
    {"2.2", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "bad 400"},
    // The target
    {"3.2.1", "GET /a/b?c=d?e&f HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/b?c=d?e&f[]; idle"},
    {"3.2.1", "GET /%2e%2E/%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%2e%2E/%zz[]; idle"},
    {"3.2.1", "GET //a HTTP/1.1\r\nHost: a\r\n\r\n", "GET //a[]; idle"},
    {"3.2.1", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET ?a HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.1", "GET /0123456789abcdef\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.2", "GET http://b/c?d HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/c?d[]; idle"},
    {"3.2.2", "GET HTTPS://b:443 HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTPS://b:443[]; idle"},
    {"3.2.2", "GET http://b/ HTTP/1.1\r\n\r\n", "bad 400"},  // even then there has to be a Host field
    {"3.2.2", "GET http:///c HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.2", "GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.2", "GET http://b:x/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.2", "GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.3", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 501"},
    {"3.2.3", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 501"},
    {"3.2.3", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *[]; idle"},
    {"3.2.4", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2.4", "OPTIONS *a HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    // Host
    {"3.2", "GET / HTTP/1.1\r\n\r\n", "bad 400"},
    {"3.2", kGet + kHost + "\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nhOST:a\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: \r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost:\t a.b-c:8080 \r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: 127.0.0.1:\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: [v1.a:b]\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a%2Fb_c~d!e\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a-name-of-thirty.bytes.example:80\r\n\r\n", "GET /[]; idle"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a_name-of-thirty.bytes.example:8/\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a-name-of/thirty.bytes.example:80\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", "bad 400"},
    {"3.2", "GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n", "bad 400"},
    // Fields
    {"5", kGet + "A:b\r\nC:\r\nD: \t e\tf \r\n\r\n", "GET /[]; idle"},
    {"5", kGet + "A: \xe4\xff\r\n\r\n", "GET /[]; idle"},
    {"5", kGet + "no colon\r\n\r\n", "bad 400"},
    {"5", kGet + "nocolon\r\n\r\n", "bad 400"},
    {"5", kGet + ": nameless\r\n\r\n", "bad 400"},
    {"5", kGet + "A(b): c\r\n\r\n", "bad 400"},
    {"5", kGet + "A\xe4: c\r\n\r\n", "bad 400"},
    {"5", kGet + "A: b\0c\r\n\r\n"s, "bad 400"},
    {"5", kGet + "A: b\x01\r\n\r\n", "bad 400"},
    {"5", kGet + "A: b\x7f\r\n\r\n", "bad 400"},
    {"5", kGet + "A: 0123456789abcdef\x08\r\n\r\n", "bad 400"},
    {"5.1", kGet + "A : b\r\n\r\n", "bad 400"},
    {"5.1", kGet + "A\t: b\r\n\r\n", "bad 400"},
    {"5.2", kGet + "A: b\r\n c\r\n\r\n", "bad 400"},
    {"5.2", kGet + "A: b\r\n\tc\r\n\r\n", "bad 400"},
    {"5.2", kGet + "A: b\r\n \r\n\r\n", "bad 400"},
    {"2.2", kGet + "A: b\n\r\n", "bad 400"},
    {"2.2", kGet + "A: b\rc\r\n\r\n", "bad 400"},
    {"2.2", kGet + "A: b\r\r\n\r\n", "bad 400"},
    {"2.2", kGet + "\n", "bad 400"},
    {"2.2", kGet + "\r\r\n", "bad 400"},
    // Bodies
    {"6.2", kPost + "Content-Length: 3\r\n\r\nabc" + kNext, "POST /p[abc]; GET /n[]; idle"},
    {"6.2", kPost + "Content-Length: 3\r\n\r\nab", "body"},
    {"6.2", kPost + "Content-Length: 0\r\n\r\n" + kNext, "POST /p[]; GET /n[]; idle"},
    {"6.2", kPost + "Content-Length: 003\r\n\r\nabc", "POST /p[abc]; idle"},
    {"6.2", kPost + "content-LENGTH:3\t\r\n\r\nabc", "POST /p[abc]; idle"},
    {"6.2", kGet + "Content-Length: 3\r\n\r\nabc" + kNext, "GET /[abc]; GET /n[]; idle"},
    {"6.2", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + kNext, "HEAD /[]; GET /n[]; idle"},
    {"6.2", kPost + "Content-Length: 15\r\n\r\nGET /n HTTP/1.1", "POST /p[GET /n HTTP/1.1]; idle"},
    {"6.3", kPost + "\r\n" + kNext, "POST /p[]; GET /n[]; idle"},
    {"6.3", kPost + "Content-Length: 100\r\n\r\n", "bad 413"},  // the limit of this test is 64
    {"7.1", kChunked + "3\r\nabc\r\n0\r\n\r\n" + kNext, "POST /p[abc]; GET /n[]; idle"},
    {"7.1", kChunked + "1\r\na\r\nA\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
     "POST /p[a01234567890123456789]; idle"},
    {"7.1", kChunked + "0\r\n\r\n", "POST /p[]; idle"},
    {"7.1", kChunked + "000\r\n\r\n", "POST /p[]; idle"},
    {"7.1", kChunked + "0003\r\nabc\r\n0\r\n\r\n", "POST /p[abc]; idle"},
    {"7.1", kChunked + "3\r\nabc\r\n0\r\n", "body"},
    {"7.1", kChunked + "40\r\n", "body"},
    {"7.1", kChunked + "41\r\n", "bad 413"},
    {"7.1", kChunked + "30\r\n" + std::string(0x30, 'x') + "\r\n11\r\n", "bad 413"},
    {"7.1", kChunked + "fffffffffffffff\r\n", "bad 413"},
    {"7.1.1", kChunked + "3;a\r\nabc\r\n0;b=c;d=\"e f\"\r\n\r\n", "POST /p[abc]; idle"},
    {"7.1.1", kChunked + "3 ;a = b\r\nabc\r\n0\r\n\r\n", "POST /p[abc]; idle"},
    {"7.1.1", kChunked + "3;" + std::string(300, 'x'), "bad 413"},
    {"7.1.2", kChunked + "3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n" + kNext, "POST /p[abc]; GET /n[]; idle"},
    {"7.1.2", kChunked + "0\r\nContent-Length: 5\r\n\r\n" + kNext, "POST /p[]; GET /n[]; idle"},
    {"7.1.2", kChunked + "0\r\nA: " + std::string(300, 'x'), "bad 431"},
    {"7.1.2", kChunked + "0\r\n" + std::string(300, 'x'), "bad 431"},
    {"7", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", "bad 501"},
    {"7", kPost + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", "bad 501"},
    {"7", kPost + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", "POST /p[]; idle"},
    // Connections
    {"9.3", "GET / HTTP/1.0\r\n\r\n" + kNext, "GET /[]/1.0 close; idle"},
    {"9.3", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + kNext, "GET /[]/1.0; GET /n[]; idle"},
    {"9.3", "GET / HTTP/1.0\r\nConnection: a, Keep-Alive\r\n\r\n", "GET /[]/1.0; idle"},
    {"9.3", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET /[]/1.0 close; idle"},
    {"9.3.2", kNext + kNext + kNext, "GET /n[]; GET /n[]; GET /n[]; idle"},
    {"9.6", kGet + "Connection: close\r\n\r\n" + kNext, "GET /[] close; idle"},
    {"9.6", kGet + "Connection: a,\t,CLOSE ,b\r\n\r\n", "GET /[] close; idle"},
    {"9.6", kGet + "Connection: a\r\nConnection: close\r\n\r\n", "GET /[] close; idle"},
    {"9.6", kGet + "Connection: closed, not-close\r\n\r\n", "GET /[]; idle"},
    {"9.6", kGet + "Connection:\r\n\r\n", "GET /[]; idle"},
    // RFC 9110
    {"RFC 9110 10.1.1", kPost + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", "POST /p[a]; idle"},
    {"RFC 9110 10.1.1", kPost + "Expect: 100-continue\r\n\r\n" + kNext, "POST /p[]; GET /n[]; idle"},
    {"RFC 9110 10.1.1", kPost + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "POST /p[]; idle"},
    {"RFC 9110 10.1.1", kPost + "Expect: 100-continue\r\nContent-Length: 65\r\n\r\n", "bad 413"},
    {"RFC 9110 10.1.1", kPost + "Expect: a miracle\r\n\r\n", "bad 417"},
    {"RFC 9110 10.1.1", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
     "POST /[a]/1.0 close; idle"},
    {"RFC 9110 4.1", "GET /" + std::string(256, 'a'), "bad 414"},
    {"RFC 9110 4.1", std::string(256, 'G'), "bad 414"},
    {"RFC 6585 5", kGet + "A: " + std::string(256, 'a'), "bad 431"},
    {"RFC 6585 5", kGet + std::string(256, 'a'), "bad 431"},
};

constexpr RequestLimits kSmall{.head_bytes = 256, .body_bytes = 64};

TEST(RequestRules, HoldHoweverTheBytesArrive) {
  for (const auto& [section, bytes, expected] : kRules) {
    EXPECT_EQ(request_conversation(
                  bytes, [](std::size_t left) { return left; }, kSmall),
              expected)
        << "RFC 9112 section " << section << "\n"
        << bytes;
    EXPECT_EQ(request_conversation(
                  bytes, [](std::size_t) { return 1; }, kSmall),
              expected)
        << "byte by byte\n"
        << bytes;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto at_cut = [&](std::size_t left) { return left == bytes.size() ? cut : left; };
      ASSERT_EQ(request_conversation(bytes, at_cut, kSmall), expected) << "cut at " << cut << "\n" << bytes;
    }
  }
}

TEST(RequestRules, ThatTheLimitsAreExact) {
  const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
  const auto of_size = [&](std::size_t size) { return begin + std::string(size - begin.size() - 4, 'a') + "\r\n\r\n"; };
  for (const std::size_t piece : {1U, 100U, 1000U}) {
    const auto pieces = [&](std::size_t left) { return std::min<std::size_t>(piece, left); };
    EXPECT_EQ(request_conversation(of_size(256), pieces, kSmall), "GET /[]; idle");
    EXPECT_EQ(request_conversation(of_size(257), pieces, kSmall), "bad 431");
    EXPECT_EQ(request_conversation("GET /" + std::string(240, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", pieces, kSmall),
              "bad 431");
    EXPECT_EQ(request_conversation("GET /" + std::string(242, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", pieces, kSmall),
              "bad 414");
    std::string many = kGet;
    for (int i = 1; i < http1::kMaxFields; ++i) many += "a:\r\n";
    EXPECT_EQ(request_conversation(many + "\r\n", pieces), "GET /[]; idle");
    EXPECT_EQ(request_conversation(many + "a:\r\n\r\n", pieces), "bad 431");
  }
}

}  // namespace
}  // namespace hotlap::targets
