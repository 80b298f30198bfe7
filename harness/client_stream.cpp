#include "harness/client_stream.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/clock.h"

namespace hotlap::harness {

Result<Peer> peer_of(const load::LoadSpec& spec) {
  auto address =
      spec.unix_socket.empty() ? resolve(spec.url.host, spec.url.port) : Address::unix_path(spec.unix_socket);
  if (!address) return std::unexpected(address.error());
  Peer peer{.address = *address, .host = spec.url.host};
  if (spec.url.tls) {
    auto context = TlsContext::create(spec.trust);
    if (!context) return std::unexpected(context.error());
    peer.tls = std::make_shared<const TlsContext>(std::move(*context));
  }
  return peer;
}

Result<ClientStream> ClientStream::open(const Peer& peer, Nanos patience) {
  const Instant begin = monotonic_now();
  auto socket = connect_tcp(peer.address, patience);
  if (!socket) return std::unexpected(socket.error());
  if (auto ready = set_nonblocking(*socket, true); !ready) return std::unexpected(ready.error());
  ClientStream stream(std::move(*socket));
  if (peer.tls)
    if (auto shaken = stream.shake_hands(peer, patience - (monotonic_now() - begin)); !shaken)
      return std::unexpected(shaken.error());
  return stream;
}

Result<void> ClientStream::shake_hands(const Peer& peer, Nanos patience) {
  const auto refuse = [&](const std::string& why) {
    return fail(fmt::format("TLS with {}: {}", peer.address.text(), why), ExitCode::target_not_ready);
  };
  const Instant deadline = monotonic_now() + patience;
  tls_.emplace(*peer.tls, socket_.get(), peer.host);
  while (true) {
    const auto step = tls_->handshake();
    if (step == TlsSession::Step::done) return {};
    if (step == TlsSession::Step::failed) {
      if (errno != EPROTO) return refuse(system_message("handshake", errno));
      return refuse(tls_->distrusts() ? tls_->reason() +
                                            "; name who signed its certificate (cacert), or trust any "
                                            "(insecure)"
                                      : tls_->reason());
    }
    pollfd waiting{socket_.get(), static_cast<short>(step == TlsSession::Step::wants_write ? POLLOUT : POLLIN), 0};
    if (::poll(&waiting, 1, poll_milliseconds(deadline - monotonic_now())) == 0)
      return refuse("no handshake within " + format_duration(patience));
  }
}

ssize_t ClientStream::receive(std::span<char> into) {
  return tls_ ? tls_->receive(into) : ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
}

ssize_t ClientStream::send(std::string_view bytes) {
  return tls_ ? tls_->send(bytes) : ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int poll_milliseconds(Nanos time) noexcept {
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(time).count()));
}

}  // namespace hotlap::harness
