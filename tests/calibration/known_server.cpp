#include "tests/calibration/known_server.h"

#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/socket.h"

namespace hotlap::calibration {
namespace {

constexpr std::uint64_t kListener = 0;  // as an event's number; clients count from 1
constexpr std::size_t kEndlessBytes = 64 * 1024;
constexpr Nanos kLongestWait = std::chrono::milliseconds(10);  // until stop() is noticed

std::string answer_with(std::string_view status, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

Instant wall_now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec * 1'000'000'000 + time.tv_nsec};
}

// Reads once, and says when the last byte of it had come: the kernel's stamp, so that the time until this thread woke
// is part of the truth. `now` is its reading just after.
ssize_t receive(const Fd& socket, std::span<char> into, Instant& now, Instant& came) {
  alignas(cmsghdr) std::array<char, 128> control{};
  iovec bytes{into.data(), into.size()};
  msghdr message{.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
  const auto count = ::recvmsg(socket.get(), &message, 0);
  const int error = errno;
  // The wall clock is read first: whatever comes between the two makes a stamp later, so no truth is ever too long.
  const Instant wall = wall_now();
  now = came = monotonic_now();
  const Nanos wall_ahead = wall - now;
  for (const auto* part = CMSG_FIRSTHDR(&message); count > 0 && part;
       part = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(part))) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    came = std::min(now, Instant{stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec} + -wall_ahead);
  }
  errno = error;
  return count;
}

// "GET /a/7 HTTP/1.1" → "7"
std::string_view end_of_path(std::string_view request) {
  const auto target = request.substr(0, request.find(" HTTP/"));
  return target.substr(target.rfind('/') + 1);
}

}  // namespace

class KnownServer::Loop {
 public:
  Loop(const Behaviour& behaviour, Fd listener, Fd epoll)
      : behaviour_(behaviour), listener_(std::move(listener)), epoll_(std::move(epoll)) {
    while (!behaviour_.endless.empty() && endless_.size() < kEndlessBytes) endless_ += behaviour_.endless;
    watch(listener_, kListener, EPOLLIN, EPOLL_CTL_ADD);
  }

  void run(const std::stop_token& stop) {
    ::prctl(PR_SET_TIMERSLACK, 1);
    std::array<epoll_event, 64> events{};
    while (!stop.stop_requested()) {
      release_due(monotonic_now());
      const Nanos left = behaviour_.spin ? Nanos::zero()
                         : due_.empty()  ? kLongestWait
                                         : due_.begin()->first - monotonic_now();
      const timespec wait{0, std::clamp(left, Nanos::zero(), kLongestWait).count()};
      const int ready = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &wait, nullptr);
      for (int i = 0; i < ready; ++i) handle(events[static_cast<std::size_t>(i)]);
    }
    truth_.unanswered = truth_.requests - truth_.answered;
  }

  [[nodiscard]] const Truth& truth() const noexcept { return truth_; }

 private:
  enum class Meaning : std::uint8_t { right, wrong, not_found, other };

  struct Request {
    Instant came;
    std::string body;      // that it asks for
    bool in_place = true;  // its answer goes out where it stood in its batch
  };
  struct Piece {  // of an answer
    std::uint64_t client;
    Instant came;  // its request
    Meaning meaning;
    bool last;
    bool cut;
    std::string bytes;
  };
  struct Client {
    Fd socket;
    std::string unread;
    std::string unsent;
    Instant free_at{};  // Pace::in_turn: when its turn is over
    bool ending = false;
    bool streaming = false;  // the endless part has begun
    bool wants_write = false;
  };

  void watch(const Fd& socket, std::uint64_t number, std::uint32_t interest, int operation) const {
    epoll_event event{interest, {.u64 = number}};
    check(::epoll_ctl(epoll_.get(), operation, socket.get(), &event) == 0, "a socket of ours can be watched");
  }

  void handle(const epoll_event& event) {
    const std::uint64_t number = event.data.u64;  // the kernel's struct is packed: no reference may go into it
    if (number == kListener) {
      accept_one();
      return;
    }
    const auto found = clients_.find(number);
    if (found == clients_.end()) return;
    if ((event.events & EPOLLOUT) != 0 && !flush(found->first, found->second)) return;
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(found->first, found->second);
  }

  void accept_one() {
    Fd accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!accepted) return;
    ++truth_.connections;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(accepted.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    const auto number = ++last_client_;
    watch(accepted, number, EPOLLIN, EPOLL_CTL_ADD);
    auto& client = clients_[number];
    client.socket = std::move(accepted);
    if (behaviour_.greeting.empty()) return;
    client.unsent = behaviour_.greeting;
    if (!flush(number, client)) return;
    char asked = 0;
    if (::recv(client.socket.get(), &asked, 1, MSG_PEEK) <= 0) ++truth_.greeted;
  }

  void read(std::uint64_t number, Client& client) {
    Instant now, came;
    const auto count = receive(client.socket, buffer_, now, came);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      clients_.erase(number);
      return;
    }
    client.unread.append(buffer_.data(), static_cast<std::size_t>(count));
    std::vector<Request> batch;
    std::size_t used = 0;
    for (auto end = client.unread.find("\r\n\r\n"); end != std::string::npos;
         end = client.unread.find("\r\n\r\n", used)) {
      const auto head = std::string_view(client.unread).substr(used, end - used);
      batch.push_back({came, std::string(end_of_path(head.substr(0, head.find('\r'))))});
      used = end + 4;
    }
    client.unread.erase(0, used);
    truth_.requests += batch.size();
    if (batch.empty()) return;
    if (behaviour_.crash_beyond > 0) crash_if_overloaded(now, batch.size());
    if (!first_request_) first_request_ = came;
    if (behaviour_.only_first) batch.resize(1);
    if (behaviour_.reversed) reverse(batch);
    for (const auto& request : batch) plan(number, client, request);
    release_due(now);
  }

  void crash_if_overloaded(Instant now, std::size_t more) {
    constexpr double kSlice = 0.1;  // seconds
    if (now - slice_start_ > std::chrono::milliseconds(100)) {
      slice_start_ = now;
      in_slice_ = 0;
    }
    in_slice_ += more;
    if (static_cast<double>(in_slice_) <= behaviour_.crash_beyond * kSlice + 1) return;
    (void)std::fputs("calibration-server: more requests than I can bear\n", stderr);
    std::_Exit(3);
  }

  // Whoever asked matches answers by their order: right is the one whose place asks for the same body.
  static void reverse(std::vector<Request>& batch) {
    auto reversed = batch;
    std::ranges::reverse(reversed);
    for (std::size_t place = 0; place < batch.size(); ++place)
      reversed[place].in_place = reversed[place].body == batch[place].body;
    batch = std::move(reversed);
  }

  // Says when an answer is due and what it will be.
  void plan(std::uint64_t number, Client& client, const Request& request) {
    Instant due = request.came + behaviour_.delay;
    if (behaviour_.pace != Behaviour::Pace::together) {
      Instant& free_at = behaviour_.pace == Behaviour::Pace::queue ? free_at_ : client.free_at;
      due = free_at = std::max(free_at, request.came) + behaviour_.delay;
    }
    due = after_stall(due);
    auto [bytes, meaning] = answer_at(due, request);
    bool cut = false;
    if (behaviour_.cut) {
      const auto length = planned_++ % (bytes.size() + 1);
      cut = length < bytes.size();
      bytes.resize(length);
    }
    if (behaviour_.byte_gap > Nanos::zero()) {
      due = std::max(due, client.free_at);  // the answers of a connection do not mingle
      for (std::size_t i = 0; i + 1 < bytes.size(); ++i, due = due + behaviour_.byte_gap)
        due_.emplace(due, Piece{number, request.came, meaning, false, cut, bytes.substr(i, 1)});
      bytes.erase(0, bytes.size() - 1);
      client.free_at = due;
    }
    due_.emplace(due, Piece{number, request.came, meaning, true, cut, std::move(bytes)});
  }

  [[nodiscard]] Instant after_stall(Instant due) const {
    if (behaviour_.stall <= Nanos::zero()) return due;
    const Nanos since_first_stall = due - (*first_request_ + behaviour_.stall_at);
    if (since_first_stall < Nanos::zero()) return due;
    const Nanos into_stall =
        behaviour_.stall_every > Nanos::zero() ? since_first_stall % behaviour_.stall_every : since_first_stall;
    return into_stall < behaviour_.stall ? due + (behaviour_.stall - into_stall) : due;
  }

  [[nodiscard]] std::pair<std::string, Meaning> answer_at(Instant due, const Request& request) {
    if (behaviour_.answer) return {*behaviour_.answer, Meaning::other};
    if (behaviour_.not_found_after > Nanos::zero() && due - *first_request_ >= behaviour_.not_found_after)
      return {answer_with("404 Not Found", "none"), Meaning::not_found};
    if (behaviour_.reversed)
      return {answer_with("200 OK", request.body), request.in_place ? Meaning::right : Meaning::wrong};
    if (behaviour_.wrong_every > 0 && ++answers_ % behaviour_.wrong_every == 0)
      return {answer_with("200 OK", "NICE"), Meaning::wrong};
    return {answer_with("200 OK", kRightBody), Meaning::right};
  }

  // All pieces that are due; those of one client go out in one write.
  void release_due(Instant now) {
    std::vector<std::uint64_t> with_output;
    std::vector<Piece> released;
    for (; !due_.empty() && due_.begin()->first <= now; due_.erase(due_.begin())) {
      auto& piece = due_.begin()->second;
      const auto found = clients_.find(piece.client);
      if (found == clients_.end() || found->second.ending) continue;
      auto& client = found->second;
      client.unsent += piece.bytes;
      if (piece.last && behaviour_.then != Behaviour::Then::stay) client.ending = true;
      if (piece.last && !endless_.empty()) client.streaming = true;
      if (std::ranges::find(with_output, piece.client) == with_output.end()) with_output.push_back(piece.client);
      if (piece.last && !piece.cut) released.push_back(std::move(piece));
    }
    if (with_output.empty()) return;
    const Instant before_write = monotonic_now();
    for (const auto& piece : released) {
      ++truth_.answered;
      truth_.right += piece.meaning == Meaning::right ? 1 : 0;
      truth_.wrong += piece.meaning == Meaning::wrong ? 1 : 0;
      truth_.not_found += piece.meaning == Meaning::not_found ? 1 : 0;
      truth_.held.record(before_write - piece.came);
    }
    for (const auto number : with_output)
      if (const auto found = clients_.find(number); found != clients_.end()) (void)flush(number, found->second);
  }

  // False when the client is no more.
  bool flush(std::uint64_t number, Client& client) {
    while (true) {
      if (client.unsent.empty() && client.streaming) client.unsent = endless_;
      if (client.unsent.empty()) break;
      const auto written = ::send(client.socket.get(), client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno != EAGAIN) {
        clients_.erase(number);
        return false;
      }
      if (written < 0) break;
      client.unsent.erase(0, static_cast<std::size_t>(written));
      if (client.streaming && client.unsent.empty()) break;  // let others have their turn
    }
    if (client.ending && client.unsent.empty()) {
      if (behaviour_.then == Behaviour::Then::reset) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(client.socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      }
      clients_.erase(number);
      return false;
    }
    const bool wants_write = !client.unsent.empty() || client.streaming;
    if (wants_write != client.wants_write) {
      client.wants_write = wants_write;
      watch(client.socket, number, wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
    return true;
  }

  Behaviour behaviour_;
  Fd listener_;
  Fd epoll_;
  std::string endless_;
  std::map<std::uint64_t, Client> clients_;
  std::multimap<Instant, Piece> due_;  // equal instants keep the order of their coming
  std::optional<Instant> first_request_;
  Instant free_at_{};
  std::uint64_t last_client_ = kListener;
  std::uint64_t answers_ = 0;
  std::uint64_t planned_ = 0;
  Instant slice_start_{};
  std::uint64_t in_slice_ = 0;
  Truth truth_;
  std::array<char, 65536> buffer_{};
};

Result<KnownServer> KnownServer::start(const Behaviour& behaviour, std::uint16_t port) {
  const auto address = resolve("127.0.0.1", port);
  if (!address) return std::unexpected(address.error());
  auto listener = listen_tcp(*address, {});
  if (!listener) return std::unexpected(listener.error());
  const auto bound = local_address(*listener);
  if (!bound) return std::unexpected(bound.error());
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail_errno("epoll_create1");
  KnownServer server;
  server.port_ = bound->port();
  server.loop_ = std::make_unique<Loop>(behaviour, std::move(*listener), std::move(epoll));
  server.thread_ = std::jthread([loop = server.loop_.get()](const std::stop_token& stop) { loop->run(stop); });
  return server;
}

KnownServer::KnownServer(KnownServer&&) noexcept = default;

KnownServer::~KnownServer() {
  if (loop_) (void)stop();
}

std::string KnownServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

const Truth& KnownServer::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return loop_->truth();
}

std::string to_json(const Truth& truth) {
  const auto held = [&](double q) { return truth.held.quantile(q).count(); };
  return fmt::format(
      R"({{"connections":{},"requests":{},"answered":{},"right":{},"wrong":{},"not_found":{},"unanswered":{},)"
      R"("held":{{"count":{},"mean_ns":{},"p50_ns":{},"p90_ns":{},"p99_ns":{},"p99_9_ns":{},"max_ns":{}}}}})",
      truth.connections, truth.requests, truth.answered, truth.right, truth.wrong, truth.not_found, truth.unanswered,
      truth.held.count(), truth.held.mean().count(), held(0.5), held(0.9), held(0.99), held(0.999),
      truth.held.max().count());
}

}  // namespace hotlap::calibration
