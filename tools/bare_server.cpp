// The ceiling of this machine for servers: what is left when a server does nothing but move bytes.
// One thread, one epoll, level-triggered as ours. Every blank line (CR LF CR LF) in what comes is answered with the
// same 83 bytes, all answers of one read by one write; nothing is parsed, checked, kept or timed, and no client is
// slow. A server that reads requests, looks its pages up and writes them in order can come near these figures, not
// above them. Usage: bare-server [SECONDS]; prints "bare-server ready port=N"; ends with SIGTERM or after SECONDS
// (3600).
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/socket.h"

namespace {

using namespace hotlap;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nUGLY";
static_assert(kAnswer.size() == 83);
constexpr std::string_view kBlankLine = "\r\n\r\n";
constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kMostAnswers = kBufferBytes / kBlankLine.size() + 1;

struct Client {
  Fd socket;
  std::uint32_t matched = 0;  // bytes of a blank line at the end of what was read
};

// How many blank lines end in `bytes`, the first of which may have begun in an earlier read.
std::size_t blank_lines(std::string_view bytes, std::uint32_t& matched) {
  std::size_t lines = 0;
  while (matched > 0 && matched < kBlankLine.size() && !bytes.empty()) {
    matched = bytes.front() == kBlankLine[matched] ? matched + 1 : bytes.front() == '\r' ? 1U : 0U;
    bytes.remove_prefix(1);
  }
  if (matched == kBlankLine.size()) ++lines;
  if (matched > 0 && matched < kBlankLine.size()) return lines;  // all bytes went into the match
  matched = 0;
  while (true) {
    const void* found = ::memmem(bytes.data(), bytes.size(), kBlankLine.data(), kBlankLine.size());
    if (!found) break;
    ++lines;
    bytes.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + kBlankLine.size());
  }
  for (const std::uint32_t tail : {3U, 2U, 1U})
    if (matched == 0 && bytes.ends_with(kBlankLine.substr(0, tail))) matched = tail;
  return lines;
}

// False: the connection is over.
bool serve(Client& client, char* buffer, const std::string& answers) {
  const auto got = ::recv(client.socket.get(), buffer, kBufferBytes, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  const auto count = blank_lines({buffer, static_cast<std::size_t>(got)}, client.matched);
  const std::size_t bytes = count * kAnswer.size();
  return ::send(client.socket.get(), answers.data(), bytes, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes);
}

Result<void> run(Nanos life) {
  const auto listener = listen_tcp(*resolve("127.0.0.1", 0), {.nonblocking = true});
  if (!listener) return std::unexpected(listener.error());
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event watch{EPOLLIN, {.ptr = nullptr}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener->get(), &watch) != 0) return fail_errno("epoll_ctl");
  fmt::print("bare-server ready port={}\n", local_address(*listener)->port());
  std::fflush(stdout);

  std::string answers;
  for (std::size_t i = 0; i < kMostAnswers; ++i) answers += kAnswer;
  std::unordered_map<Client*, std::unique_ptr<Client>> clients;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  std::array<epoll_event, 256> events{};
  for (const Instant end = monotonic_now() + life; monotonic_now() < end;) {
    const int ready = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < ready; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client) {
        if (!serve(*client, buffer.get(), answers)) clients.erase(client);
        continue;
      }
      while (Fd socket{::accept4(listener->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)}) {
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto joined = std::make_unique<Client>(std::move(socket));
        watch = {EPOLLIN, {.ptr = joined.get()}};
        if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, joined->socket.get(), &watch) != 0) return fail_errno("epoll_ctl");
        clients.emplace(joined.get(), std::move(joined));
      }
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  int seconds = 3600;
  const std::string_view word = argc > 1 ? argv[1] : "3600";
  if (const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
      error != std::errc{} || end != word.data() + word.size() || seconds < 1) {
    fmt::print(stderr, "usage: bare-server [SECONDS]\n");
    return static_cast<int>(ExitCode::usage);
  }
  const auto done = run(std::chrono::seconds(seconds));
  if (done) return 0;
  fmt::print(stderr, "bare-server: {}\n", done.error().message);
  return static_cast<int>(done.error().code);
}
