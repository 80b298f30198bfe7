// A server with a known truth: answers every batch of requests exactly so many milliseconds after it came, all of its
// answers in one write. What a load generator prints beside it shows whether its times are real.
// Usage: fixed-latency-server MILLISECONDS; prints "ready port=N"; ends with SIGTERM or after ten minutes.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/socket.h"

namespace {

using namespace hotlap;

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";
constexpr Nanos kLongestLife = std::chrono::minutes(10);

struct Due {
  Instant at;
  int socket;
  int answers;
};

int count_requests(std::string& unread) {
  int requests = 0;
  for (auto end = unread.find("\r\n\r\n"); end != std::string::npos; end = unread.find("\r\n\r\n")) {
    unread.erase(0, end + 4);
    ++requests;
  }
  return requests;
}

int serve(Nanos latency) {
  auto address = resolve("127.0.0.1", 0);
  auto listener = address ? listen_tcp(*address, {}) : std::unexpected(address.error());
  if (!listener) {
    fmt::print(stderr, "{}\n", listener.error().message);
    return 1;
  }
  fmt::print("ready port={}\n", local_address(*listener)->port());
  std::fflush(stdout);

  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event watch{EPOLLIN, {.fd = listener->get()}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener->get(), &watch);
  struct Client {
    Fd socket;
    std::string unread;
  };
  std::map<int, Client> clients;
  std::deque<Due> due;  // in order: the latency is the same for all
  const Instant end = monotonic_now() + kLongestLife;
  std::array<char, 65536> buffer{};
  while (monotonic_now() < end) {
    for (; !due.empty() && due.front().at <= monotonic_now(); due.pop_front()) {
      std::string answers;
      for (int i = 0; i < due.front().answers; ++i) answers += kAnswer;
      if (const auto client = clients.find(due.front().socket); client != clients.end())
        (void)write_all(client->second.socket, answers);
    }
    const Nanos left = due.empty() ? Nanos(100'000'000) : std::max(Nanos(0), due.front().at - monotonic_now());
    const timespec wait{0, std::min<long>(left.count(), 999'999'999)};
    std::array<epoll_event, 64> events{};
    const int ready = ::epoll_pwait2(epoll.get(), events.data(), events.size(), &wait, nullptr);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener->get()) {
        Fd accepted(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
        if (!accepted) continue;
        watch = {EPOLLIN, {.fd = accepted.get()}};
        ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, accepted.get(), &watch);
        const int number = accepted.get();
        clients[number] = {std::move(accepted), {}};
        continue;
      }
      auto& client = clients.at(socket);
      const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (count <= 0) {
        clients.erase(socket);
        std::erase_if(due, [&](const Due& one) { return one.socket == socket; });
        continue;
      }
      client.unread.append(buffer.data(), static_cast<std::size_t>(count));
      if (const int requests = count_requests(client.unread); requests > 0)
        due.push_back({monotonic_now() + latency, socket, requests});
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto latency = parse_duration(argc == 2 ? std::string(argv[1]) : std::string());
  if (!latency) {
    fmt::print(stderr, "usage: fixed-latency-server 100ms\n");
    return 2;
  }
  return serve(*latency);
}
