// A wire of known length: starts a server and stands before it, and every byte takes half of the delay each way.
// usage: delay-proxy --port=N --delay=TIME -- SERVER [ARGUMENT…]     (%port in an argument becomes a free port)
// So a round trip takes the delay and nothing else is limited: bytes are passed on in the pieces in which they came,
// any number at a time. Connecting takes no delay, for it is done by the kernel; load keeps its connections anyhow.
// Listens on 127.0.0.1. One thread. Ends on SIGTERM, with the server, and with it when the server ends by itself.
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/process.h"
#include "base/socket.h"

namespace {

using namespace hotlap;

constexpr std::string_view kFreePort = "%port";

volatile std::sig_atomic_t stop_asked = 0;

// One way of one connection.
struct Way {
  Fd* from = nullptr;
  Fd* to = nullptr;
  struct Piece {
    Instant due;
    std::string bytes;
  };
  std::deque<Piece> underway;
  bool ended = false;   // nothing more comes
  bool closed = false;  // … and the other side knows
};

struct Wire {
  Fd client, server;
  Way up, down;
};

class Proxy {
 public:
  Proxy(Fd listener, const Address& server, Nanos delay)
      : listener_(std::move(listener)), server_(server), one_way_(delay / 2), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    check(static_cast<bool>(epoll_), "an epoll descriptor can be had");
    watch(listener_, nullptr, EPOLLIN, EPOLL_CTL_ADD);
  }

  // Until what is due next, or `longest`.
  void turn(Nanos longest) {
    const Nanos left = due_.empty() ? longest : due_.begin()->first - monotonic_now();
    const auto wait_ns = std::clamp(left, Nanos::zero(), longest).count();
    const timespec wait{.tv_sec = wait_ns / 1'000'000'000, .tv_nsec = wait_ns % 1'000'000'000};
    std::array<epoll_event, 128> events{};
    const int ready = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < ready; ++i) {
      auto* wire = static_cast<Wire*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (wire == nullptr)
        accept_one();
      else if (wires_.contains(wire))
        read(*wire);
    }
    const Instant now = monotonic_now();
    while (!due_.empty() && due_.begin()->first <= now) {
      auto* wire = due_.begin()->second;
      due_.erase(due_.begin());
      if (wires_.contains(wire)) deliver(*wire, now);
    }
  }

 private:
  void watch(const Fd& socket, Wire* wire, std::uint32_t interest, int operation) const {
    epoll_event event{interest, {.ptr = wire}};
    check(::epoll_ctl(epoll_.get(), operation, socket.get(), &event) == 0, "a socket of ours can be watched");
  }

  void accept_one() {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    auto server = connect_tcp(server_, std::chrono::seconds(1));
    if (!server || !set_nonblocking(*server, true)) return;  // the client sees its connection close
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto wire = std::make_unique<Wire>();
    wire->client = std::move(client);
    wire->server = std::move(*server);
    wire->up = {.from = &wire->client, .to = &wire->server, .underway = {}};
    wire->down = {.from = &wire->server, .to = &wire->client, .underway = {}};
    for (const auto* end : {&wire->client, &wire->server}) watch(*end, wire.get(), EPOLLIN, EPOLL_CTL_ADD);
    auto* key = wire.get();
    wires_.emplace(key, std::move(wire));
  }

  void read(Wire& wire) {
    for (Way* way : {&wire.up, &wire.down}) {
      if (way->ended) continue;
      const auto count = ::recv(way->from->get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      const Instant due = monotonic_now() + one_way_;
      if (count <= 0) {
        way->ended = true;
        watch(*way->from, &wire, 0, EPOLL_CTL_MOD);
        way->underway.push_back({due, {}});
      } else {
        way->underway.push_back({due, std::string(buffer_.data(), static_cast<std::size_t>(count))});
      }
      due_.emplace(due, &wire);
    }
  }

  // All that has come to the end of its way. What the other side does not take at once is tried again a little later.
  void deliver(Wire& wire, Instant now) {
    for (Way* way : {&wire.up, &wire.down})
      while (!way->underway.empty() && way->underway.front().due <= now) {
        auto& piece = way->underway.front();
        if (piece.bytes.empty()) {
          ::shutdown(way->to->get(), SHUT_WR);
          way->closed = true;
          way->underway.pop_front();
          continue;
        }
        const auto written = ::send(way->to->get(), piece.bytes.data(), piece.bytes.size(), MSG_NOSIGNAL);
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
          wires_.erase(&wire);
          return;
        }
        if (written > 0) piece.bytes.erase(0, static_cast<std::size_t>(written));
        if (!piece.bytes.empty()) {
          piece.due = now + std::chrono::microseconds(200);
          due_.emplace(piece.due, &wire);
          break;
        }
        way->underway.pop_front();
      }
    if (wire.up.closed && wire.down.closed) wires_.erase(&wire);
  }

  Fd listener_;
  Address server_;
  Nanos one_way_;
  Fd epoll_;
  std::map<Wire*, std::unique_ptr<Wire>> wires_;
  std::multimap<Instant, Wire*> due_;
  std::array<char, 65536> buffer_{};
};

struct Options {
  std::uint16_t port = 0;
  Nanos delay{};
  std::vector<std::string> server;
};

Result<Options> options_from(std::span<char*> words) {
  Options options;
  constexpr std::string_view kPort = "--port=";
  constexpr std::string_view kDelay = "--delay=";
  std::size_t i = 0;
  for (; i < words.size() && std::string_view(words[i]) != "--"; ++i) {
    const std::string_view word = words[i];
    if (word.starts_with(kPort)) {
      const auto port = parse_count(word.substr(kPort.size()));
      if (!port || *port > 65535) return fail(fmt::format("'{}' is no port", word), ExitCode::usage);
      options.port = static_cast<std::uint16_t>(*port);
    } else if (word.starts_with(kDelay)) {
      const auto delay = parse_duration(word.substr(kDelay.size()));
      if (!delay) return fail(delay.error().message, ExitCode::usage);
      options.delay = *delay;
    } else {
      return fail(fmt::format("'{}' is unknown", word), ExitCode::usage);
    }
  }
  for (++i; i < words.size(); ++i) options.server.emplace_back(words[i]);
  if (options.server.empty())
    return fail("usage: delay-proxy --port=N --delay=TIME -- SERVER [ARGUMENT…]", ExitCode::usage);
  return options;
}

// A port that was free a moment ago.
Result<std::uint16_t> some_port() {
  const auto any = resolve("127.0.0.1", 0);
  if (!any) return std::unexpected(any.error());
  const auto listener = listen_tcp(*any, {});
  if (!listener) return std::unexpected(listener.error());
  const auto bound = local_address(*listener);
  if (!bound) return std::unexpected(bound.error());
  return bound->port();
}

Result<int> run(const Options& options) {
  const auto behind = some_port();
  if (!behind) return std::unexpected(behind.error());
  ProcessOptions starting;
  for (auto argument : options.server) {
    if (const auto place = argument.find(kFreePort); place != std::string::npos)
      argument.replace(place, kFreePort.size(), std::to_string(*behind));
    starting.arguments.push_back(std::move(argument));
  }
  auto server = Process::start(starting);
  if (!server) return std::unexpected(server.error());
  const auto address = resolve("127.0.0.1", *behind);
  if (!address) return std::unexpected(address.error());
  const Instant deadline = monotonic_now() + std::chrono::seconds(10);
  while (!connect_tcp(*address, std::chrono::milliseconds(100))) {
    (void)server->read_line(std::chrono::milliseconds(10));
    if (server->poll_exit() || stop_asked != 0 || monotonic_now() > deadline)
      return fail(fmt::format("the server did not listen; it said: {}", server->output_tail()));
  }
  const auto here = resolve("127.0.0.1", options.port);
  if (!here) return std::unexpected(here.error());
  auto listener = listen_tcp(*here, {});
  if (!listener) return std::unexpected(listener.error());
  const auto bound = local_address(*listener);
  if (!bound) return std::unexpected(bound.error());
  fmt::print("ready port={}\n", bound->port());
  std::fflush(stdout);
  ::prctl(PR_SET_TIMERSLACK, 1);
  Proxy proxy(std::move(*listener), *address, options.delay);
  while (stop_asked == 0) {
    proxy.turn(std::chrono::milliseconds(100));
    while (server->read_line(Nanos{0})) {
    }
    if (const auto exit = server->poll_exit()) return fail("the server ended: " + exit->text());
  }
  (void)server->stop(std::chrono::seconds(6));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = options_from(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!options) {
    fmt::print(stderr, "delay-proxy: {}\n", options.error().message);
    return static_cast<int>(options.error().code);
  }
  for (const int signal : {SIGTERM, SIGINT}) {
    struct sigaction action{};
    action.sa_handler = [](int) { stop_asked = 1; };
    ::sigaction(signal, &action, nullptr);
  }
  const auto ended = run(*options);
  if (!ended) fmt::print(stderr, "delay-proxy: {}\n", ended.error().message);
  return ended ? *ended : static_cast<int>(ended.error().code);
}
