// A server that misbehaves on purpose, for the harness's tests: answers so many requests, one connection at a time,
// then crashes. stand_in_server PORT ANSWERS; ANSWERS 0: forever.
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/socket.h"

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nUGLY";

// Reads up to the blank line; false when the peer left before.
bool read_request(const hotlap::Fd& connection) {
  std::string bytes;
  char buffer[1024];
  while (!bytes.contains("\r\n\r\n")) {
    const auto count = ::recv(connection.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto address = hotlap::resolve("127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[1])));
  if (!address) return 3;
  const auto listener = hotlap::listen_tcp(*address, {.nonblocking = false});
  if (!listener) return 3;
  const long limit = std::atol(argv[2]);
  for (long answered = 0;;) {
    const hotlap::Fd connection(::accept(listener->get(), nullptr, nullptr));
    if (!read_request(connection)) continue;
    if (limit > 0 && answered == limit) {
      std::fputs("stand-in: this is the end\n", stderr);
      std::fflush(stderr);
      std::raise(SIGKILL);
    }
    ++answered;
    if (!hotlap::write_all(connection, kAnswer)) continue;
  }
}
