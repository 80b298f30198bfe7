// The ceiling of this machine: what is left when a load generator does nothing but move bytes.
// One thread, one epoll, edge-triggered. Each connection has a batch of prebuilt requests in flight; bytes that come
// are counted, neither parsed nor kept nor timed; when a batch's bytes have all come, the next batch goes out from
// within the read. A generator that stamps, frames and checks every response can come near these figures, not above
// them; the distance is the price of its truth. That responses all have the size of the first is taken on trust, which
// is why this is a yardstick and not a load generator.
// Usage: bare-loop HOST:PORT TARGET CONNECTIONS DEPTH DURATION [RESPONSE_BYTES]; prints one line:
//   bare-loop responses=N response_bytes=N seconds=S throughput_per_s=R user_us=U system_us=S   (CPU time per response)
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/http1.h"
#include "base/socket.h"

namespace {

using namespace hotlap;

constexpr Nanos kPatience = std::chrono::seconds(2);  // for a connect, and for anything at all to come
// One buffer for all, no more than stays in the nearest caches; a larger one was no faster with 1 MiB bodies. A short
// read means that no more is there.
constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kEventsPerTurn = 1024;

struct Options {
  Address address;
  std::string request;
  std::size_t connections = 0;
  std::size_t depth = 0;
  Nanos duration{};
  std::size_t response_bytes = 0;  // 0: learn it from the first response
};

struct Connection {
  Fd socket;
  std::uint64_t due_bytes = 0;  // of the batch in flight
};

struct Count {
  std::uint64_t bytes = 0;
  Nanos time{};
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number > 0;
}

Result<Options> read_options(const std::vector<std::string>& words) {
  if (words.size() != 5 && words.size() != 6)
    return fail("usage: bare-loop HOST:PORT TARGET CONNECTIONS DEPTH DURATION [RESPONSE_BYTES]", ExitCode::usage);
  Options options;
  const auto address = resolve(words[0]);
  if (!address) return std::unexpected(address.error());
  const auto duration = parse_duration(words[4]);
  if (!duration) return std::unexpected(duration.error());
  if (!read_number(words[2], options.connections) || !read_number(words[3], options.depth) ||
      (words.size() == 6 && !read_number(words[5], options.response_bytes)))
    return fail("CONNECTIONS, DEPTH and RESPONSE_BYTES are whole numbers above 0", ExitCode::usage);
  options.address = *address;
  options.request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", words[1], words[0]);
  options.duration = *duration;
  return options;
}

// Asks once and reads the head with the parser of the generator. Only bodies with a length can be counted afterwards.
Result<std::size_t> learn_response_bytes(const Fd& socket, const std::string& request) {
  if (auto written = write_all(socket, request); !written) return std::unexpected(written.error());
  std::vector<char> bytes(http1::kMaxHeadBytes);
  std::size_t held = 0;
  std::size_t whole = 0;
  while (whole == 0) {
    const auto count = ::recv(socket.get(), bytes.data() + held, bytes.size() - held, 0);
    if (count <= 0) return fail("the target ended the connection within its first head");
    held += static_cast<std::size_t>(count);
    const auto head = http1::parse_response_head({bytes.data(), held}, false);
    if (head.parsed == http1::Parsed::bad) return fail(fmt::format("the first response is not HTTP: {}", head.why));
    if (head.parsed == http1::Parsed::need_more) continue;
    if (head.framing == http1::Framing::chunked || head.framing == http1::Framing::until_close || !head.keep_alive)
      return fail("the responses cannot be counted by their size: they need a Content-Length and a connection kept");
    whole = head.bytes + head.content_length;
  }
  while (held < whole) {
    const auto count = ::recv(socket.get(), bytes.data(), std::min(bytes.size(), whole - held), 0);
    if (count <= 0) return fail("the target ended the connection within its first response");
    held += static_cast<std::size_t>(count);
  }
  return whole;
}

Result<Count> count_bytes(std::vector<Connection>& connections, const std::string& batch, std::uint64_t batch_bytes,
                          Nanos duration) {
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  for (auto& connection : connections) {
    epoll_event watch{EPOLLIN | EPOLLET, {.ptr = &connection}};
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, connection.socket.get(), &watch) != 0) return fail_errno("epoll_ctl");
  }
  // A batch is small beside any socket buffer that is empty, so it goes out whole or not at all.
  const auto send_batch = [&](Connection& connection) {
    connection.due_bytes += batch_bytes;
    const auto sent = ::send(connection.socket.get(), batch.data(), batch.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(batch.size());
  };
  const Instant start = monotonic_now();
  for (auto& connection : connections)
    if (!send_batch(connection)) return fail("a batch does not fit into the socket's buffer; use a smaller depth");

  const auto buffer = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  std::vector<epoll_event> events(std::min(connections.size(), kEventsPerTurn));
  const int wait_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(kPatience).count());
  Count count;
  while ((count.time = monotonic_now() - start) < duration) {
    const int ready = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    if (ready <= 0) return fail("nothing came for two seconds: are the responses smaller than they were said to be?");
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      for (ssize_t got = kBufferBytes; got == kBufferBytes;) {
        got = ::recv(connection.socket.get(), buffer.get(), kBufferBytes, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) return fail("the target ended a connection; nothing was counted");
        if (static_cast<std::uint64_t>(got) > connection.due_bytes)
          return fail("more bytes came than were asked for: the responses differ in size");
        count.bytes += static_cast<std::uint64_t>(got);
        connection.due_bytes -= static_cast<std::uint64_t>(got);
        if (connection.due_bytes == 0 && !send_batch(connection)) return fail("a batch did not go out whole");
      }
    }
  }
  return count;
}

Result<void> run(Options options) {
  if (auto limit = ensure_file_limit(options.connections); !limit) return limit;
  std::vector<Connection> connections(options.connections);
  for (auto& connection : connections) {
    auto socket = connect_tcp(options.address, kPatience);
    if (!socket) return std::unexpected(socket.error());
    connection.socket = std::move(*socket);
  }
  if (options.response_bytes == 0) {
    const auto learnt = learn_response_bytes(connections.front().socket, options.request);
    if (!learnt) return std::unexpected(learnt.error());
    options.response_bytes = *learnt;
  }
  std::string batch;
  for (std::size_t i = 0; i < options.depth; ++i) batch += options.request;

  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto count = count_bytes(connections, batch, options.depth * options.response_bytes, options.duration);
  if (!count) return std::unexpected(count.error());
  ::getrusage(RUSAGE_SELF, &after);
  const auto microseconds = [](const timeval& from, const timeval& to) {
    return static_cast<double>(to.tv_sec - from.tv_sec) * 1e6 + static_cast<double>(to.tv_usec - from.tv_usec);
  };
  const std::uint64_t responses = count->bytes / options.response_bytes;
  const auto number = static_cast<double>(std::max<std::uint64_t>(responses, 1));
  const double seconds = std::chrono::duration<double>(count->time).count();
  fmt::print(
      "bare-loop responses={} response_bytes={} seconds={:.3f} throughput_per_s={:.0f} user_us={:.4f} "
      "system_us={:.4f}\n",
      responses, options.response_bytes, seconds, static_cast<double>(responses) / seconds,
      microseconds(before.ru_utime, after.ru_utime) / number, microseconds(before.ru_stime, after.ru_stime) / number);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options({argv + 1, argv + argc});
  const auto done = options ? run(*options) : std::unexpected(options.error());
  if (done) return 0;
  fmt::print(stderr, "bare-loop: {}\n", done.error().message);
  return static_cast<int>(done.error().code);
}
