#include "loadgen/null_responder.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_map>

#include "base/socket.h"

namespace hotlap::loadgen {
namespace {

std::string response_of(std::size_t bytes) {
  const auto with = [](std::size_t body) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body) + std::string(body, 'x');
  };
  const auto head = with(0).size();
  return with(bytes > head ? bytes - head : 0);
}

// All responses are the same, so what a connection still wants is a number of bytes and a place in one response.
struct Peer {
  Fd socket;
  std::size_t line_length = 0;
  std::uint64_t owed_bytes = 0;
  std::size_t place = 0;
};

class Answering {
 public:
  Answering(const Fd& listener, const Fd& epoll, const Fd& stop, std::size_t response_bytes)
      : listener_(listener), epoll_(epoll), stop_(stop), response_bytes_(response_of(response_bytes).size()) {
    const auto one = response_of(response_bytes);
    do responses_ += one;
    while (responses_.size() < 32768);
  }

  void serve() {
    std::array<epoll_event, 256> events{};
    while (true) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) return;
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop_.get()) return;
        if (fd == listener_.get())
          accept_all();
        else if (const auto peer = peers_.find(fd); peer != peers_.end() && !converse(peer->second))
          peers_.erase(peer);
      }
    }
  }

 private:
  void accept_all() {
    while (true) {
      Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket) return;
      const int fd = socket.get();
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) peers_[fd] = {.socket = std::move(socket)};
    }
  }

  // Edge-triggered: until there is nothing to read and nothing more can be written. False when the peer has gone.
  bool converse(Peer& peer) {
    while (true) {
      const auto count = ::recv(peer.socket.get(), buffer_.data(), buffer_.size(), 0);
      if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return false;
      if (count > 0) {
        const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
        peer.owed_bytes += count_heads(bytes, peer.line_length) * response_bytes_;
      }
      if (!pay(peer)) return false;
      if (count < static_cast<ssize_t>(buffer_.size())) return true;
    }
  }

  bool pay(Peer& peer) {
    while (peer.owed_bytes > 0) {
      const auto size = std::min<std::uint64_t>(peer.owed_bytes, responses_.size() - peer.place);
      const auto sent = ::send(peer.socket.get(), responses_.data() + peer.place, size, MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      peer.owed_bytes -= static_cast<std::uint64_t>(sent);
      peer.place = (peer.place + static_cast<std::size_t>(sent)) % response_bytes_;
    }
    return true;
  }

  const Fd& listener_;
  const Fd& epoll_;
  const Fd& stop_;
  std::uint64_t response_bytes_;
  std::string responses_;  // whole ones, one after the other
  std::array<char, 65536> buffer_{};
  std::unordered_map<int, Peer> peers_;
};

Result<void> watch(const Fd& epoll, const Fd& watched) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = watched.get()}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, watched.get(), &event) != 0) return fail_errno("epoll_ctl");
  return {};
}

}  // namespace

Result<std::unique_ptr<NullResponder>> NullResponder::start(const Options& options) {
  std::unique_ptr<NullResponder> responder(new NullResponder);
  responder->stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
  if (!responder->stop_) return fail_errno("eventfd");
  for (int i = 0; i < options.threads; ++i) {
    const auto address = resolve("127.0.0.1", responder->port_);
    if (!address) return std::unexpected(address.error());
    auto listener = listen_tcp(*address, {.shared_port = true});
    if (!listener) return std::unexpected(listener.error());
    const auto bound = local_address(*listener);
    if (!bound) return std::unexpected(bound.error());
    responder->port_ = bound->port();
    Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return fail_errno("epoll_create1");
    for (const auto* watched : {&responder->stop_, &*listener})
      if (auto added = watch(epoll, *watched); !added) return std::unexpected(added.error());
    responder->lanes_.push_back({.listener = std::move(*listener), .epoll = std::move(epoll)});
  }
  for (const auto& lane : responder->lanes_)
    responder->threads_.emplace_back([&lane, &stop = responder->stop_, options] {
      (void)pin_this_thread(options.cpus);  // unpinned it is slower, and the ceiling then says "at least"
      const auto answering = std::make_unique<Answering>(lane.listener, lane.epoll, stop, options.response_bytes);
      answering->serve();
    });
  return responder;
}

NullResponder::~NullResponder() {
  // Never read, so it stays readable for every lane.
  (void)::eventfd_write(stop_.get(), 1);
  threads_.clear();
}

std::uint64_t count_heads(std::string_view bytes, std::size_t& line_length) noexcept {
  std::uint64_t heads = 0;
  while (true) {
    const auto* newline = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
    if (!newline) {
      line_length += bytes.size();
      return heads;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
    heads += line_length + length == 1 ? 1U : 0U;  // only the carriage return
    line_length = 0;
    bytes.remove_prefix(length + 1);
  }
}

}  // namespace hotlap::loadgen
