#include "base/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>

#include "base/system_calls.h"

namespace hotlap {
namespace {

void set_no_delay(const Fd& socket) noexcept {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  count_system_call();
}

}  // namespace

std::uint16_t Address::port() const noexcept {
  if (family() == AF_UNIX) return 0;
  return ntohs(family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port
                                    : reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

std::string Address::text() const {
  if (family() == AF_UNIX) return fmt::format("unix:{}", reinterpret_cast<const sockaddr_un*>(&storage_)->sun_path);
  char host[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, port());
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, port());
}

Result<Address> Address::unix_path(std::string_view path) {
  Address address;
  auto* socket = reinterpret_cast<sockaddr_un*>(&address.storage_);
  if (path.empty() || path.size() >= sizeof socket->sun_path)
    return fail(
        fmt::format("socket path '{}' is not 1 to {} bytes long", printable(path), sizeof socket->sun_path - 1));
  socket->sun_family = AF_UNIX;
  std::memcpy(socket->sun_path, path.data(), path.size());
  address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Address Address::from(const sockaddr_storage& storage, socklen_t size) noexcept {
  Address address;
  address.storage_ = storage;
  address.size_ = size;
  return address;
}

Result<Address> resolve(std::string_view host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(std::string(host).c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) return fail(fmt::format("host '{}': {}", printable(host), gai_strerror(status)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  sockaddr_storage storage{};
  std::memcpy(&storage, found->ai_addr, found->ai_addrlen);
  return Address::from(storage, found->ai_addrlen);
}

Result<Address> resolve(std::string_view host_and_port) {
  const auto colon = host_and_port.rfind(':');
  const auto expected = [&] {
    return fail(fmt::format("address '{}' is not HOST:PORT with a port of 0 to 65535", printable(host_and_port)));
  };
  if (colon == std::string_view::npos) return expected();
  auto host = host_and_port.substr(0, colon);
  const auto digits = host_and_port.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return expected();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return expected();
  return resolve(host, port);
}

Result<Fd> listen_tcp(const Address& address, const ListenOptions& options) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | (options.nonblocking ? SOCK_NONBLOCK : 0), 0));
  if (!socket) return fail_errno(fmt::format("socket for {}", address.text()));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.shared_port && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return fail_errno(fmt::format("share port of {}", address.text()));
  if (::bind(socket.get(), address.get(), address.size()) != 0 || ::listen(socket.get(), options.backlog) != 0) {
    if (errno == EADDRINUSE)
      return fail(
          fmt::format("port {} of {} is in use by another program; choose another with --port, or 0 for a free one",
                      address.port(), address.text()));
    return fail_errno(fmt::format("listen on {}", address.text()));
  }
  return socket;
}

Result<Address> local_address(const Fd& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return fail_errno("getsockname");
  return Address::from(storage, size);
}

Result<Fd> start_connect(const Address& address, const Address* from) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno(fmt::format("socket for {}", address.text()));
  count_system_calls(from ? 4 : 2);  // with those for the source and to connect
  if (address.family() != AF_UNIX) set_no_delay(socket);
  if (from) {
    const int late = 1;  // the port is chosen at connect, so that each destination has all of them
    ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
    if (::bind(socket.get(), from->get(), from->size()) != 0)
      return fail_errno(fmt::format("bind to source address {}", from->text()));
  }
  if (::connect(socket.get(), address.get(), address.size()) != 0 && errno != EINPROGRESS)
    return fail_errno(fmt::format("connect to {}", address.text()));
  return socket;
}

int pending_error(const Fd& socket) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  count_system_call();
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Result<Fd> connect_tcp(const Address& address, Nanos timeout) {
  auto socket = start_connect(address);
  if (!socket) return socket;
  pollfd waiting{socket->get(), POLLOUT, 0};
  const auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  const int ready = ::poll(&waiting, 1, static_cast<int>(wait_ms));
  count_system_call();
  if (ready < 0) return fail_errno(fmt::format("connect to {}", address.text()));
  if (ready == 0)
    return fail(fmt::format("connect to {}: no answer within {}", address.text(), format_duration(timeout)));
  if (const int error = pending_error(*socket)) return fail(system_message("connect to " + address.text(), error));
  if (auto blocking = set_nonblocking(*socket, false); !blocking) return std::unexpected(blocking.error());
  return socket;
}

Result<void> set_nonblocking(const Fd& socket, bool nonblocking) {
  count_system_calls(2);
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0)
    return fail_errno("fcntl");
  return {};
}

ssize_t receive_some(const Fd& socket, char* into, std::size_t most, int flags) noexcept {
  count_system_call();
#ifdef HOTLAP_SANITIZED  // sanitizers watch the library's calls, not the kernel's
  return ::recv(socket.get(), into, most, flags);
#else
  return ::syscall(SYS_recvfrom, socket.get(), into, most, flags, nullptr, nullptr);
#endif
}

ssize_t send_some(const Fd& socket, std::string_view bytes) noexcept {
  count_system_call();
#ifdef HOTLAP_SANITIZED
  return ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
#else
  return ::syscall(SYS_sendto, socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
#endif
}

Result<void> write_all(const Fd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = send_some(socket, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> ensure_file_limit(std::uint64_t count) {
  constexpr std::uint64_t kMargin = 64;
  const std::uint64_t needed = count + kMargin;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("getrlimit");
  if (limit.rlim_cur >= needed) return {};
  const rlimit raised{needed, limit.rlim_max < needed ? needed : limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
  return fail(fmt::format("{} open files are needed but the limit is {} (hard limit {}); raise it with 'ulimit -n {}'",
                          needed, limit.rlim_cur, limit.rlim_max, needed));
}

}  // namespace hotlap
