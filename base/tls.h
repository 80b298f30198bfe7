// TLS 1.2 and 1.3 as a client, over OpenSSL, on sockets that do not block. A TlsContext says whom to trust; it may be
// shared by threads. A TlsSession is one connection's, used by one thread. Unless it is given what an earlier one
// remembers it pays the whole handshake, as a stranger's first one does. Source: the manual pages SSL_do_handshake(3),
// SSL_read(3), SSL_write(3) of OpenSSL 3.0.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace hotlap {

struct TlsTrust {
  bool anybody = false;     // no certificate is looked at
  std::string authorities;  // a file of certificates in PEM; empty: the system's own
  bool operator==(const TlsTrust&) const = default;
};

class TlsContext {
 public:
  // Error: the file cannot be used (usage).
  [[nodiscard]] static Result<TlsContext> create(const TlsTrust& trust);

 private:
  friend class TlsSession;
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(ssl_ctx_st* context) noexcept : context_(context) {}
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

// What a server lets its client go on from, in the next connection. Null: nothing.
using TlsMemory = std::shared_ptr<ssl_session_st>;

class TlsSession {
 public:
  enum class Step : std::uint8_t { done, wants_read, wants_write, failed };

  // `socket` is connected, does not block, stays open as long as the session, and stays its caller's. `host`: the name
  // or number that the certificate has to be for.
  TlsSession(const TlsContext& context, int socket, const std::string& host, const TlsMemory& memory = nullptr);

  // Again whenever the socket is ready, until it is done. Failed: errno says how, EPROTO that reason() does.
  [[nodiscard]] Step handshake();
  // Like recv() and send(); EAGAIN: when the socket is ready again, and then send() with the same bytes; EPROTO: TLS
  // itself failed, reason() says how. recv() ends with the peer's goodbye, or without one.
  [[nodiscard]] ssize_t receive(std::span<char> into);
  [[nodiscard]] ssize_t send(std::string_view bytes);
  // receive() has more to tell, though the socket may have nothing.
  [[nodiscard]] bool has_unread() const noexcept { return has_unread_; }
  void say_goodbye() noexcept;
  [[nodiscard]] TlsMemory memory() const;  // before the goodbye

  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] bool distrusts() const noexcept;  // what failed is the certificate
  [[nodiscard]] std::string protocol() const;     // "TLSv1.3 TLS_AES_256_GCM_SHA384", and maybe ", resumed"

 private:
  struct Free {
    void operator()(ssl_st* session) const noexcept;
  };
  [[nodiscard]] int failure(int code, bool writing);

  std::unique_ptr<int> socket_;  // where OpenSSL's calls to us find it
  std::unique_ptr<ssl_st, Free> session_;
  std::string reason_;
  bool has_unread_ = false;
  int failed_ = 0;  // errno value, once it has
};

}  // namespace hotlap
