#include "tests/fuzz/request_mutations.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hotlap::targets {
namespace {

using namespace std::string_view_literals;

constexpr std::array kRequests = {
    "GET /ugly HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"sv,
    "GET /good?page=2 HTTP/1.1\r\nHost: stickers.example.com\r\nConnection: keep-alive\r\nAccept: text/html,*/*;q=0.8\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nCookie: session=0b5f1c2e-3d4a\r\n\r\n"sv,
    "HEAD / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"sv,
    "POST /vote HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nid=7&up=1"sv,
    "POST /vote HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nid=7\r\n5;a=\"b\"\r\n&up=1\r\n0\r\nA: b\r\n\r\n"sv,
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"sv,
    "GET http://b:80/c?d HTTP/1.1\r\nHost: a\r\n\r\n"sv,
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"sv,
    "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"sv,
    "PUT /a HTTP/1.1\r\nHost:a\r\ncontent-length:0\r\n\r\n"sv,
    "DELETE /a%20b HTTP/1.2\r\nHost: x-y.z\r\nA:\r\nB: \t c\td \r\n\r\n"sv,
};

// What parsers look for, and what they should refuse.
constexpr std::array kPieces = {
    "\r\n"sv,
    "\r"sv,
    "\n"sv,
    "\r\n\r\n"sv,
    "\n\n"sv,
    "\0"sv,
    " "sv,
    "\t"sv,
    "\x7f"sv,
    "\xff"sv,
    ":"sv,
    ","sv,
    ";"sv,
    "0"sv,
    "00000000"sv,
    "fffffffffffffff"sv,
    "HTTP/1.1"sv,
    "HTTP/1.0"sv,
    "HTTP/2.0"sv,
    "Host: b\r\n"sv,
    "Content-Length: 5\r\n"sv,
    "Content-Length: 18446744073709551616\r\n"sv,
    "Transfer-Encoding: chunked\r\n"sv,
    "Transfer-Encoding: gzip, chunked\r\n"sv,
    "Connection: close\r\n"sv,
    "Expect: 100-continue\r\n"sv,
    "0\r\n\r\n"sv,
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv,
};

const std::string kTooLong(600, 'x');  // for the limits of tests/fuzz/request_check.cpp

}  // namespace

std::string RequestMutations::next() {
  std::string bytes;
  for (auto left = 1 + random_.below(4); left > 0; --left) bytes += kRequests[random_.below(kRequests.size())];
  if (random_.below(64) == 0)  // nothing but noise
    for (char& byte : bytes) byte = static_cast<char>(random_.next());
  for (auto left = random_.below(4); left > 0 && !bytes.empty(); --left) spoil(bytes);
  if (bytes.empty()) bytes = "\r\n";
  return bytes;
}

std::size_t RequestMutations::place_in(const std::string& bytes) noexcept {
  const auto place = static_cast<std::size_t>(random_.below(bytes.size()));
  if (random_.coin()) return place;
  if (random_.coin()) {
    const auto line = bytes.find("\r\n", place);
    return line == std::string::npos || line + 2 >= bytes.size() ? place : line + 2;
  }
  const auto mark = bytes.find_first_of("\r\n: ", place);  // where the structure is
  return mark == std::string::npos ? place : mark;
}

void RequestMutations::spoil(std::string& bytes) {
  const auto place = place_in(bytes);
  const auto some = std::min<std::size_t>(1 + static_cast<std::size_t>(random_.below(12)), bytes.size() - place);
  switch (random_.below(7)) {
    case 0:
      bytes[place] = static_cast<char>(random_.next());
      break;
    case 1:
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << random_.below(8)));
      break;
    case 2:
      bytes.erase(place, random_.coin() ? 1 : some);
      break;
    case 3:
      bytes.insert(place, random_.below(32) == 0 ? std::string_view(kTooLong) : kPieces[random_.below(kPieces.size())]);
      break;
    case 4:
      bytes.insert(place, bytes.substr(place, some));
      break;
    case 5:
      std::swap(bytes[place], bytes[place_in(bytes)]);
      break;
    default:
      bytes.resize(place);  // the client falls silent
      break;
  }
}

}  // namespace hotlap::targets
