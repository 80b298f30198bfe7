// TCP over IPv4 and IPv6: addresses, listeners, connections. Everything is close-on-exec; TCP_NODELAY is set on every
// connection, because a benchmark that waits for Nagle measures Nagle. Errors name the address.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"
#include "base/units.h"

namespace hotlap {

// One resolved address: IPv4, IPv6 or a unix socket's path.
class Address {
 public:
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string text() const;  // "127.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock"

  // Error: longer than the 107 bytes that the kernel takes.
  [[nodiscard]] static Result<Address> unix_path(std::string_view path);
  static Address from(const sockaddr_storage& storage, socklen_t size) noexcept;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// A name or numeric host, and a port. Blocks on the resolver for names; the first answer counts.
[[nodiscard]] Result<Address> resolve(std::string_view host, std::uint16_t port);
// "127.0.0.1:3301", "localhost:80" or "[::1]:80".
[[nodiscard]] Result<Address> resolve(std::string_view host_and_port);

// Bound and listening. Port 0 takes a free one: read it back with local_address(). With `shared_port` several listeners
// (SO_REUSEPORT) may share the port and the kernel spreads connections over them.
struct ListenOptions {
  bool shared_port = false;
  bool nonblocking = true;
  int backlog = 4096;
};
[[nodiscard]] Result<Fd> listen_tcp(const Address& address, const ListenOptions& options);
[[nodiscard]] Result<Address> local_address(const Fd& socket);

// Starts a non-blocking connect; complete when the socket turns writable and pending_error() is 0.
// `from`, when given, is what the socket is bound to first: its port 0 lets the kernel choose one per destination.
[[nodiscard]] Result<Fd> start_connect(const Address& address, const Address* from = nullptr);
[[nodiscard]] int pending_error(const Fd& socket) noexcept;  // SO_ERROR as errno value, 0 for none
// Blocking connect with a deadline; the socket comes back blocking.
[[nodiscard]] Result<Fd> connect_tcp(const Address& address, Nanos timeout);

[[nodiscard]] Result<void> set_nonblocking(const Fd& socket, bool nonblocking);

// One recv() or one send() (without SIGPIPE), -1 and errno as they do. But no points of cancellation: glibc's own are,
// and pay four locked instructions a request for it once a process has a second thread.
[[nodiscard]] ssize_t receive_some(const Fd& socket, char* into, std::size_t most, int flags = 0) noexcept;
[[nodiscard]] ssize_t send_some(const Fd& socket, std::string_view bytes) noexcept;

// Writes everything on a blocking socket.
[[nodiscard]] Result<void> write_all(const Fd& socket, std::string_view bytes);

// Raises RLIMIT_NOFILE to hold `count` descriptors (and a margin), or says what the limit is and how to raise it.
[[nodiscard]] Result<void> ensure_file_limit(std::uint64_t count);

}  // namespace hotlap
