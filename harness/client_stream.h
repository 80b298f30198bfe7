// One connection to a server, as a client, with TLS over it where the server wants it. Bytes in and out without
// waiting; whoever waits, polls socket(). One owner, not thread-safe; closes with it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/fd.h"
#include "base/socket.h"
#include "base/tls.h"
#include "base/units.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

// Who is called.
struct Peer {
  Address address;
  std::shared_ptr<const TlsContext> tls;  // null: no TLS
  std::string host;                       // whom its certificate has to be for
};

// Where this load goes. Error as of resolve() and of TlsContext::create().
[[nodiscard]] Result<Peer> peer_of(const load::LoadSpec& spec);

class ClientStream {
 public:
  // Within `patience`, handshake and all. Error: nobody is there, or TLS failed, with the reason (target_not_ready).
  [[nodiscard]] static Result<ClientStream> open(const Peer& peer, Nanos patience);

  // As recv() and send() say it, without waiting: EAGAIN where they would have to.
  [[nodiscard]] ssize_t receive(std::span<char> into);
  [[nodiscard]] ssize_t send(std::string_view bytes);
  // After EPROTO: what TLS has against it.
  [[nodiscard]] std::string reason() const { return tls_ ? tls_->reason() : std::string(); }
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }

 private:
  explicit ClientStream(Fd socket) noexcept : socket_(std::move(socket)) {}
  [[nodiscard]] Result<void> shake_hands(const Peer& peer, Nanos patience);

  Fd socket_;
  std::optional<TlsSession> tls_;
};

// For poll(): rounded up, never negative.
[[nodiscard]] int poll_milliseconds(Nanos time) noexcept;

}  // namespace hotlap::harness
