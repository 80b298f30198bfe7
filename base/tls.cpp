#include "base/tls.h"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_calls.h"
#include "base/units.h"

namespace hotlap {
namespace {

// OpenSSL's own socket BIO raises SIGPIPE, and its system calls would not be counted.
int socket_of(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}

int after_call(BIO* bio, ssize_t count, std::size_t* moved, int retry) {
  BIO_clear_retry_flags(bio);
  if (count > 0) {
    *moved = static_cast<std::size_t>(count);
    return 1;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  return 0;
}

int write_bytes(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
  count_system_call();
  return after_call(bio, ::send(socket_of(bio), from, size, MSG_NOSIGNAL), written, BIO_FLAGS_WRITE);
}

int read_bytes(BIO* bio, char* into, std::size_t size, std::size_t* read) {
  count_system_call();
  const auto count = ::recv(socket_of(bio), into, size, 0);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return after_call(bio, count, read, BIO_FLAGS_READ);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    case BIO_CTRL_FLUSH:
      return 1;
    default:
      return 0;
  }
}

const BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    check(made, "OpenSSL has memory for a method");
    BIO_meth_set_write_ex(made, write_bytes);
    BIO_meth_set_read_ex(made, read_bytes);
    BIO_meth_set_ctrl(made, control);
    BIO_meth_set_create(made, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    return made;
  }();
  return method;
}

// SSL_ERROR_NONE when the call has done what it was for, else what stands in its way.
template <class Call>
int outcome_of(const ssl_st* session, Call call) {
  ERR_clear_error();
  errno = 0;
  const int result = call();
  return result == 1 ? SSL_ERROR_NONE : SSL_get_error(session, result);
}

bool waits(int code) {
  return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE;
}

std::string reason_of(unsigned long code) {
  const char* text = ERR_reason_error_string(code);
  return text ? text : "TLS failed";
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

Result<TlsContext> TlsContext::create(const TlsTrust& trust) {
  ERR_clear_error();
  TlsContext made(SSL_CTX_new(TLS_client_method()));
  auto* context = made.context_.get();
  check(context, "OpenSSL has memory for a context");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);  // one read for a record, not one for its head and one for its rest
  constexpr unsigned char kProtocols[] = "\x08http/1.1";
  check(SSL_CTX_set_alpn_protos(context, kProtocols, sizeof kProtocols - 1) == 0,
        "the list of protocols is well formed");
  if (trust.anybody) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return made;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (trust.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (::access(trust.authorities.c_str(), R_OK) != 0) {
    return fail(system_message("read " + printable(trust.authorities), errno), ExitCode::usage);
  } else if (SSL_CTX_load_verify_file(context, trust.authorities.c_str()) != 1) {
    return fail(fmt::format("{} cannot be used as a file of certificates in PEM: {}", printable(trust.authorities),
                            reason_of(ERR_peek_last_error())),
                ExitCode::usage);
  } else {
    // Whoever stands in the file is trusted, also if somebody else has signed him.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  }
  return made;
}

void TlsSession::Free::operator()(ssl_st* session) const noexcept {
  SSL_free(session);
}

TlsSession::TlsSession(const TlsContext& context, int socket, const std::string& host, const TlsMemory& memory)
    : socket_(std::make_unique<int>(socket)), session_(SSL_new(context.context_.get())) {
  auto* session = session_.get();
  auto* bio = BIO_new(socket_method());
  check(session && bio, "OpenSSL has memory for a connection");
  BIO_set_data(bio, socket_.get());
  SSL_set_bio(session, bio, bio);
  SSL_set_connect_state(session);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) != 1) {  // no number: a name
    check(SSL_set1_host(session, host.c_str()) == 1, "OpenSSL has memory for a name");
    SSL_set_tlsext_host_name(session, host.c_str());
  }
  if (memory) SSL_set_session(session, memory.get());
  ERR_clear_error();
}

bool TlsSession::distrusts() const noexcept {
  return failed_ == EPROTO && SSL_get_verify_mode(session_.get()) != SSL_VERIFY_NONE &&
         SSL_get_verify_result(session_.get()) != X509_V_OK;
}

// The errno value for what SSL_get_error() said. What a socket says of writing does not end reading: an answer may lie
// there.
int TlsSession::failure(int code, bool writing) {
  const bool of_socket = code == SSL_ERROR_SYSCALL && errno != 0;
  if (of_socket && writing) return errno;
  failed_ = of_socket ? errno : EPROTO;
  if (of_socket) return failed_;
  if (distrusts())
    reason_ = X509_verify_cert_error_string(SSL_get_verify_result(session_.get()));
  else
    reason_ = code == SSL_ERROR_SSL ? reason_of(ERR_peek_error()) : "the peer closed the connection";
  return failed_;
}

TlsSession::Step TlsSession::handshake() {
  switch (const int code = outcome_of(session_.get(), [&] { return SSL_do_handshake(session_.get()); })) {
    case SSL_ERROR_NONE:
      has_unread_ = SSL_has_pending(session_.get()) != 0;
      return Step::done;
    case SSL_ERROR_WANT_READ:
      return Step::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Step::wants_write;
    default:
      errno = failure(code, false);
      return Step::failed;
  }
}

ssize_t TlsSession::receive(std::span<char> into) {
  has_unread_ = false;
  if (failed_ != 0) {  // told now: bytes came before it
    errno = failed_;
    return -1;
  }
  std::size_t filled = 0;
  while (filled < into.size()) {
    std::size_t count = 0;
    const int code = outcome_of(session_.get(), [&] {
      return SSL_read_ex(session_.get(), into.data() + filled, into.size() - filled, &count);
    });
    if (code == SSL_ERROR_NONE) {
      filled += count;
      if (SSL_has_pending(session_.get()) == 0) return static_cast<ssize_t>(filled);
      continue;
    }
    if (waits(code)) {
      errno = EAGAIN;
      return filled > 0 ? static_cast<ssize_t>(filled) : -1;
    }
    const int error = code == SSL_ERROR_ZERO_RETURN ? 0 : failure(code, false);
    has_unread_ = filled > 0;
    if (filled > 0) return static_cast<ssize_t>(filled);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  has_unread_ = true;
  return static_cast<ssize_t>(filled);
}

ssize_t TlsSession::send(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    std::size_t count = 0;
    const int code = outcome_of(
        session_.get(), [&] { return SSL_write_ex(session_.get(), bytes.data() + sent, bytes.size() - sent, &count); });
    if (code == SSL_ERROR_NONE) {
      sent += count;
      continue;
    }
    if (sent > 0) break;  // what stands in the way is told at the next call
    errno = waits(code) ? EAGAIN : code == SSL_ERROR_ZERO_RETURN ? EPIPE : failure(code, true);
    return -1;
  }
  return static_cast<ssize_t>(sent);
}

void TlsSession::say_goodbye() noexcept {
  if (failed_ != 0 || SSL_in_init(session_.get()) != 0) return;
  ERR_clear_error();
  SSL_shutdown(session_.get());
}

TlsMemory TlsSession::memory() const {
  auto* held = failed_ == 0 ? SSL_get1_session(session_.get()) : nullptr;
  if (!held || SSL_SESSION_is_resumable(held) == 0) {
    SSL_SESSION_free(held);
    return nullptr;
  }
  return {held, SSL_SESSION_free};
}

std::string TlsSession::protocol() const {
  return fmt::format("{} {}{}", SSL_get_version(session_.get()), SSL_get_cipher_name(session_.get()),
                     SSL_session_reused(session_.get()) != 0 ? ", resumed" : "");
}

}  // namespace hotlap
