// A server of large answers from memory: /64k and /1m are bodies of so many bytes, written as fast as the socket takes
// them and never copied. What a load generator does with large responses shows when this costs next to nothing.
// One thread, one epoll, edge-triggered. Pipelined requests are answered in order; any other path is answered 404.
// Usage: bulk-server; prints "bulk-server ready port=N"; ends with SIGTERM or after an hour.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <deque>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/http1.h"
#include "base/socket.h"

namespace {

using namespace hotlap;

constexpr Nanos kLongestLife = std::chrono::hours(1);

struct Client {
  Fd socket;
  std::string unread;                   // the beginning of a request that has not come whole
  std::deque<std::string_view> unsent;  // rests of answers, in order
};

std::string answer(std::string_view status, std::size_t body_bytes) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nContent-Type: application/octet-stream\r\n\r\n{}", status,
                     body_bytes, std::string(body_bytes, 'x'));
}

std::string_view answer_to(std::string_view target) {
  static const std::string small = answer("200 OK", 64 * 1024);
  static const std::string large = answer("200 OK", 1024 * 1024);
  static const std::string missing = answer("404 Not Found", 0);
  return target == "/64k" ? small : target == "/1m" ? large : missing;
}

// Takes the whole requests out of `unread`. False: that is not HTTP.
bool answer_requests(Client& client) {
  std::size_t used = 0;
  for (;;) {
    const auto head = http1::parse_request_head(std::string_view(client.unread).substr(used));
    if (head.parsed == http1::Parsed::bad) return false;
    if (head.parsed == http1::Parsed::need_more) break;
    client.unsent.push_back(answer_to(head.target));
    used += head.bytes;
  }
  client.unread.erase(0, used);
  return true;
}

// Reads and writes until the socket has no more and takes no more. False: the connection is over.
bool serve_client(Client& client) {
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = ::recv(client.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) return false;
    client.unread.append(buffer.data(), static_cast<std::size_t>(got));
    if (!answer_requests(client)) return false;
    if (static_cast<std::size_t>(got) < buffer.size()) break;
  }
  while (!client.unsent.empty()) {
    auto& rest = client.unsent.front();
    const auto sent = ::send(client.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN;
    rest.remove_prefix(static_cast<std::size_t>(sent));
    if (rest.empty()) client.unsent.pop_front();
  }
  return true;
}

Result<void> serve() {
  const auto address = resolve("127.0.0.1", 0);
  if (!address) return std::unexpected(address.error());
  const auto listener = listen_tcp(*address, {});
  if (!listener) return std::unexpected(listener.error());
  fmt::print("bulk-server ready port={}\n", local_address(*listener)->port());
  std::fflush(stdout);

  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event watch{EPOLLIN, {.fd = listener->get()}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener->get(), &watch);
  std::map<int, Client> clients;
  const Instant end = monotonic_now() + kLongestLife;
  std::array<epoll_event, 256> events{};
  while (monotonic_now() < end) {
    const int ready = ::epoll_wait(epoll.get(), events.data(), events.size(), 1000);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket != listener->get()) {
        if (!serve_client(clients.at(socket))) clients.erase(socket);
        continue;
      }
      Fd accepted(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!accepted) continue;
      const int number = accepted.get();
      clients[number] = {.socket = std::move(accepted), .unread = {}, .unsent = {}};
      watch = {EPOLLIN | EPOLLOUT | EPOLLET, {.fd = number}};
      ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, number, &watch);
    }
  }
  return {};
}

}  // namespace

int main() {
  const auto served = serve();
  if (served) return 0;
  fmt::print(stderr, "bulk-server: {}\n", served.error().message);
  return static_cast<int>(served.error().code);
}
